/**
 * Which names members may have. Checked when writing and again when reading, before anything touches the disk: a name
 * never leaves the directory it is unpacked in and stands on one line of SHA256SUMS as `sha256sum -c` reads it.
 */

export const MANIFEST = 'manifest.json'
export const SUMS = 'SHA256SUMS'

/** What is wrong with a name, or undefined. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name.startsWith('/')) return 'is absolute'
   
  if (/[\u0000-\u001f\u007f\\\ufffd]/.test(name)) return 'holds a control character, a backslash or bytes that are not UTF-8'
  if (name.split('/').includes('..')) return 'leads out of its directory'
  if (name.split('/').some((part) => part === '' || part === '.')) return 'is not in its shortest form'
  if (Buffer.byteLength(name) > 1024) return 'is longer than 1024 bytes'
  return undefined
}

export function itemsMember(kind: string): string {
  return `items/${kind}.jsonl`
}

/** Kinds are words that make safe file names. */
export function isKindName(kind: string): boolean {
  return /^[a-z][a-z0-9_]*$/.test(kind)
}
