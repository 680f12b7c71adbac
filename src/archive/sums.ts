/**
 * SHA256SUMS, written last: its presence proves that the archive is complete, its lines that it holds just what was
 * written. The format is the one of `sha256sum -c`.
 */
import { compareIdentity } from '../core/order'
import { ArchiveError } from './errors'
import { SUMS } from './names'

/** Name to SHA-256. */
export type Sums = Map<string, string>

export function sumsText(sums: Sums): string {
  return [...sums]
    .sort(([a], [b]) => compareIdentity(a, b))
    .map(([name, hash]) => `${hash}  ${name}\n`)
    .join('')
}

export function parseSums(text: string): Sums {
  const sums: Sums = new Map()
  for (const line of text.split('\n').slice(0, -1)) {
    const [, hash, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? []
    if (!hash || !name || sums.has(name)) throw new ArchiveError('damaged', `${SUMS} has a line that makes no sense.`)
    sums.set(name, hash)
  }
  return sums
}

/** @throws ArchiveError `missing-member`, `extra-member`, `renamed-member` or `changed-member`, naming the first. */
export function compareSums(expected: Sums, found: Sums): void {
  const missing = [...expected.keys()].filter((name) => !found.has(name))
  const extra = [...found.keys()].filter((name) => !expected.has(name))
  for (const name of missing) {
    const now = extra.find((other) => found.get(other) === expected.get(name))
    if (now) throw new ArchiveError('renamed-member', `The member ${name} was renamed to ${now}.`)
  }
  if (missing[0] !== undefined) throw new ArchiveError('missing-member', `The member ${missing[0]} is missing${others(missing)}.`)
  if (extra[0] !== undefined) throw new ArchiveError('extra-member', `The member ${extra[0]} does not belong to the archive${others(extra)}.`)
  const changed = [...expected].filter(([name, hash]) => found.get(name) !== hash).map(([name]) => name)
  if (changed[0] !== undefined) throw new ArchiveError('changed-member', `The member ${changed[0]} is not as it was written${others(changed)}.`)
}

function others(names: string[]): string {
  return names.length > 1 ? `, and ${names.length - 1} more` : ''
}
