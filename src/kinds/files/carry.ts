/** What the kinds of plain files do alike: a file becomes an item, is weighed, and is written in the same place. */
import { promises as fs } from 'fs'
import * as path from 'path'
import { sha256 } from '../../core/canonical'
import type { Change } from '../../core/model'
import type { InstanceFiles, Reading, Verdict, Weighing, Writing, Written } from '../kind'
import { accountsOf } from './accounts'
import { strangers } from './compare'
import { ownerText, type FileItem } from './item'
import { keepReplaced, putInPlace, type Place } from './place'
import { isPlain, type Hindered, type PlainFile, type Sight } from './look'

/** The item of a file; on the source its bytes are staged as `member` of the archive. */
export async function toItem(reading: Reading, identity: string, found: PlainFile, member: string): Promise<FileItem> {
  const { bytes, mode, owner, link } = found
  const item: FileItem = { identity, sha256: sha256(bytes), bytes: bytes.length, mode, owner }
  if (reading.instance.side === 'target') return link === undefined ? item : { ...item, obstacle: `a symbolic link (to ${link})` }
  if (reading.stage) await fs.writeFile(await reading.stage(member), bytes, { mode: 0o600 })
  return { ...item, member }
}

/** On a target: something stands in the place that is no file to replace. */
const hinderedItem = (identity: string, why: string): FileItem => ({ identity, sha256: '', bytes: 0, mode: 0, owner: { uid: 0, gid: 0 }, obstacle: why })

/** A sight as an item; what cannot be carried is remarked on the source, and stands in the way on a target. */
export async function itemOf(reading: Reading, identity: string, sight: Sight, member: string): Promise<FileItem | undefined> {
  if (isPlain(sight)) return toItem(reading, identity, sight, member)
  if (reading.instance.side === 'target') return hinderedItem(identity, sight.why)
  remarkHindered(reading, { ...sight, name: identity })
  return undefined
}

export function remarkHindered(reading: Reading, { name, why }: Hindered): void {
  if (reading.instance.side === 'target') return
  reading.remark({ identity: name, outcome: 'manual', note: `not carried: ${why}`, advice: 'look at it on the old instance; copy it to the new one yourself if it is needed, or mend it and export again' })
}

export function remarkLeft(reading: Reading, identity: string, note: string): void {
  if (reading.instance.side === 'target') return
  reading.remark({ identity, outcome: 'left', note, advice: 'nothing; copy it yourself if you want it' })
}

const manual = (note: string, advice: string): Verdict => ({ action: 'manual', note, advice })

/** What no write can do: the target's files are out of reach, or something that is no plain file stands in the place. */
export function unplaceable({ identity }: FileItem, target: FileItem | undefined, weighing: Weighing): Verdict | undefined {
  if (!weighing.target.files) return manual("the new instance's files cannot be reached from here", `begin a run without api_only, which is handed over to the new instance; or on that itself, as root: st2 run st2upgrade.seed archive=PATH; or put ${identity} there yourself`)
  if (target?.obstacle === undefined) return undefined
  return manual(`what stands in its place on the new instance cannot be replaced: ${target.obstacle}`, 'look at it there, then plan again')
}

/** A note for an owner that the target has no account of. */
export async function ownerNote({ owner }: FileItem, files: InstanceFiles, weighing: Weighing): Promise<string | undefined> {
  const { user, group } = await strangers(owner, accountsOf(files, weighing.system))
  const names = [...(user !== undefined ? [`user ${user}`] : []), ...(group !== undefined ? [`group ${group}`] : [])]
  return names.length === 0 ? undefined : `its owner ${ownerText(owner)} is not known there (${names.join(', ')}): the number where it is free, else the directory's owner`
}

/** The bytes that the archive holds for an item. @throws Error when it lacks them: an archive of another hand. */
export async function archivedBytes({ identity, member, sha256: hash }: FileItem, { archive }: Weighing): Promise<Buffer> {
  const file = member === undefined ? undefined : archive.member(member)
  const bytes = file === undefined ? undefined : await fs.readFile(file)
  if (!bytes || sha256(bytes) !== hash) throw new Error(`the archive does not hold the bytes of ${identity}`)
  return bytes
}

/** Writes an item's file; keeps what it replaces. */
export async function writeFileItem(place: Place, bytes: Buffer, change: Change, item: FileItem, before: FileItem | undefined, writing: Writing): Promise<Written> {
  const accounts = accountsOf(writing.target.files!, writing.system)
  const refused = await keepReplaced(place, before?.sha256, bytes, writing.keepDir, accounts)
  if (refused) return refused
  const trouble = await putInPlace(place, bytes, item, accounts)
  const file = path.join(place.base, place.name)
  if (trouble) return { outcome: 'failed', note: `it is in place, but ${trouble}`, advice: `run apply again as root, or set it yourself: chown ${ownerText(item.owner)} ${file}` }
  return { outcome: change.transformed ? 'transformed' : 'carried', note: change.note }
}

/** Joins what is to be told. */
export const told = (...notes: (string | undefined)[]): string | undefined => notes.filter((note) => note !== undefined).join('; ') || undefined

