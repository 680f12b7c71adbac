/**
 * Putting files of an instance in place, durably, with mode and owner, and back as they were: what a write replaces is kept
 * by its hash in the run's directory first.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { sha256 } from '../../core/canonical'
import { sweepParts, writeDurable } from '../../system/durable'
import { fileError, withPath } from '../../system/file-errors'
import { privateDirectory } from '../../system/state'
import type { Written } from '../kind'
import type { Accounts } from './accounts'
import { ownerText, type Owner } from './item'
import { isBelow, isPlain, lookAt } from './look'

/** Where a file goes: `name` below `base`, which is never left. */
export interface Place {
  base: string
  name: string
}

export interface Wanted {
  mode: number
  owner: Owner
}

const failed = (note: string, advice: string): Written => ({ outcome: 'failed', note, advice })

/**
 * Keeps what stands at the place, when it is the file with this hash (undefined: none is expected). Returns why nothing may be
 * written there; undefined when all is well, also when our own bytes stand there already, from a write that was killed.
 */
export async function keepReplaced(place: Place, expected: string | undefined, ours: Buffer, keepDir: string, accounts: Accounts): Promise<Written | undefined> {
  const now = await lookAt(place.base, place.name, accounts)
  if (!now) return undefined
  if (!isPlain(now)) return failed(`what stands in its place cannot be replaced: ${now.why}`, `look at ${path.join(place.base, place.name)}, then run apply again`)
  if (now.bytes.equals(ours) && sha256(now.bytes) !== expected) return undefined
  if (sha256(now.bytes) !== expected) return failed('the file there changed while this ran: not replaced', `look at ${now.file}, then plan again`)
  if (now.link !== undefined) return failed(`what stands in its place is a symbolic link (to ${now.link}): not replaced`, `put the file there yourself, or remove the link ${now.file} and plan again`)
  await keepBytes(keepDir, now.bytes)
  return undefined
}

const keptFile = (keepDir: string, hash: string): string => path.join(keepDir, `file-${hash}`)

/** Keeps bytes by their hash, for {@link putBack}. */
export async function keepBytes(keepDir: string, bytes: Buffer): Promise<void> {
  await privateDirectory(keepDir)
  await writeDurable(keptFile(keepDir, sha256(bytes)), bytes)
}

/** The bytes of a replaced file, checked; undefined when they are not (or no longer) there. */
export async function keptBytes(keepDir: string, hash: string): Promise<Buffer | undefined> {
  const bytes = await fs.readFile(keptFile(keepDir, hash)).catch(() => undefined)
  return bytes && sha256(bytes) === hash ? bytes : undefined
}

/** Writes the file, with its owner before anybody else may read it. Returns why its owner could not be given; undefined when all is as wanted. */
export async function putInPlace({ base, name }: Place, bytes: Buffer, { mode, owner }: Wanted, accounts: Accounts): Promise<string | undefined> {
  const file = path.join(base, name)
  await makeDirectory(base, path.dirname(file))
  await sweepParts(file)
  await writeDurable(file, bytes)
  const refused = await giveOwner(file, owner, accounts)
  await withPath('set the mode of', file, () => fs.chmod(file, mode))
  return refused
}

/** Numbers that the owner has on this instance; the directory's where its name is unknown and its number is another's. */
async function giveOwner(file: string, owner: Owner, accounts: Accounts): Promise<string | undefined> {
  const parent = await fs.stat(path.dirname(file))
  const uid = (await numberOf('passwd', owner.user, owner.uid, accounts)) ?? parent.uid
  const gid = (await numberOf('group', owner.group, owner.gid, accounts)) ?? parent.gid
  const now = await fs.stat(file)
  if (now.uid === uid && now.gid === gid) return undefined
  try {
    await fs.chown(file, uid, gid)
    return undefined
  } catch (error) {
    if (!['EPERM', 'EINVAL'].includes((error as { code?: string }).code ?? '')) throw fileError(error, 'set the owner of', file)
    return `its owner ${ownerText(owner)} could not be set`
  }
}

/** By name; by number where the name is unknown and the number is free. */
async function numberOf(base: 'passwd' | 'group', name: string | undefined, id: number, accounts: Accounts): Promise<number | undefined> {
  const known = name === undefined ? undefined : await accounts.idOf(base, name)
  if (known !== undefined) return known
  return name === undefined || (await accounts.nameOf(base, id)) === undefined ? id : undefined
}

/** Makes missing directories as the one above them is: mode and owner. Never below a link that leads out of `base`. */
export async function makeDirectory(base: string, directory: string): Promise<void> {
  if (await exists(directory)) return refuseOutside(base, directory)
  const above = path.dirname(directory)
  await makeDirectory(base, above)
  const { mode, uid, gid } = await fs.stat(above)
  await withPath('make the directory', directory, async () => {
    await fs.mkdir(directory)
    await fs.chmod(directory, mode & 0o777)
  })
  await fs.chown(directory, uid, gid).catch(() => undefined)
}

const exists = (file: string): Promise<boolean> =>
  fs.stat(file).then(
    () => true,
    () => false,
  )

/** Only below the base: what lies above it is as its administrator made it. */
async function refuseOutside(base: string, directory: string): Promise<void> {
  if (!isBelow(base, directory)) return
  const [realBase, real] = [await fs.realpath(base), await fs.realpath(directory)]
  if (!isBelow(realBase, real)) throw new LeadsOut(directory, base)
}

/** One item's fault: the others can be written. */
class LeadsOut extends Error {
  readonly advice = 'put the file there yourself, or remove the link and run apply again'
  constructor(directory: string, base: string) {
    super(`${directory} is a symbolic link that leads out of ${base}: nothing was written there`)
  }
}

/** Removes a file that this tool wrote, when it is still as it was left. */
export async function takeAway(place: Place, hash: string, accounts: Accounts): Promise<Written> {
  const now = await lookAt(place.base, place.name, accounts)
  const file = path.join(place.base, place.name)
  if (!now) return { outcome: 'carried' }
  if (!isPlain(now) || now.link !== undefined || sha256(now.bytes) !== hash) return { outcome: 'left', note: `${file} changed since: left as it is`, advice: `remove ${file} yourself if it must go` }
  await withPath('remove', file, () => fs.rm(file))
  return { outcome: 'carried' }
}

/** Puts back what a write replaced, byte for byte. `now` is the hash of what this tool left there. */
export async function putBack(place: Place, before: { sha256: string } & Wanted, now: string | undefined, keepDir: string, accounts: Accounts): Promise<Written> {
  const file = path.join(place.base, place.name)
  const bytes = await keptBytes(keepDir, before.sha256)
  if (!bytes) return { outcome: 'manual', note: `what stood at ${file} before was not kept in ${keepDir}`, advice: 'take it from a backup of the new instance' }
  const there = await lookAt(place.base, place.name, accounts)
  if (there && (!isPlain(there) || ![now, before.sha256].includes(sha256(there.bytes)))) return { outcome: 'left', note: `${file} changed since: left as it is`, advice: `what stood there before is ${keptFile(keepDir, before.sha256)}` }
  const refused = await putInPlace(place, bytes, before, accounts)
  return refused ? { outcome: 'failed', note: `it is back, but ${refused}`, advice: `run as root, or set it: chown ${ownerText(before.owner)} ${file}` } : { outcome: 'carried' }
}
