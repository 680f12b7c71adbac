/**
 * The keywords of JSON schema that StackStorm's validator knows, one check each, with the texts of Python's jsonschema.
 * Called by schema.ts only.
 */
import { PyFloat, isMapping, pyRegExp, pyRepr } from './python'

/** A schema as plain data, keywords in their written order: the order decides which error is reported first. */
export interface Schema {
  [keyword: string]: unknown
}

export interface SchemaError {
  message: string
  /** The keyword that failed, for example `type`. */
  keyword: string
  /** Where in the value, from the outside in. A missing property is counted at its own name. */
  path: (string | number)[]
  /** Where in the schema, from the outside in, without the keyword. */
  schemaPath: (string | number)[]
  value: unknown
  schema: Schema
  /** The failures of the alternatives of `anyOf` and `oneOf`. */
  context: SchemaError[]
}

export type Errors = Generator<SchemaError, undefined>

/** What a keyword may ask of the validator that runs it. */
export interface Descent {
  readonly dialect: 'custom' | 'draft4'
  /** The errors of a part of the value against a part of the schema, with their paths led back to here. */
  descend(schema: unknown, value: unknown, step?: string | number, schemaStep?: string | number): Errors
  isValid(schema: unknown, value: unknown): boolean
  /** Follows `#/a/b` inside the root schema. */
  resolve(reference: string): Schema
}

type Keyword = (checker: Descent, rule: unknown, value: unknown, schema: Schema) => Iterable<SchemaError | string>

export function newError(message: string, keyword: string, value: unknown, schema: Schema, more: Partial<SchemaError> = {}): SchemaError {
  return { message, keyword, path: [], schemaPath: [], value, schema, context: [], ...more }
}

type Members = Record<string, unknown>
const isObject = isMapping
const isNumber = (value: unknown): value is number => typeof value === 'number'
const has = (value: Members, name: string): boolean => Object.prototype.hasOwnProperty.call(value, name)

const TYPES: Record<string, (value: unknown) => boolean> = {
  any: () => true,
  array: Array.isArray,
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value) || typeof value === 'bigint',
  null: (value) => value === null || value === undefined,
  number: (value) => typeof value === 'number' || typeof value === 'bigint' || value instanceof PyFloat,
  object: isObject,
  string: (value) => typeof value === 'string',
}

const asList = (rule: unknown): unknown[] => (Array.isArray(rule) ? rule : [rule])
const equal = (a: unknown, b: unknown): boolean => pyRepr(a) === pyRepr(b)
/** Python counts characters, not UTF-16 units. */
const length = (text: string): number => [...text].length

/** Property names of a value that the schema knows neither by name nor by pattern. */
function extraNames(value: Members, schema: Schema): string[] {
  const patterns = Object.keys((schema.patternProperties as Members | undefined) ?? {}).map((pattern) => pyRegExp(pattern))
  const known = (schema.properties as Members | undefined) ?? {}
  return Object.keys(value).filter((name) => !has(known, name) && !patterns.some((pattern) => pattern.test(name)))
}

const unexpected = (extras: unknown[]): string => `${extras.map(pyRepr).join(', ')} ${extras.length === 1 ? 'was' : 'were'} unexpected`

export const KEYWORDS = new Map<string, Keyword>([
  ['$ref', (checker, rule, value) => checker.descend(checker.resolve(rule as string), value)],
  ['type', function* (_checker, rule, value) {
    if (asList(rule).some((type) => TYPES[type as string]?.(value))) return
    yield `${pyRepr(value)} is not of type ${asList(rule).map(pyRepr).join(', ')}`
  }],
  ['properties', function* (checker, rule, value, schema) {
    if (!isObject(value)) return
    for (const [name, part] of Object.entries(rule as Record<string, Schema>)) {
      if (has(value, name)) yield* checker.descend(part, value[name], name, name)
      else if (checker.dialect === 'custom' && part.required) {
        yield newError(`${pyRepr(name)} is a required property`, 'required', value, schema, { path: [name], schemaPath: [name] })
      }
    }
  }],
  ['required', function* (_checker, rule, value) {
    if (!isObject(value)) return
    for (const name of rule as string[]) if (!has(value, name)) yield `${pyRepr(name)} is a required property`
  }],
  ['patternProperties', function* (checker, rule, value) {
    if (!isObject(value)) return
    for (const [pattern, part] of Object.entries(rule as Members)) {
      const names = Object.keys(value).filter((name) => pyRegExp(pattern).test(name))
      for (const name of names) yield* checker.descend(part, value[name], name, pattern)
    }
  }],
  ['additionalProperties', function* (checker, rule, value, schema) {
    if (!isObject(value)) return
    const extras = extraNames(value, schema)
    if (isObject(rule)) {
      for (const name of extras) yield* checker.descend(rule, value[name], name)
    } else if (!rule && extras.length > 0) yield refusedNames(extras, schema)
  }],
  ['items', function* (checker, rule, value) {
    if (!Array.isArray(value)) return
    for (const [index, item] of value.entries()) {
      if (!Array.isArray(rule)) yield* checker.descend(rule, item, index)
      else if (index < rule.length) yield* checker.descend(rule[index], item, index, index)
    }
  }],
  ['additionalItems', function* (checker, rule, value, schema) {
    if (!Array.isArray(value) || !Array.isArray(schema.items)) return
    const extras = value.slice(schema.items.length) as unknown[]
    if (isObject(rule)) {
      for (const [index, item] of extras.entries()) yield* checker.descend(rule, item, schema.items.length + index)
    } else if (!rule && extras.length > 0) yield `Additional items are not allowed (${unexpected(extras)})`
  }],
  ['enum', function* (_checker, rule, value) {
    if (!asList(rule).some((allowed) => equal(allowed, value))) yield `${pyRepr(value)} is not one of ${pyRepr(rule)}`
  }],
  ['minimum', function* (_checker, rule, value, schema) {
    if (!isNumber(value)) return
    const exclusive = Boolean(schema.exclusiveMinimum)
    if (exclusive ? value <= Number(rule) : value < Number(rule)) yield `${pyRepr(value)} is less than ${exclusive ? 'or equal to ' : ''}the minimum of ${pyRepr(rule)}`
  }],
  ['maximum', function* (_checker, rule, value, schema) {
    if (!isNumber(value)) return
    const exclusive = Boolean(schema.exclusiveMaximum)
    if (exclusive ? value >= Number(rule) : value > Number(rule)) yield `${pyRepr(value)} is greater than ${exclusive ? 'or equal to ' : ''}the maximum of ${pyRepr(rule)}`
  }],
  ['multipleOf', function* (_checker, rule, value) {
    if (isNumber(value) && !Number.isInteger(value / Number(rule))) yield `${pyRepr(value)} is not a multiple of ${pyRepr(rule)}`
  }],
  ['minLength', function* (_checker, rule, value) {
    if (typeof value === 'string' && length(value) < Number(rule)) yield `${pyRepr(value)} is too short`
  }],
  ['maxLength', function* (_checker, rule, value) {
    if (typeof value === 'string' && length(value) > Number(rule)) yield `${pyRepr(value)} is too long`
  }],
  ['pattern', function* (_checker, rule, value) {
    if (typeof value === 'string' && !pyRegExp(rule as string).test(value)) yield `${pyRepr(value)} does not match ${pyRepr(rule)}`
  }],
  ['minItems', function* (_checker, rule, value) {
    if (Array.isArray(value) && value.length < Number(rule)) yield `${pyRepr(value)} is too short`
  }],
  ['maxItems', function* (_checker, rule, value) {
    if (Array.isArray(value) && value.length > Number(rule)) yield `${pyRepr(value)} is too long`
  }],
  ['uniqueItems', function* (_checker, rule, value) {
    if (rule && Array.isArray(value) && new Set(value.map(pyRepr)).size < value.length) yield `${pyRepr(value)} has non-unique elements`
  }],
  ['minProperties', function* (_checker, rule, value) {
    if (isObject(value) && Object.keys(value).length < Number(rule)) yield `${pyRepr(value)} does not have enough properties`
  }],
  ['maxProperties', function* (_checker, rule, value) {
    if (isObject(value) && Object.keys(value).length > Number(rule)) yield `${pyRepr(value)} has too many properties`
  }],
  ['dependencies', function* (checker, rule, value) {
    if (!isObject(value)) return
    for (const [name, needs] of Object.entries(rule as Members)) {
      if (!has(value, name)) continue
      if (isObject(needs)) yield* checker.descend(needs, value, undefined, name)
      else for (const other of asList(needs)) if (!has(value, other as string)) yield `${pyRepr(other)} is a dependency of ${pyRepr(name)}`
    }
  }],
  ['allOf', function* (checker, rule, value) {
    for (const [index, part] of (rule as Schema[]).entries()) yield* checker.descend(part, value, undefined, index)
  }],
  ['anyOf', function* (checker, rule, value, schema) {
    const context = failures(checker, rule as Schema[], value)
    if (context) yield newError(`${pyRepr(value)} is not valid under any of the given schemas`, 'anyOf', value, schema, { context })
  }],
  ['oneOf', function* (checker, rule, value, schema) {
    const context = failures(checker, rule as Schema[], value)
    if (context) yield newError(`${pyRepr(value)} is not valid under any of the given schemas`, 'oneOf', value, schema, { context })
    const valid = (rule as Schema[]).filter((part) => checker.isValid(part, value))
    // The first that fitted is told last.
    if (valid.length > 1) yield `${pyRepr(value)} is valid under each of ${[...valid.slice(1), valid[0]].map(pyRepr).join(', ')}`
  }],
  ['not', function* (checker, rule, value) {
    if (checker.isValid(rule, value)) yield `${pyRepr(rule)} is not allowed for ${pyRepr(value)}`
  }],
])

/** The errors of all alternatives, or undefined when one of them fits. */
function failures(checker: Descent, parts: Schema[], value: unknown): SchemaError[] | undefined {
  const all: SchemaError[] = []
  for (const [index, part] of parts.entries()) {
    const found = [...checker.descend(part, value, undefined, index)]
    if (found.length === 0) return undefined
    all.push(...found)
  }
  return all
}

function refusedNames(extras: string[], schema: Schema): string {
  if (!isObject(schema.patternProperties)) return `Additional properties are not allowed (${unexpected(extras)})`
  const patterns = Object.keys(schema.patternProperties).sort().map(pyRepr).join(', ')
  return `${[...extras].sort().map(pyRepr).join(', ')} ${extras.length === 1 ? 'does' : 'do'} not match any of the regexes: ${patterns}`
}
