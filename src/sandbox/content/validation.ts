/**
 * Checks a resource against its schema as StackStorm's own models do: defaults are filled in first, optional members may be
 * null, and the error comes in a short form (answers to requests) and a long one (inside other texts).
 */
import { isMapping } from '../python'
import { describeError, findError, type Schema } from '../schema'
import { Fault } from '../types'
import type { VersionTraits } from '../traits'

type Json = Record<string, unknown>

/** A value that does not fit its schema. */
export class SchemaFault extends Fault {
  constructor(
    message: string,
    /** The message with the part of the schema and of the value behind it. */
    readonly long: string,
    /** Where in the value. */
    readonly path: (string | number)[],
  ) {
    super(400, message)
  }
}

/** The text of an error inside another text: Python's `str(error)`. */
export function textOf(error: unknown): string {
  if (error instanceof SchemaFault) return error.long
  return error instanceof Error ? error.message : String(error)
}

/**
 * The value with defaults filled in. Throws {@link SchemaFault}. With `nullable` a property that is optional, or whose default
 * is null, may be null.
 */
export function cleaned(schema: Schema, value: unknown, traits: Pick<VersionTraits, 'bestSchemaError'>, { nullable = true } = {}): Json {
  const relaxed = nullable ? allowNull(schema) : schema
  const filled = schema.type === 'object' && isObject(value) ? fillObject(value, relaxed) : value
  const error = findError(relaxed, filled, { best: traits.bestSchemaError })
  if (error) throw new SchemaFault(error.message, describeError(error), error.path)
  return filled as Json
}

/** The schema of a set of parameters (name to schema), as actions, configs and policies declare them. */
export function parametersSchema(parameters: Json, additional = false): Schema {
  const entries = Object.entries(parameters).map(([name, schema]) => [name, isObject(schema) && Object.keys(schema).length > 0 ? schema : ANY_TYPE])
  if (entries.length === 0) return {}
  return { type: 'object', properties: Object.fromEntries(entries) as Json, additionalProperties: additional }
}

/** What a parameter without any schema accepts. */
export const ANY_TYPE: Schema = { anyOf: ['array', 'boolean', 'integer', 'number', 'object', 'string'].map((type) => ({ type })) }

const isObject = isMapping
const isNull = (value: unknown): boolean => value === null || value === undefined
const typeIs = (schema: Json, type: string): boolean => schema.type === type || (Array.isArray(schema.type) && schema.type.includes(type))

function fillObject(value: Json, schema: Json): Json {
  const filled = { ...value }
  const dependencies = (schema.dependencies ?? {}) as Record<string, string[]>
  const properties = (schema.properties ?? {}) as Record<string, Json>
  for (const [name, part] of Object.entries(properties)) {
    const depends = dependencies[name]?.some((other) => !('default' in (properties[other] ?? {})) && !(other in filled)) ?? false
    if ('default' in part && !depends && isNull(filled[name])) filled[name] = part.default
    filled[name] = fill(filled[name], part)
    if (filled[name] === undefined) delete filled[name]
  }
  return filled
}

function fill(value: unknown, schema: Json): unknown {
  if (isObject(value) && typeIs(schema, 'object')) return fillObject(value, schema)
  if (Array.isArray(value) && typeIs(schema, 'array')) return fillArray(value, schema)
  return value
}

function fillArray(values: unknown[], schema: Json): unknown[] {
  const { items } = schema
  if (!items) return values
  return values.map((value, index) => {
    const part = (Array.isArray(items) ? items[index] : items) as Json | undefined
    if (!part) return value
    return fill(isNull(value) && 'default' in part ? part.default : value, part)
  })
}

/** A copy of the schema in which what is optional without a default of its own may be null, in nested objects too. */
function allowNull(schema: Schema): Schema {
  if (!isObject(schema.properties)) return schema
  const properties = Object.entries(schema.properties).map(([name, part]) => [name, nullableProperty(part as Json)])
  return { ...schema, properties: Object.fromEntries(properties) as Json }
}

function nullableProperty(original: Json): Json {
  let part = original
  if ((!part.required || 'default' in part) && isNull(part.default)) part = withNull(part)
  if (typeIs(original, 'array') && isObject(part.items) && isObject(part.items.properties)) part = { ...part, items: allowNull(part.items) }
  if (typeIs(original, 'object') && isObject(part.properties) && Object.keys(part.properties).length > 0) part = { ...allowNull(part) }
  return part
}

const NULL = { type: 'null' }
const hasNull = (types: unknown[]): boolean => types.some((type) => type === 'null' || (isObject(type) && type.type === 'null'))

function withNull(part: Json): Json {
  for (const keyword of ['anyOf', 'oneOf']) {
    const parts = part[keyword]
    if (Array.isArray(parts)) return hasNull(parts) ? part : { ...part, [keyword]: [...(parts as unknown[]), NULL] }
  }
  const type = part.type ?? 'string'
  if (Array.isArray(type)) return hasNull(type) ? part : { ...part, type: [...(type as unknown[]), 'null'] }
  return type === 'null' ? part : { ...part, type: [type, 'null'] }
}
