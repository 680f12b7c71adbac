/** One record on the target: found by its ref, changed by its id, made, or made in the place of one that took its name. */
import { isSt2Error } from '../../st2/errors'
import type { StackStorm } from '../../st2/port'
import type { Change } from '../../core/model'
import type { Writing, Written } from '../kind'
import { packItems } from '../packs/bundles'
import type { Folder } from '../packs/names'
import { ShippedFiles, type Normal } from './edited'
import { bodyOf, contentFingerprint, refOf, toItem, type ContentItem, type Row } from './item'

export interface RecordKind {
  /** As archives name the kind. */
  kind: 'policies' | 'aliases' | 'actions'
  path: '/v1/policies' | '/v1/actionalias' | '/v1/actions'
  /** One of them, for messages. */
  word: string
  /** Where packs keep their metadata files. */
  folder: Folder
  normaliser(api: StackStorm): Promise<Normal>
  /** Registering a pack looks the old record up by its bare name, so that another pack's is replaced. */
  byBareName: boolean
}

/** All of a kind on an instance, or those of one pack. `show_secrets` is dropped silently where it is not known. */
export async function* recordRows(api: StackStorm, { path }: RecordKind, pack?: string): AsyncGenerator<Row> {
  yield* api.list<Row>(path, { query: { show_secrets: true, ...(pack === undefined ? {} : { pack }) } })
}

export async function rowOf(api: StackStorm, records: RecordKind, { identity, pack }: Pick<ContentItem, 'identity' | 'pack'>): Promise<Row | undefined> {
  for await (const row of recordRows(api, records, pack)) if (refOf(row) === identity) return row
  return undefined
}

/** Puts the item there; `body` is what is sent. Repeatable: what a killed write left is found by its ref. */
export async function putRecord(records: RecordKind, change: Change, item: ContentItem, body: Record<string, unknown>, writing: Writing): Promise<Written> {
  const { api } = writing.target
  const there = await rowOf(api, records, item)
  if (there && !item.made && !item.edited && there.metadata_file) return { outcome: 'carried', note: change.note }
  try {
    // An edit of what a pack ships leaves it switched as it is.
    if (there) await api.put(`${records.path}/${there.id}`, item.edited ? { ...body, enabled: there.enabled ?? true } : body)
    const how = there ? undefined : await make(records, change, item, body, writing)
    return item.made || there ? { outcome: change.transformed ? 'transformed' : 'carried', note: change.note } : { outcome: 'transformed', note: how }
  } catch (error) {
    return refused(records, item, writing, error)
  }
}

async function make(records: RecordKind, change: Change, item: ContentItem, body: Record<string, unknown>, writing: Writing): Promise<string> {
  const { api } = writing.target
  const standIn = records.byBareName && !item.made ? await standInOf(records, change, item, writing) : undefined
  if (standIn) await api.put(`${records.path}/${standIn.id}`, body)
  else await api.post(records.path, body)
  return standIn || item.shares_name_with ? madeAgain(records, item, standIn?.pack) : `made through the API: pack ${item.pack} of the new instance has not brought it; a reload of it decides anew`
}

/**
 * Another pack's record of this bare name that came into this one's place while packs were registered. Only one that was not
 * there when the plan was made, and that the old instance does not have, gives the place back.
 */
async function standInOf(records: RecordKind, change: Change, item: ContentItem, { archive, target }: Writing): Promise<Row | undefined> {
  const before = (change.details?.same_name ?? []) as string[]
  const carried = archive.manifest.kinds.packs ? await packItems(archive) : new Map<string, unknown>()
  const known = new Set<string>()
  for await (const { identity } of archive.items(records.kind)) known.add(identity)
  for await (const row of recordRows(target.api, records)) {
    if (row.name === item.name && row.metadata_file && carried.has(row.pack) && !known.has(refOf(row)) && !before.includes(refOf(row))) return row
  }
  return undefined
}

function madeAgain({ folder }: RecordKind, { name, shares_name_with: others = [] }: ContentItem, standIn: string | undefined): string {
  const who = standIn ?? others.join(', ')
  return `made again through the API: StackStorm registers ${folder} by their bare name, and pack ${who} brings one called ${name} too; a reload undoes it, as on the old instance`
}

/** What StackStorm refuses is for a person; everything else is an error of the run or of this item. */
async function refused(records: RecordKind, item: ContentItem, { target }: Writing, error: unknown): Promise<Written> {
  if (!isSt2Error(error, 'bad_request', 'conflict')) throw error
  const clash = isSt2Error(error, 'conflict') ? await clashOf(target.api, records, item) : undefined
  if (clash) return { outcome: 'manual', note: clash, advice: CLASH_ADVICE }
  return { outcome: 'manual', note: error.message, advice: `compare it with the old instance's and make it by hand on the new one` }
}

export const CLASH_ADVICE = 'remove or change the one on the new instance, or leave it at that: then plan again'

/** StackStorm takes one policy for each type and resource. */
export async function clashOf(api: StackStorm, records: RecordKind, item: ContentItem): Promise<string | undefined> {
  if (records.kind !== 'policies') return undefined
  for await (const row of recordRows(api, records)) {
    if (row.policy_type === item.policy_type && row.resource_ref === item.resource_ref && refOf(row) !== item.identity) {
      return `the new instance has ${refOf(row)}, which is the policy ${String(item.policy_type)} for ${String(item.resource_ref)} already: StackStorm takes one of them only`
    }
  }
  return undefined
}

/** Undo of a create. What a pack ships goes with it, or becomes again what its file says. */
export async function removeRecord(records: RecordKind, now: ContentItem, writing: Writing): Promise<Written> {
  const { api } = writing.target
  const there = await rowOf(api, records, now)
  if (!there) return { outcome: 'carried' }
  if (there.metadata_file && (await writing.goes?.('packs', now.pack))) return { outcome: 'carried' }
  try {
    if (there.metadata_file && (await wasEdited(records, now, writing))) return await unedit(records, there, writing)
    await api.delete(`${records.path}/${there.id}`)
  } catch (error) {
    if (isSt2Error(error, 'bad_request')) return { outcome: 'left', note: error.message, advice: `remove this ${records.word} by hand` }
    if (!isSt2Error(error, 'not_found')) throw error
  }
  return { outcome: 'carried' }
}

async function wasEdited({ kind }: RecordKind, { identity }: ContentItem, { archive }: Writing): Promise<boolean> {
  for await (const item of archive.items(kind)) if (item.identity === identity) return (item as ContentItem).edited !== undefined
  return false
}

async function unedit(records: RecordKind, there: Row, { target, system }: Writing): Promise<Written> {
  const { pack } = there
  const shipped = await ShippedFiles.read({ instance: target, system }, records.folder, (members) => members, new Set([pack]))
  const file = shipped.of(there)
  if (!file) return { outcome: 'left', note: `${there.metadata_file} of pack ${pack} cannot be read`, advice: `register the ${records.folder} of pack ${pack} (st2 pack register ${pack} --types ${records.folder})` }
  await target.api.put(`${records.path}/${there.id}`, { ...file.content, pack, metadata_file: there.metadata_file, enabled: there.enabled ?? true })
  return { outcome: 'carried' }
}

/** Undo of an update, and of a removal. */
export async function restoreRecord(records: RecordKind, before: ContentItem, { target }: Writing): Promise<Written> {
  const there = await rowOf(target.api, records, before)
  if (there && contentFingerprint(toItem(there, before.made)) === contentFingerprint({ ...before, files: undefined, shares_name_with: undefined })) return { outcome: 'carried' }
  try {
    if (there) await target.api.put(`${records.path}/${there.id}`, bodyOf(before))
    else await target.api.post(records.path, bodyOf(before))
    return { outcome: 'carried' }
  } catch (error) {
    if (isSt2Error(error, 'bad_request', 'conflict')) return { outcome: 'left', note: error.message, advice: `put this ${records.word} back by hand` }
    throw error
  }
}
