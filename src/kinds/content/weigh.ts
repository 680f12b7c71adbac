/** What a plan says about a record: where its pack comes from, and what no API can take. */
import type { Change } from '../../core/model'
import { conflictPolicy, type Verdict, type Weighing } from '../kind'
import { maskedIn } from '../members'
import { packItems } from '../packs/bundles'
import { SYSTEM_PACKS } from '../packs/item'
import { isKeptOut } from '../packs/strangers'
import { membersOf, refOf, type ContentItem } from './item'
import { recordRows, type RecordKind } from './records'

export const manual = (note: string, advice: string): Verdict => ({ action: 'manual', note, advice }) satisfies Partial<Change>

/** `carried`: this plan brings it; `there`: the target has it, and it stays as it is. */
export type PackProspect = 'carried' | 'there' | 'nowhere'

export async function packProspect(pack: string, weighing: Weighing): Promise<PackProspect> {
  const { archive, target, settings } = weighing
  const there = (await target.api.find(`/v1/packs/${encodeURIComponent(pack)}`)) !== undefined
  const stays = there && (conflictPolicy(settings, 'packs') !== 'overwrite' || SYSTEM_PACKS.includes(pack))
  if (stays) return 'there'
  const comes = archive.manifest.kinds.packs !== undefined && (weighing.kinds?.includes('packs') ?? true)
  const carried = comes ? ((await packItems(archive)).get(pack)) : undefined
  if (carried?.head && (there || !(await isKeptOut(pack, weighing)))) return 'carried'
  return there ? 'there' : 'nowhere'
}

/** Masked or rounded values would be written as they are read: wrongly. */
export function unfaithful(item: ContentItem): Verdict | undefined {
  const masked = maskedIn(membersOf(item))
  if (masked.length > 0) return manual(`it holds ******** in place of a secret (${masked.join(', ')}): somebody sent a masked copy back`, 'set the real value on the old instance and export again, or make it by hand on the new one')
  const rounded = roundedIn(membersOf(item))
  if (rounded.length > 0) return manual(`the API rounds its numbers beyond 2^53 (${rounded.join(', ')})`, 'make it by hand on the new one')
  return undefined
}

function roundedIn(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? [path] : []
  return Object.entries(value).flatMap(([name, member]) => roundedIn(member, path === '' ? name : `${path}.${name}`))
}

/** For what its pack brings: how it gets there; undefined for what was made through the API. */
export async function throughPack(item: ContentItem, weighing: Weighing): Promise<Verdict | undefined> {
  if (item.made) return undefined
  const prospect = await packProspect(item.pack, weighing)
  if (prospect === 'nowhere') return manual(`its pack ${item.pack} is neither part of this plan nor on the new instance`, `install pack ${item.pack} on the new instance, then plan again; or plan its kind packs too`)
  if (item.edited) return { note: `edited on the old instance: ${item.metadata_file} of pack ${item.pack} says otherwise (${item.edited.join(', ')}), and any registration of the pack brings that back, there as here` }
  return { note: prospect === 'carried' ? `comes with pack ${item.pack}` : `pack ${item.pack} is there, but this is not: made through the API, a reload of the pack decides anew` }
}

/** Refs on the target with this item's bare name, as they were when it was planned. */
export async function sameNames(records: RecordKind, item: ContentItem, { target }: Weighing): Promise<string[]> {
  const found: string[] = []
  for await (const row of recordRows(target.api, records)) if (row.name === item.name && refOf(row) !== item.identity) found.push(refOf(row))
  return found.sort()
}

/** A verdict with one more thing to tell. */
export function telling(verdict: Verdict, ...notes: (string | undefined)[]): Verdict {
  const all = [verdict.note, ...notes].filter((note): note is string => note !== undefined && note !== '')
  return all.length === 0 ? verdict : { ...verdict, note: all.join('; ') }
}
