/** Files of the overrides directory on their way in and out: as bytes, with the mode and owner that they have or would have. */
import { promises as fs } from 'fs'
import * as path from 'path'
import { sha256 } from '../../core/canonical'
import { BrokenOverrides, ownBody, ownedFile, parseOverrides, type Overrides, type OwnedFile } from '../../core/override-file'
import { sweepParts, writeDurable } from '../../system/durable'
import { withPath } from '../../system/file-errors'
import type { System } from '../../system/ports'
import { accountsOf } from '../files/accounts'
import { isPlain, lookAt } from '../files/look'
import type { InstanceFiles } from '../kind'
import { mergedFile, QUIET_MARKER } from '../overrides/marker'

/** Read by StackStorm as whoever runs it. */
const MODE = 0o644

export interface OverridePlace {
  files: InstanceFiles
  system: System
}

export interface OverrideFile {
  bytes: Buffer
  /** What it took the place of, when it is ours. */
  owned?: OwnedFile
}

const nameFor = (name: string): string => `${name}.yaml`
export const overrideFile = (files: InstanceFiles, name: string): string => path.join(files.overrides, nameFor(name))

/** The file for `_global` or a pack; undefined when there is none. Throws {@link BrokenOverrides} for what is no plain file. */
export async function readOverride({ files, system }: OverridePlace, name: string): Promise<OverrideFile | undefined> {
  const sight = await lookAt(files.overrides, nameFor(name), accountsOf(files, system))
  if (!sight) return undefined
  if (!isPlain(sight)) throw new BrokenOverrides(sight.why)
  return { bytes: sight.bytes, owned: ownedFile(sight.bytes) }
}

/** Mode and owner of a file. */
export interface Rights {
  mode: number
  uid: number
  gid: number
}

/** Those of the file that stands there; undefined when there is none. */
export async function rightsOf({ files }: OverridePlace, name: string): Promise<Rights | undefined> {
  const stat = await fs.stat(overrideFile(files, name)).catch(() => undefined)
  return stat && { mode: stat.mode & 0o777, uid: stat.uid, gid: stat.gid }
}

/** With the rights that are given, or of what stood there, or (a new file) for everybody to read and the directory's owner to write. */
export async function placeOverrideFile(place: OverridePlace, name: string, bytes: Buffer, rights?: Rights): Promise<void> {
  const file = overrideFile(place.files, name)
  await directoryFor(path.dirname(file))
  const there = await rightsOf(place, name)
  const { uid, gid } = await fs.stat(path.dirname(file))
  const wanted = rights ?? there ?? { mode: MODE, uid, gid }
  // Readable from its first moment on: StackStorm stumbles over a file that it may not read.
  if (!there || !(await fs.readFile(file)).equals(bytes)) {
    await sweepParts(file)
    await writeDurable(file, bytes, wanted.mode)
  }
  await withPath('set the mode of', file, () => setRights(file, wanted))
}

async function setRights(file: string, { mode, uid, gid }: Rights): Promise<void> {
  const now = await fs.stat(file)
  // Only root can give a file away.
  if (now.uid !== uid || now.gid !== gid) await fs.chown(file, uid, gid).catch(() => undefined)
  if ((now.mode & 0o777) !== mode) await fs.chmod(file, mode)
}

/** Made as the one above it is: mode and owner. */
async function directoryFor(directory: string): Promise<void> {
  if (await fs.stat(directory).catch(() => undefined)) return
  const { mode, uid, gid } = await fs.stat(path.dirname(directory))
  await withPath('make the directory', directory, () => fs.mkdir(directory, { mode: mode & 0o777 }))
  await setRights(directory, { mode: mode & 0o777, uid, gid })
}

export async function removeOverrideFile({ files }: OverridePlace, name: string): Promise<void> {
  const file = overrideFile(files, name)
  await sweepParts(file)
  await withPath('remove', file, () => fs.rm(file, { force: true }))
}

/** What stands there when nothing of ours does: the file itself, or the one that ours holds. */
export const ownFree = (found: OverrideFile | undefined): Buffer | undefined => (found?.owned ? found.owned.before : found?.bytes)

/** The content; nothing for a file that is not there. Throws {@link BrokenOverrides}. */
export const contentOf = (bytes: Buffer | undefined): Overrides => (bytes ? parseOverrides(bytes) : {})

/** The file that keeps a target quiet. */
export const quietFile = (run: string, before: Buffer | undefined, overrides: Overrides): Buffer => Buffer.from(`${QUIET_MARKER}\n${ownBody('quiet', run, before, overrides)}`)

const STATES_MARKER = '# st2upgrade: states of the old instance'

/** A pack's file with states in it. */
export function statesFile(run: string, before: Buffer | undefined, overrides: Overrides): Buffer {
  const body = ownBody('states', run, before, overrides)
  return before ? mergedFile(sha256(before), body) : Buffer.from(`${STATES_MARKER}\n${body}`)
}
