/**
 * What the kinds of registered content share (policies, aliases, actions): an item is the record as the API shows it, without
 * what is of one database only. Whoever made a record through the API left no file behind it; all others belong to their pack.
 */
import { scryptSync } from 'crypto'
import { z } from 'zod'
import { canonicalJson, sha256 } from '../../core/canonical'
import type { Item } from '../../core/model'
import type { Need } from '../kind'
import { SYSTEM_PACKS } from '../packs/item'

export interface ContentItem extends Item {
  pack: string
  name: string
  enabled: boolean
  /** Empty for what was made through the API. */
  metadata_file: string
  /** No file of the pack stands behind it: only the API makes it again. */
  made: boolean
  /** Members that are not as the pack's file says. */
  edited?: string[]
  /** Other packs that bring one of the same bare name: registering them can take this one's place. */
  shares_name_with?: string[]
}

export const contentSchema = z.looseObject({
  identity: z.string(),
  pack: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  metadata_file: z.string(),
  made: z.boolean(),
})

/** A record as the API shows it. */
export interface Row {
  id: string
  ref?: string
  uid?: string
  pack: string
  name: string
  enabled?: boolean
  metadata_file?: string
  runner_type?: string
  entry_point?: string
  [member: string]: unknown
}

export const refOf = ({ ref, pack, name }: Row): string => ref ?? `${pack}.${name}`

/** Without ids, uid and ref, which each instance makes for itself. StackStorm takes an absent `enabled` for true. */
export function toItem(row: Row, made: boolean): ContentItem {
  const { id: _id, uid: _uid, ref: _ref, ...members } = row
  return { ...members, identity: refOf(row), enabled: row.enabled ?? true, metadata_file: row.metadata_file ?? '', made }
}

/** What this tool adds to a record. */
const OWN: readonly string[] = ['identity', 'made', 'edited', 'shares_name_with', 'files']

/** The members that StackStorm knows. */
export const membersOf = (item: ContentItem): Record<string, unknown> => Object.fromEntries(Object.entries(item).filter(([name, value]) => !OWN.includes(name) && value !== undefined && value !== null))

/** What is sent to make or change it; never an id: a policy's would overwrite whatever has it (recordings policies, 14). */
export function bodyOf(item: ContentItem): Record<string, unknown> {
  const { metadata_file: file, ...members } = membersOf(item)
  return file === '' ? members : { ...members, metadata_file: file }
}

/** The pack of what it is about; none for what StackStorm brings itself. */
export function packOfRef(ref: unknown): string[] {
  const pack = typeof ref === 'string' ? (ref.split('.', 1)[0] ?? '') : ''
  return pack === '' || SYSTEM_PACKS.includes(pack) ? [] : [pack]
}

/** The action that it is about, where that was made through the API; and the pack that it goes with when it is one of its files. */
export const needsAbout = (ref: unknown, { metadata_file: file, pack }: ContentItem): Need[] => [
  ...(typeof ref === 'string' ? [{ kind: 'actions', identity: ref }] : []),
  ...(file === '' ? [] : [{ kind: 'packs', identity: pack }]),
]

/** All that counts of a record as it stands there. */
export function contentFingerprint(item: ContentItem): string {
  const text = canonicalJson({ identity: item.identity, members: membersOf(item), files: item.files })
  // A slow hash where a short secret may be inside, since a plan file shows it.
  return mayHoldSecrets(item) ? scryptSync(text, `st2upgrade ${item.identity}`, 32).toString('hex') : sha256(text)
}

/** Fixed parameters of an alias, and defaults of an action's secret parameters. */
function mayHoldSecrets({ immutable_parameters: fixed, parameters }: ContentItem): boolean {
  const secret = (one: unknown): boolean => typeof one === 'object' && one !== null && 'secret' in one && 'default' in one
  return Object.keys(fixed ?? {}).length > 0 || Object.values(parameters ?? {}).some(secret)
}
