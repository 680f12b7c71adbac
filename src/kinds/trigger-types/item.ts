/** One trigger type that no file of a pack brings: what a program of somebody sends trigger instances of. */
import { z } from 'zod'
import { canonicalJson, sha256 } from '../../core/canonical'
import type { Difference, Item } from '../../core/model'
import { hiddenDifferences } from '../members'

export interface TriggerTypeItem extends Item {
  pack: string
  name: string
  description?: string
  tags: unknown[]
  payload_schema: Record<string, unknown>
  parameters_schema: Record<string, unknown>
  /** On a target only: its database id there, and the file of a pack that it comes from, if any. */
  id?: string
  file?: string
}

/** As the API shows it; one made through the API has no `metadata_file` (recordings triggers, 7). */
export interface TriggerTypeRow {
  id: string
  uid?: string
  ref: string
  pack: string
  name: string
  metadata_file?: string
  description?: string
  tags?: unknown[]
  payload_schema?: Record<string, unknown>
  parameters_schema?: Record<string, unknown>
}

export const triggerTypeSchema = z.looseObject({
  identity: z.string(),
  pack: z.string(),
  name: z.string(),
  payload_schema: z.record(z.string(), z.unknown()),
  parameters_schema: z.record(z.string(), z.unknown()),
})

export function toItem({ id, uid: _uid, ref, metadata_file: file, ...row }: TriggerTypeRow, side: 'source' | 'target'): TriggerTypeItem {
  const { tags, payload_schema, parameters_schema } = row
  const there = side === 'target' ? { id, ...(file ? { file } : {}) } : {}
  return { ...row, identity: ref, tags: tags ?? [], payload_schema: payload_schema ?? {}, parameters_schema: parameters_schema ?? {}, ...there }
}

/** What both POST and PUT take: an empty description stays one. */
export const bodyOf = (item: TriggerTypeItem) => ({ ...contentOf(item), ...(item.description !== undefined && { description: item.description }) })

/** What counts: no description is an empty one. */
const contentOf = ({ pack, name, description, tags, payload_schema, parameters_schema }: TriggerTypeItem) => ({
  pack,
  name,
  ...(description ? { description } : {}),
  tags,
  payload_schema,
  parameters_schema,
})

/** Where a pack of the target brings a type of this name, its file decides: registering would overwrite anything else. */
export function compareTriggerTypes(source: TriggerTypeItem, target: TriggerTypeItem): Difference[] {
  return target.file === undefined ? hiddenDifferences(contentOf(source), contentOf(target), '') : []
}

export const triggerTypeFingerprint = (item: TriggerTypeItem): string => sha256(canonicalJson({ ...contentOf(item), file: item.file ?? null }))

export const withoutParameters = ({ parameters_schema }: TriggerTypeItem): boolean => Object.keys(parameters_schema).length === 0
