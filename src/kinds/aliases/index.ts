/**
 * The kind `aliases` (of actions, for chat): those made through the API are made again; those of packs come with their packs,
 * except where two packs have one of the same name. Facts: recordings aliases.
 */
import type { Change, Difference } from '../../core/model'
import { compareContent } from '../content/compare'
import { bodyOf, contentFingerprint, contentSchema, needsAbout, packOfRef, type ContentItem } from '../content/item'
import type { Normal } from '../content/edited'
import { listContent } from '../content/list'
import { putRecord, removeRecord, restoreRecord, type RecordKind } from '../content/records'
import { sameNames, telling, throughPack, unfaithful } from '../content/weigh'
import type { Kind, Reading, Verdict, Weighing, Writing } from '../kind'

export const ALIASES: RecordKind = { kind: 'aliases', path: '/v1/actionalias', word: 'alias', folder: 'aliases', normaliser: async () => normal, byBareName: true }

const normal: Normal = ({ description, action_ref, formats, ack, result, extra, immutable_parameters: fixed }) => ({
  description: description ?? undefined,
  action_ref,
  formats,
  ack: ack ?? {},
  result: result ?? {},
  extra: extra ?? {},
  immutable_parameters: fixed ?? {},
})

async function* list(reading: Reading): AsyncGenerator<ContentItem> {
  for await (const item of listContent(ALIASES, reading)) {
    if (!reading.wanted && item.made && item.enabled && !item.description) reading.note(`alias ${item.identity} has no description: while it is enabled, GET /v1/actionalias/help answers 500, on the new instance as on the old`)
    yield item
  }
}

async function weigh(source: ContentItem, target: ContentItem | undefined, _differences: Difference[], weighing: Weighing): Promise<Verdict | undefined> {
  const impossible = unfaithful(source)
  if (impossible || target) return impossible
  const brought = await throughPack(source, weighing)
  if (brought?.action) return brought
  const details = source.made ? {} : { details: { same_name: await sameNames(ALIASES, source, weighing) } }
  return telling({ ...brought, ...details }, sharing(source), silent(source))
}

function sharing({ name, shares_name_with: others }: ContentItem): string | undefined {
  return others && `pack ${others.join(', ')} brings an alias ${name} too, and StackStorm registers aliases by their bare name: a reload can undo it, as on the old instance`
}

const silent = ({ made, description }: ContentItem): string | undefined => (made && !description ? 'it has no description: while it is enabled, the help of chat answers 500' : undefined)

/** Until the target is activated, what is made or changed there listens to nobody. */
const body = (item: ContentItem, { activity }: Writing): Record<string, unknown> => ({ ...bodyOf(item), enabled: activity === 'active' && item.enabled })

export const aliases: Kind<ContentItem> = {
  name: 'aliases',
  title: 'action aliases',
  after: ['packs'],
  activated: true,
  schema: contentSchema,
  plainSecrets: true,
  list,
  compare: async (source, target, weighing) => compareContent(source, target, weighing, true),
  fingerprint: contentFingerprint,
  weigh,
  needsPacks: ({ action_ref: ref }) => packOfRef(ref),
  needs: (item) => needsAbout(item.action_ref, item),
  // Few, and those of one name depend on each other.
  maxConcurrent: 1,
  isHalfWritten: () => false,
  write: (change: Change, item, _before, writing) => putRecord(ALIASES, change, item, body(item, writing), writing),
  remove: (now, writing) => removeRecord(ALIASES, now, writing),
  restore: (before, _now, writing) => restoreRecord(ALIASES, before, writing),
}
