/**
 * Everything that lies in a pack's directory, as it is: ignored and untracked files too, since the running pack may need
 * them. Left out are `.git` and Python's byte code, which every instance makes for itself.
 */
import { createHash } from 'crypto'
import * as fs from 'fs'
import * as path from 'path'
import { judgeSecret, type SecretJudgement } from './secrets'
import type { PackFile } from './item'

export interface DiskFile extends PackFile {
  /** The name's bytes, relative to the pack. */
  raw: Buffer
  size: number
  secret?: SecretJudgement
}

export interface Walked {
  files: DiskFile[]
  /** What git cannot hold: empty directories, sockets and pipes, repositories inside. */
  empty: string[]
  special: string[]
  nested: string[]
}

/** Reads and hashes every file below `directory`. Throws what the file system throws. */
export async function walkPack(directory: string): Promise<Walked> {
  const walked: Walked = { files: [], empty: [], special: [], nested: [] }
  await walkInto(directory, Buffer.alloc(0), walked)
  walked.files.sort((a, b) => Buffer.compare(a.raw, b.raw))
  return walked
}

export const isByteCode = (name: string): boolean => name === '__pycache__' || /\.py[co]$/.test(name)

async function walkInto(root: string, inside: Buffer, walked: Walked): Promise<void> {
  const names = await fs.promises.readdir(absolute(root, inside), { encoding: 'buffer' })
  if (names.length === 0 && inside.length > 0) walked.empty.push(shownPath(inside))
  for (const name of names) {
    if (isByteCode(name.toString())) continue
    const raw = inside.length > 0 ? Buffer.concat([inside, Buffer.from('/'), name]) : name
    // Git refuses a path with a part `.git`, in whatever case.
    if (name.toString().toLowerCase() === '.git') {
      if (inside.length > 0) walked.nested.push(shownPath(inside))
    } else await take(root, raw, walked)
  }
}

async function take(root: string, raw: Buffer, walked: Walked): Promise<void> {
  const file = absolute(root, raw)
  const stat = await fs.promises.lstat(file)
  if (stat.isDirectory()) await walkInto(root, raw, walked)
  else if (stat.isSymbolicLink()) walked.files.push(await linkAt(root, raw))
  else if (stat.isFile()) walked.files.push(await fileAt(file, raw, stat))
  else walked.special.push(shownPath(raw))
}

async function fileAt(file: Buffer, raw: Buffer, stat: fs.Stats): Promise<DiskFile> {
  const { hash, start } = await hashFile(file)
  const shown = shownPath(raw)
  return { path: shown, raw, sha256: hash, exec: (stat.mode & 0o100) !== 0, size: stat.size, secret: judgeSecret(shown, start) }
}

async function linkAt(root: string, raw: Buffer): Promise<DiskFile> {
  const file = absolute(root, raw)
  const target = await fs.promises.readlink(file, { encoding: 'buffer' })
  const leadsTo = await fs.promises.stat(file).catch(() => undefined)
  const hash = leadsTo?.isFile() ? (await hashFile(file)).hash : ''
  return { path: shownPath(raw), raw, sha256: hash, exec: false, size: target.length, link: shownPath(target) }
}

/** Enough of a file to see whether it is a key. */
const START = 256 * 1024

async function hashFile(file: Buffer): Promise<{ hash: string; start: Buffer }> {
  const hash = createHash('sha256')
  const parts: Buffer[] = []
  let kept = 0
  for await (const part of fs.createReadStream(file)) {
    const bytes = part as Buffer
    hash.update(bytes)
    if (kept < START) parts.push(bytes)
    kept += bytes.length
  }
  return { hash: hash.digest('hex'), start: Buffer.concat(parts).subarray(0, START) }
}

export const absolute = (root: string, raw: Buffer): Buffer => Buffer.concat([Buffer.from(root + path.sep), raw])

/** UTF-8 as it is; a byte that is none as \xNN, so that any name can stand in JSON and in a message. */
export function shownPath(raw: Buffer): string {
  const text = raw.toString('utf8')
  if (Buffer.from(text, 'utf8').equals(raw)) return text
  return [...raw].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`)).join('')
}
