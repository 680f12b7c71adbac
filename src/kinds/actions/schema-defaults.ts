/**
 * Output schemas without what StackStorm adds by itself: since 3.5 or so it fills them up with the defaults of JSON schema
 * (recordings actions, 11), 3.4.1 shows them as they were sent. Pure.
 */
import { isMapping } from '../members'

/** Keywords with the value that means nothing. */
const EMPTY: Readonly<Record<string, unknown>> = {
  additionalItems: {},
  items: {},
  uniqueItems: false,
  required: false,
  secret: false,
  additionalProperties: {},
  definitions: {},
  properties: {},
  patternProperties: {},
  immutable: false,
}

/** Keywords whose members are schemas by name. */
const NAMED: readonly string[] = ['properties', 'patternProperties', 'definitions']
const SCHEMAS: readonly string[] = ['items', 'additionalItems', 'additionalProperties']

export function withoutDefaults(schema: unknown): unknown {
  if (!isMapping(schema)) return schema
  const kept = Object.entries(schema).filter(([keyword, value]) => !saysNothing(keyword, value))
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, inside(keyword, value)]))
}

function saysNothing(keyword: string, value: unknown): boolean {
  if (!(keyword in EMPTY)) return false
  return isMapping(value) ? Object.keys(value).length === 0 : value === EMPTY[keyword]
}

function inside(keyword: string, value: unknown): unknown {
  if (NAMED.includes(keyword) && isMapping(value)) return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, withoutDefaults(schema)]))
  if (SCHEMAS.includes(keyword)) return Array.isArray(value) ? value.map(withoutDefaults) : withoutDefaults(value)
  return value
}
