/**
 * The audit logs of an instance on its disk, also those that were rotated, in any of the ways in which it is done: `.1`, `.2.gz`,
 * `-20240101.gz`, or a date before the ending. A file is known by its inode and its first line: names move on when logs are rotated,
 * and an inode is given to another file soon after its own is deleted.
 */
import * as fs from 'fs'
import * as path from 'path'
import { sha256 } from '../../core/canonical'

export interface LogFile {
  /** Below the directory of logs. */
  name: string
  path: string
  /** Device, inode, and the hash of the first line. */
  key: string
  size: number
  modified: Date
  mode: number
}

export interface Looked {
  /** Last changed first comes last: the oldest are the next to be rotated away. */
  files: LogFile[]
  /** Names that fit, of what is no plain file. */
  odd: string[]
}

/** `st2api.audit.log`, `st2api.audit.log.2.gz`, `st2api.audit-20240101.log`. */
const AUDIT = /\.audit(?:\.log(?:[.-].+)?|[.-].+\.log(?:\..+)?)$/
/** As much of a file as its first line is looked for in. */
const HEAD = 4096
/** Folders below the logs that are looked into, for logs that are rotated into one of their own. */
const DEPTH = 3

export const isAuditLog = (name: string): boolean => AUDIT.test(path.basename(name))

/** Throws the error of the file system when the directory cannot be read. */
export async function auditLogs(directory: string): Promise<Looked> {
  const found = new Map<string, LogFile>()
  const odd: string[] = []
  for (const name of await namesBelow(directory, '', DEPTH)) {
    if (!isAuditLog(name)) continue
    const file = path.join(directory, name)
    const stat = await statOf(file)
    if (!stat) continue
    if (!stat.isFile()) {
      odd.push(name)
      continue
    }
    // One that may not be read is told when it is copied.
    const key = await keyOfPath(file).catch(() => inode(stat))
    // Links to one file are one file.
    if (key !== undefined && !found.has(key)) found.set(key, { name, path: file, key, size: stat.size, modified: stat.mtime, mode: stat.mode & 0o7777 })
  }
  return { files: [...found.values()].sort((a, b) => a.modified.getTime() - b.modified.getTime() || (a.name < b.name ? -1 : 1)), odd }
}

async function namesBelow(directory: string, prefix: string, depth: number): Promise<string[]> {
  const names: string[] = []
  for (const entry of await fs.promises.readdir(path.join(directory, prefix), { withFileTypes: true })) {
    const name = path.join(prefix, entry.name)
    if (!entry.isDirectory()) names.push(name)
    else if (depth > 0) names.push(...(await namesBelow(directory, name, depth - 1).catch(() => [])))
  }
  return names.sort()
}

/** Of what a link leads to; undefined when it is gone meanwhile, or leads nowhere. */
const statOf = (file: string): Promise<fs.Stats | undefined> => fs.promises.stat(file).catch(() => undefined)

const inode = ({ dev, ino }: fs.Stats): string => `${dev}:${ino}`

async function keyOfPath(file: string): Promise<string | undefined> {
  const handle = await fs.promises.open(file, 'r').catch(undefinedIfGone)
  return handle && keyOf(handle).finally(() => handle.close())
}

async function keyOf(handle: fs.promises.FileHandle): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0)
  const end = buffer.indexOf(10)
  return `${inode(await handle.stat())}:${sha256(buffer.subarray(0, end < 0 ? bytesRead : Math.min(end, bytesRead)))}`
}

/** The file that was seen, under whatever name it stands now; undefined when it is gone. Throws when it may not be read. */
export async function openLog(log: LogFile, directory: string): Promise<fs.promises.FileHandle | undefined> {
  const direct = await openIfSame(log.path, log.key)
  if (direct) return direct
  const moved = (await auditLogs(directory)).files.find(({ key }) => key === log.key)
  return moved && openIfSame(moved.path, log.key)
}

async function openIfSame(file: string, key: string): Promise<fs.promises.FileHandle | undefined> {
  const handle = await fs.promises.open(file, 'r').catch(undefinedIfGone)
  if (!handle || (await keyOf(handle)) === key) return handle
  await handle.close()
  return undefined
}

function undefinedIfGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
