/** An action that was made through the API, with the files that StackStorm wrote into the pack for it and no pack history carries. */
import { z } from 'zod'
import { contentSchema, type ContentItem } from '../content/item'

export interface ActionFile {
  /** Below the pack's `actions`, with slashes. */
  path: string
  sha256: string
  /** Absent where execute bits cannot be seen. */
  exec?: boolean
  /** Archive member that holds the bytes; on a target, none. */
  member?: string
}

export interface ActionItem extends ContentItem {
  runner_type: string
  entry_point: string
  /** Those that its pack does not bring along: files of a built-in pack. */
  files: ActionFile[]
}

export const actionSchema = contentSchema.extend({
  runner_type: z.string(),
  entry_point: z.string(),
  files: z.array(z.looseObject({ path: z.string(), sha256: z.string(), exec: z.boolean().optional(), member: z.string().optional() })),
})

/** Where an entry point lies below `actions`; undefined for none, or one outside of it. */
export function entryFile({ entry_point: entry }: { entry_point?: string }): string | undefined {
  if (!entry || entry.startsWith('/') || entry.split('/').some((part) => part === '..' || part === '.' || part === '')) return undefined
  return entry
}
