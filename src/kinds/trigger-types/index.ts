/**
 * The kind `trigger_types`: those made through the API. Sensors and the folder triggers/ of a pack bring theirs along, and
 * StackStorm makes its own (core.st2.*) at every start. Facts: recordings triggers of 3.4.1, 3.8.1 and 3.9.0.
 */
import type { Archive } from '../../archive/types'
import type { Kind, Reading } from '../kind'
import { OWN_PACK } from '../packs/item'
import { compareTriggerTypes, toItem, triggerTypeFingerprint, triggerTypeSchema, type TriggerTypeItem, type TriggerTypeRow } from './item'
import { removeTriggerType, restoreTriggerType, writeTriggerType } from './write'

export type { TriggerTypeItem } from './item'

async function* list({ instance, wanted }: Reading): AsyncGenerator<TriggerTypeItem> {
  const looked = await wantedRefs(wanted)
  for await (const row of instance.api.list<TriggerTypeRow>('/v1/triggertypes')) {
    if (row.pack === OWN_PACK || isInternal(row)) continue
    if (!row.metadata_file || looked.has(row.ref)) yield toItem(row, instance.side)
  }
}

const isInternal = ({ ref }: TriggerTypeRow): boolean => ref.startsWith('core.st2.')

/** On a target one that a pack brings counts as well. */
async function wantedRefs(archive: Archive | undefined): Promise<Set<string>> {
  const refs = new Set<string>()
  if (archive) for await (const { identity } of archive.items('trigger_types')) refs.add(identity)
  return refs
}

export const triggerTypes: Kind<TriggerTypeItem> = {
  name: 'trigger_types',
  title: 'trigger types made through the API',
  // A pack that ships a type of the same name decides.
  after: ['packs'],
  schema: triggerTypeSchema,
  plainSecrets: false,
  list,
  compare: async (source, target) => compareTriggerTypes(source, target),
  fingerprint: triggerTypeFingerprint,
  maxConcurrent: 4,
  write: (_change, item, before, writing) => writeTriggerType(item, before, writing),
  removedLast: true,
  remove: removeTriggerType,
  restore: restoreTriggerType,
  isHalfWritten: () => false,
}
