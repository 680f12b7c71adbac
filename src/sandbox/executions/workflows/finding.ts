/** One thing that is wrong with a workflow, and where: in the file and in the schema of workflows. */
import { pyStr } from '../../python'
import type { Json } from '../model'

export interface Finding extends Json {
  type: 'content' | 'context' | 'expression' | 'semantic' | 'syntax'
  message: string
  spec_path: string | null
  schema_path: string | null
}

/** Where tasks stand in the schema. */
export const TASK_PATH = 'properties.tasks.patternProperties.^\\w+$'

/** All texts in a value, names of members too. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([key, member]) => [pyStr(key), ...textsIn(member)])
  return []
}
