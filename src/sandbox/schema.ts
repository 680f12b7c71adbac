/**
 * JSON schema checks with the error texts of Python's jsonschema, as StackStorm reports them. Holds the keywords that
 * StackStorm's validator knows (draft 4 with the boolean `required` of draft 3; the list form of `required` only in the
 * `draft4` dialect). Pure; any room of the sandbox may use it.
 *
 * Two orders of errors were seen: bodies of requests answer the first error in the order of the schema; where StackStorm
 * 3.9.0 (jsonschema 3.2) validates resources it answers the "best" one, 3.4.1 and 3.8.1 (jsonschema 2.6) the first.
 */
import { pyRepr } from './python'
import { KEYWORDS, newError } from './schema-keywords'
import type { Descent, Errors, Schema, SchemaError } from './schema-keywords'

export type { Schema, SchemaError } from './schema-keywords'

export interface ValidateOptions {
  /** `custom` (default): `required: true` stands in the property; `draft4`: a list in the object. */
  dialect?: 'custom' | 'draft4'
  /** Report the most relevant error (jsonschema 3's choice) instead of the first. */
  best?: boolean
}

/** The text of the error that StackStorm reports for `value`, or undefined when it fits the schema. */
export function validate(schema: Schema, value: unknown, options: ValidateOptions = {}): string | undefined {
  return findError(schema, value, options)?.message
}

/** Like {@link validate}, with all that is known of the error. */
export function findError(schema: Schema, value: unknown, options: ValidateOptions = {}): SchemaError | undefined {
  const errors = new Checker(schema, options.dialect ?? 'custom').errors(schema, value)
  return options.best ? bestError([...errors]) : errors.next().value ?? undefined
}

/** All errors, in the order of the schema. */
export function findErrors(schema: Schema, value: unknown, { dialect = 'custom' }: Pick<ValidateOptions, 'dialect'> = {}): SchemaError[] {
  return [...new Checker(schema, dialect).errors(schema, value)]
}

/** The long form of an error, with the part of the schema and of the value behind the message. */
export function describeError(error: SchemaError): string {
  const where = `schema${asIndex([...error.schemaPath])}`
  return `${error.message}\n\nFailed validating ${pyRepr(error.keyword)} in ${where}:\n    ${pyRepr(error.schema)}\n\nOn instance${asIndex(error.path)}:\n    ${pyRepr(error.value)}`
}

const asIndex = (path: (string | number)[]): string => path.map((step) => `[${pyRepr(step)}]`).join('')

/** Shallow errors win over deep ones, and any keyword over `anyOf`/`oneOf`; of those the deepest failure, that is the alternative that was meant, is told. */
function bestError(errors: SchemaError[]): SchemaError | undefined {
  const [first, ...others] = errors
  if (!first) return undefined
  let best = others.reduce((winner, error) => (moreRelevant(error, winner) ? error : winner), first)
  while (best.context.length > 0) best = best.context.reduce((winner, error) => (moreRelevant(winner, error) ? error : winner))
  return best
}

function moreRelevant(a: SchemaError, b: SchemaError): boolean {
  if (a.path.length !== b.path.length) return a.path.length < b.path.length
  return isStrong(a) && !isStrong(b)
}
const isStrong = (error: SchemaError): boolean => error.keyword !== 'anyOf' && error.keyword !== 'oneOf'

class Checker implements Descent {
  constructor(
    private readonly root: Schema,
    readonly dialect: 'custom' | 'draft4',
  ) {}

  *errors(schema: Schema, value: unknown): Errors {
    // A reference hides its neighbours.
    const rules = typeof schema.$ref === 'string' ? [['$ref', schema.$ref] as const] : Object.entries(schema)
    for (const [keyword, rule] of rules) {
      const check = this.dialect === 'custom' && keyword === 'required' ? undefined : KEYWORDS.get(keyword)
      for (const found of check?.(this, rule, value, schema) ?? []) yield this.complete(found, keyword, value, schema)
    }
    return undefined
  }

  *descend(schema: unknown, value: unknown, step?: string | number, schemaStep?: string | number): Errors {
    for (const error of this.errors(schema as Schema, value)) {
      if (step !== undefined) error.path.unshift(step)
      if (schemaStep !== undefined) error.schemaPath.unshift(schemaStep)
      yield error
    }
    return undefined
  }

  isValid(schema: unknown, value: unknown): boolean {
    return this.errors(schema as Schema, value).next().done === true
  }

  resolve(reference: string): Schema {
    const steps = reference.replace(/^#\/?/, '').split('/').filter(Boolean)
    return steps.reduce<unknown>((part, step) => (part as Schema | undefined)?.[step.replace(/~1/g, '/').replace(/~0/g, '~')], this.root) as Schema
  }

  private complete(found: SchemaError | string, keyword: string, value: unknown, schema: Schema): SchemaError {
    if (typeof found === 'string') return newError(found, keyword, value, schema)
    // What an inner keyword reported passes through: only its way through the schema grows.
    if (found.keyword !== keyword || found.schema !== schema) found.schemaPath.unshift(...(keyword === '$ref' ? [] : [keyword]))
    return found
  }
}
