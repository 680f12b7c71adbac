/**
 * Whether StackStorm would accept a pack's configuration: its checks of config.schema.yaml (JSON schema draft 4 with the
 * boolean `required` of draft 3), after defaults are filled in. What is refused is told in StackStorm's words, but without the
 * value: it may be a secret. Facts: recordings configs*, and StackStorm's handling of defaults and nulls.
 */

export interface ConfigSchema {
  [attribute: string]: AttributeSchema
}

interface AttributeSchema {
  type?: string | string[]
  required?: boolean
  default?: unknown
  secret?: boolean
  properties?: ConfigSchema
  patternProperties?: ConfigSchema
  additionalProperties?: boolean | AttributeSchema
  items?: AttributeSchema | AttributeSchema[]
  enum?: unknown[]
  [keyword: string]: unknown
}

type Values = Record<string, unknown>
const isValues = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What StackStorm would refuse first, as `attribute "a.b": is not of type 'integer'`; undefined when it takes the values. */
export function refusedConfig(schema: ConfigSchema, values: unknown): string | undefined {
  const given = values ?? {}
  if (!isValues(given)) return "the configuration is not of type 'object'"
  return refusedMembers(schema, given, []) ?? refusedFilter(schema, given)
}

function refusedMembers(schema: ConfigSchema, values: Values, path: string[]): string | undefined {
  for (const [name, attribute] of Object.entries(schema)) {
    if (!isValues(attribute)) continue
    // A default stands in for a member that is missing or null.
    const value = values[name] ?? attribute.default ?? (name in values ? null : undefined)
    const at = [...path, name]
    if (value === undefined) {
      if (attribute.required) return told(at, 'is a required property')
    } else {
      const refused = value === null && mayBeNull(attribute) ? undefined : refusedValue(attribute, value, at)
      if (refused !== undefined) return refused
    }
  }
  return undefined
}

/** Null stands for "not given" where nothing must be given. */
const mayBeNull = (attribute: AttributeSchema): boolean => !attribute.required || 'default' in attribute

const told = (path: string[], what: string): string => `attribute "${path.join('.')}": ${what}`

function refusedValue(schema: AttributeSchema, value: unknown, path: string[]): string | undefined {
  for (const check of CHECKS) {
    const what = check(schema, value)
    if (what !== undefined) return told(path, what)
  }
  return refusedAlternatives(schema, value, path) ?? refusedInside(schema, value, path)
}

function refusedInside(schema: AttributeSchema, value: unknown, path: string[]): string | undefined {
  if (Array.isArray(value)) return refusedItems(schema, value, path)
  if (!isValues(value)) return undefined
  return refusedMembers(schema.properties ?? {}, value, path) ?? refusedOthers(schema, value, path)
}

function refusedItems({ items }: AttributeSchema, values: unknown[], path: string[]): string | undefined {
  if (items === undefined) return undefined
  for (const [index, value] of values.entries()) {
    const schema = Array.isArray(items) ? items[index] : items
    const refused = schema && !(value === null && 'default' in schema) ? refusedValue(schema, value, [...path, String(index)]) : undefined
    if (refused !== undefined) return refused
  }
  return undefined
}

/** Members that the schema does not name. */
function refusedOthers(schema: AttributeSchema, values: Values, path: string[]): string | undefined {
  const patterns = Object.entries(schema.patternProperties ?? {}).map(([pattern, part]) => ({ pattern: pythonPattern(pattern), part }))
  const unjudged = patterns.some(({ pattern }) => pattern === undefined)
  for (const [name, value] of Object.entries(values)) {
    const matching = patterns.filter(({ pattern }) => pattern?.test(name)).map(({ part }) => part)
    const known = name in (schema.properties ?? {}) || matching.length > 0 || unjudged
    if (!known && schema.additionalProperties === false) return told(path, `additional properties are not allowed ('${name}' was unexpected)`)
    const rules = !known && isValues(schema.additionalProperties) ? [schema.additionalProperties] : matching
    for (const rule of rules) {
      const refused = refusedValue(rule, value, [...path, name])
      if (refused !== undefined) return refused
    }
  }
  return undefined
}

function refusedAlternatives(schema: AttributeSchema, value: unknown, path: string[]): string | undefined {
  const fits = (part: unknown): boolean => refusedValue(part as AttributeSchema, value, path) === undefined
  const { anyOf, oneOf, allOf, not } = schema
  if (Array.isArray(anyOf) && !anyOf.some(fits)) return told(path, 'is not valid under any of the given schemas')
  if (Array.isArray(oneOf) && oneOf.filter(fits).length !== 1) return told(path, 'is not valid under exactly one of the given schemas')
  if (Array.isArray(allOf) && !allOf.every(fits)) return told(path, 'is not valid under all of the given schemas')
  return not !== undefined && fits(not) ? told(path, 'is of a kind that is not allowed') : undefined
}

const TYPES: Record<string, (value: unknown) => boolean> = {
  any: () => true,
  array: Array.isArray,
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value) || typeof value === 'bigint',
  null: (value) => value === null,
  number: (value) => typeof value === 'number' || typeof value === 'bigint',
  object: isValues,
  string: (value) => typeof value === 'string',
}

/** What Python's patterns have and JavaScript's have not, or mean otherwise: `(?i)`, `(?P<name>...)`, `(?#...)`, `(?(1)...)`, `\A`, `\Z`. */
const PYTHON_ONLY = /(?:^|[^\\])(?:\\\\)*(?:\(\?[aiLmsux#P(-]|\\[AZ])/

/** Undefined for a pattern that cannot be judged here: StackStorm itself does when the configuration is written. */
function pythonPattern(pattern: string): RegExp | undefined {
  if (PYTHON_ONLY.test(pattern)) return undefined
  try {
    return new RegExp(pattern)
  } catch {
    return undefined
  }
}

type Check = (schema: AttributeSchema, value: unknown) => string | undefined

/** A check of a keyword with a number, for values that `size` can measure. */
const bound = (keyword: string, size: (value: unknown) => number | undefined, fits: (size: number, limit: number) => boolean, what: string): Check => (schema, value) => {
  const measured = size(value)
  const limit = schema[keyword]
  return measured === undefined || typeof limit !== 'number' || fits(measured, limit) ? undefined : `${what} ${limit}`
}
const asNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
const asLength = (value: unknown): number | undefined => (typeof value === 'string' ? [...value].length : undefined)
const asCount = (value: unknown): number | undefined => (Array.isArray(value) ? value.length : undefined)
const atLeast = (size: number, limit: number): boolean => size >= limit
const atMost = (size: number, limit: number): boolean => size <= limit

const CHECKS: Check[] = [
  ({ type }, value) => {
    const types = type === undefined ? [] : [type].flat()
    if (types.length === 0 || types.some((name) => TYPES[name]?.(value))) return undefined
    return `is not of type ${types.map((name) => `'${name}'`).join(', ')}`
  },
  ({ enum: allowed }, value) => (!allowed || allowed.some((one) => JSON.stringify(one) === JSON.stringify(value)) ? undefined : `is not one of ${JSON.stringify(allowed)}`),
  ({ pattern }, value) => (typeof pattern !== 'string' || typeof value !== 'string' || (pythonPattern(pattern)?.test(value) ?? true) ? undefined : `does not match '${pattern}'`),
  bound('minimum', asNumber, atLeast, 'is less than the minimum of'),
  bound('maximum', asNumber, atMost, 'is greater than the maximum of'),
  bound('minLength', asLength, atLeast, 'is shorter than'),
  bound('maxLength', asLength, atMost, 'is longer than'),
  bound('minItems', asCount, atLeast, 'has fewer items than'),
  bound('maxItems', asCount, atMost, 'has more items than'),
]

/** Secret attributes are decrypted anyway: StackStorm refuses the filter there. */
function refusedFilter(schema: ConfigSchema, values: Values): string | undefined {
  for (const [name, value] of Object.entries(values)) {
    if (schema[name]?.secret && typeof value === 'string' && /\{\{.*decrypt_kv.*\}\}/s.test(value)) {
      return told([name], 'is secret: its value is decrypted by itself, the filter decrypt_kv is not allowed there')
    }
  }
  return undefined
}
