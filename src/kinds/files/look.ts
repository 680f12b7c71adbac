/**
 * Looking at the plain files of an instance without ever being led out of their directory: links that lead out, special
 * files, unreadable and huge ones, and names that no archive can hold are named with the reason, and not opened.
 */
import { constants, promises as fs } from 'fs'
import * as path from 'path'
import { nameProblem } from '../../archive/names'
import type { Accounts } from './accounts'
import type { Owner } from './item'

/** Bytes at most: these are files that people write by hand. */
export const LARGEST = 16 * 1024 * 1024

export interface PlainFile {
  /** Relative to the base, with `/`. */
  name: string
  file: string
  bytes: Buffer
  mode: number
  owner: Owner
  /** Where a symbolic link inside the base points to. */
  link?: string
}

/** What is there and cannot be taken as a plain file. */
export interface Hindered {
  name: string
  why: string
}

export type Sight = PlainFile | Hindered

export interface Names {
  /** Entries of the directory, sorted. */
  names: string[]
  /** What cannot be looked at: odd names, or the directory itself. */
  hindered: Hindered[]
}

const NOTHING: Names = { names: [], hindered: [] }

/** The names in `directory` below `base` (`''` for the base itself). A directory that is not there is empty. */
export async function namesIn(base: string, directory: string): Promise<Names> {
  const about = directory === '' ? path.basename(base) : directory
  const real = await inside(base, directory)
  if (real === undefined) return NOTHING
  if ('why' in real) return { names: [], hindered: [{ name: about, why: real.why }] }
  try {
    return sorted(await fs.readdir(real.path, { encoding: 'buffer' }), directory)
  } catch (error) {
    return { names: [], hindered: [{ name: about, why: reason(error) }] }
  }
}

function sorted(entries: Buffer[], directory: string): Names {
  const found: Names = { names: [], hindered: [] }
  for (const entry of entries) {
    const name = entry.toString('utf8')
    const problem = Buffer.from(name, 'utf8').equals(entry) ? nameProblem(name) : 'holds bytes that are not UTF-8'
    if (problem === undefined) found.names.push(name)
    else found.hindered.push({ name: path.posix.join(directory, shown(entry)), why: `its name ${problem}` })
  }
  found.names.sort()
  return found
}

/** A name that can stand on a line: what is not printable ASCII as `\xNN`. */
const shown = (name: Buffer): string => [...name].map((byte) => (byte < 0x20 || byte > 0x7e || byte === 0x5c ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte))).join('')

/** One entry as a plain file, or why it is none; undefined when there is nothing (any more). */
export async function lookAt(base: string, name: string, accounts: Accounts): Promise<Sight | undefined> {
  const real = await inside(base, name)
  if (real === undefined) return undefined
  if ('why' in real) return { name, why: real.why }
  try {
    const { bytes, mode, uid, gid } = await readPlain(real.path)
    return { name, file: path.join(base, name), bytes, mode: mode & 0o777, owner: await accounts.owner(uid, gid), ...(real.link !== undefined && { link: real.link }) }
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    return { name, why: reason(error) }
  }
}

class NotPlain extends Error {}

/** Opened so that neither a link put there meanwhile is followed nor a pipe waited for. */
async function readPlain(file: string): Promise<{ bytes: Buffer; mode: number; uid: number; gid: number }> {
  // A socket or device must not even be opened.
  if (!(await fs.lstat(file)).isFile()) throw new NotPlain((await fs.lstat(file)).isDirectory() ? 'it is a directory' : 'it is no plain file')
  const handle = await fs.open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new NotPlain('it is no plain file')
    if (stat.size > LARGEST) throw new NotPlain(`it has ${stat.size} bytes, more than a file of this sort ever has (${LARGEST})`)
    return { bytes: await handle.readFile(), mode: stat.mode, uid: stat.uid, gid: stat.gid }
  } finally {
    await handle.close()
  }
}

type Inside = { path: string; link?: string } | { why: string }

/** The real path of `name` when it lies below the real path of `base`; undefined when there is nothing. */
async function inside(base: string, name: string): Promise<Inside | undefined> {
  const file = path.join(base, name)
  try {
    const [realBase, real] = [await fs.realpath(base), await fs.realpath(file)]
    if (!isBelow(realBase, real)) return { why: `it is a symbolic link that leads out of ${base}: not followed` }
    const isLink = name !== '' && (await fs.lstat(file)).isSymbolicLink()
    return { path: real, ...(isLink && { link: await fs.readlink(file) }) }
  } catch (error) {
    const { code } = error as { code?: string }
    if (code !== 'ENOENT') return { why: reason(error) }
    return (await fs.lstat(file).catch(() => undefined)) ? { why: 'it is a symbolic link that leads nowhere' } : undefined
  }
}

/** Or the same. */
export const isBelow = (base: string, file: string): boolean => file === base || file.startsWith(base.endsWith(path.sep) ? base : base + path.sep)

const TOLD: Record<string, string> = {
  EACCES: 'it may not be read by this user: run as root',
  EPERM: 'it may not be read by this user: run as root',
  ELOOP: 'it is a symbolic link that leads to itself',
  ENOTDIR: 'it is no directory',
}

function reason(error: unknown): string {
  if (error instanceof NotPlain) return error.message
  const { code = '' } = error as { code?: string }
  return TOLD[code] ?? `it cannot be read (${code || (error as Error).message})`
}

export const isPlain = (sight: Sight): sight is PlainFile => 'bytes' in sight
