/**
 * The kind `policies`: those made through the API are made again; those of packs come with their packs, except where two packs
 * have one of the same name. No override switches a policy off: it acts as soon as it is there. Facts: recordings policies.
 */
import type { Change, Difference } from '../../core/model'
import { compareContent } from '../content/compare'
import { bodyOf, contentFingerprint, contentSchema, needsAbout, packOfRef, type ContentItem } from '../content/item'
import type { Normal } from '../content/edited'
import { listContent } from '../content/list'
import { CLASH_ADVICE, clashOf, putRecord, removeRecord, restoreRecord, type RecordKind } from '../content/records'
import { manual, sameNames, telling, throughPack, unfaithful } from '../content/weigh'
import type { StackStorm } from '../../st2/port'
import { conflictPolicy, type Kind, type Verdict, type Weighing } from '../kind'

export const POLICIES: RecordKind = { kind: 'policies', path: '/v1/policies', word: 'policy', folder: 'policies', normaliser, byBareName: true }

/** A policy type fills in what a policy does not say. */
async function normaliser(api: StackStorm): Promise<Normal> {
  const types = new Map<string, Record<string, unknown>>()
  for await (const { ref, parameters = {} } of api.list<{ ref: string; parameters?: Record<string, { default?: unknown }> }>('/v1/policytypes')) {
    types.set(ref, Object.fromEntries(Object.entries(parameters).flatMap(([name, one]) => (one.default === undefined ? [] : [[name, one.default]]))))
  }
  return ({ description, resource_ref, policy_type, parameters }) => ({ description: description ?? undefined, resource_ref, policy_type, parameters: { ...types.get(String(policy_type)), ...(parameters as object | undefined) } })
}

/** Nobody can change these through the API. */
const PROTECTED = 'core'

async function weigh(source: ContentItem, target: ContentItem | undefined, _differences: Difference[], weighing: Weighing): Promise<Verdict | undefined> {
  const impossible = unfaithful(source) ?? (target && source.pack === PROTECTED ? manual(`StackStorm lets nobody change what belongs to pack ${PROTECTED}`, 'change it in the database, or leave it') : undefined)
  if (impossible) return impossible
  if (target) return undefined
  const brought = await throughPack(source, weighing)
  if (brought?.action) return brought
  return (await clashing(source, weighing)) ?? telling({ ...brought, ...(await takenNames(source, weighing)) }, sharing(source), atOnce(source, weighing))
}

/** One policy for each type and resource: another in its place is settled by a person. */
async function clashing(source: ContentItem, weighing: Weighing): Promise<Verdict | undefined> {
  const clash = await clashOf(weighing.target.api, POLICIES, source)
  if (!clash) return undefined
  const action = ({ fail: 'conflict', skip: 'skip', overwrite: 'manual' } as const)[conflictPolicy(weighing.settings, 'policies')]
  return { action, note: clash, advice: CLASH_ADVICE, differences: [{ path: 'resource_ref', source: String(source.resource_ref), target: clash }] }
}

async function takenNames(source: ContentItem, weighing: Weighing): Promise<Verdict> {
  return source.made ? {} : { details: { same_name: await sameNames(POLICIES, source, weighing) } }
}

function sharing({ name, shares_name_with: others }: ContentItem): string | undefined {
  return others && `pack ${others.join(', ')} brings a policy ${name} too, and StackStorm registers policies by their bare name: a reload can undo it, as on the old instance`
}

function atOnce(source: ContentItem, { settings }: Weighing): string | undefined {
  return source.enabled && settings.landing !== 'active' ? 'it acts at once: no override switches policies off' : undefined
}

/** Those of packs are told with their packs. */
async function notices(changes: Change[], { archive, settings }: Weighing): Promise<string[]> {
  const written = new Set(changes.filter(({ action }) => action === 'create' || action === 'update').map(({ identity }) => identity))
  const names: string[] = []
  for await (const item of archive.items('policies')) if (item.made && item.enabled && written.has(item.identity)) names.push(item.identity)
  return names.length === 0 || settings.landing === 'active' ? [] : [`policies made through the API act at once, nothing keeps them quiet: ${names.join(', ')}`]
}

export const policies: Kind<ContentItem> = {
  name: 'policies',
  title: 'policies',
  // Registering packs can take a policy away: they are made after the last one.
  after: ['packs', 'actions'],
  schema: contentSchema,
  plainSecrets: false,
  list: (reading) => listContent(POLICIES, reading),
  compare: async (source, target, weighing) => compareContent(source, target, weighing, false),
  fingerprint: contentFingerprint,
  weigh,
  notices,
  needsPacks: ({ resource_ref: ref }) => packOfRef(ref),
  needs: (item) => needsAbout(item.resource_ref, item),
  // Few, and made one after the other: those of one name depend on each other.
  maxConcurrent: 1,
  isHalfWritten: () => false,
  write: (change: Change, item, _before, writing) => putRecord(POLICIES, change, item, bodyOf(item), writing),
  remove: (now, writing) => removeRecord(POLICIES, now, writing),
  restore: (before, _now, writing) => restoreRecord(POLICIES, before, writing),
}
