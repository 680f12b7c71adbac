/** Opens an archive: reads it whole into a private directory, checks everything, and only then gives anything out. */
import * as fs from 'fs'
import * as path from 'path'
import type { Item } from '../core/model'
import { compareIdentity } from '../core/order'
import { withPath } from '../system/file-errors'
import { fileLines } from './bytes'
import { BufferedFile, realDisk, type Disk } from './disk'
import { ArchiveError } from './errors'
import { parseItem } from './items-check'
import { itemsMember } from './names'
import { scanArchive, type Receive, type Scanned } from './scan'
import type { Archive, Manifest, UnsealWith } from './types'

/**
 * @param file the archive, plain or sealed; for a plain one `unsealWith` is not looked at
 * @param workDir an existing directory of the caller's own; the members go to a new directory in it, mode 0700
 * @throws ArchiveError for everything that is not as it was written, for a missing or wrong identity or passphrase, and
 *   for a full disk; nothing is left in `workDir` then
 */
export async function openArchive(file: string, unsealWith: UnsealWith, workDir: string, disk: Disk = realDisk): Promise<Archive> {
  const directory = await withPath('make a directory in', workDir, () => fs.promises.mkdtemp(path.join(workDir, 'archive-')))
  try {
    return archive(await scanArchive(file, unsealWith, unpackTo(directory, disk)), directory)
  } catch (error) {
    await fs.promises.rm(directory, { recursive: true, force: true })
    throw named(file, error)
  }
}

/** Some members of an archive, in a private directory that `close` removes. */
export interface OpenMembers {
  readonly manifest: Manifest
  /** Undefined for a member that was not wanted, or is not there. */
  member(name: string): string | undefined
  close(): Promise<void>
}

/** As {@link openArchive}, and checks as much, but only what is `wanted` takes room on the disk. */
export async function openMembers(file: string, unsealWith: UnsealWith, workDir: string, wanted: (name: string) => boolean): Promise<OpenMembers> {
  const directory = await withPath('make a directory in', workDir, () => fs.promises.mkdtemp(path.join(workDir, 'archive-')))
  const unpack = unpackTo(directory, realDisk)
  const nowhere = { write: async () => undefined, end: async () => undefined, close: async () => undefined }
  try {
    const { manifest, names } = await scanArchive(file, unsealWith, async (name) => (wanted(name) ? unpack(name) : nowhere))
    const there = new Set(names.filter(wanted))
    return { manifest, member: (name) => (there.has(name) ? path.join(directory, name) : undefined), close: () => fs.promises.rm(directory, { recursive: true, force: true }) }
  } catch (error) {
    await fs.promises.rm(directory, { recursive: true, force: true })
    throw named(file, error)
  }
}

const named = (file: string, error: unknown): unknown => (error instanceof ArchiveError ? new ArchiveError(error.problem, `${file}: ${error.message}`) : error)

/** The names have been checked: they stay within the directory, and none of them is a link. */
function unpackTo(directory: string, disk: Disk): Receive {
  return async (name) => {
    const target = path.join(directory, name)
    await withPath('write', target, () => fs.promises.mkdir(path.dirname(target), { recursive: true, mode: 0o700 }))
    const out = new BufferedFile(await disk.create(target))
    return { write: (piece) => out.write(piece), end: () => out.flush(), close: () => out.close() }
  }
}

function archive(scanned: Scanned, directory: string): Archive {
  const names = new Set(scanned.names)
  return {
    manifest: scanned.manifest,
    sha256: scanned.sha256,
    items: (kind) => readItems(names, directory, kind),
    member: (name) => (names.has(name) ? path.join(directory, name) : undefined),
    members: (prefix) => [...names].filter((name) => name.startsWith(prefix)).sort(compareIdentity),
    close: () => fs.promises.rm(directory, { recursive: true, force: true }),
  }
}

/** A kind that the archive does not know has no items: it was written by a release that did not know the kind. */
async function* readItems(names: Set<string>, directory: string, kind: string): AsyncGenerator<Item> {
  const name = itemsMember(kind)
  if (!names.has(name)) return
  for await (const line of fileLines(path.join(directory, name))) yield parseItem(line, name)
}
