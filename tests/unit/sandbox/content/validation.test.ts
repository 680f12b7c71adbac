import * as models from '../../../../src/sandbox/content/models'
import { SchemaFault, cleaned, parametersSchema } from '../../../../src/sandbox/content/validation'
import type { Schema } from '../../../../src/sandbox/schema'

const FIRST = { bestSchemaError: false }
const BEST = { bestSchemaError: true }

function refusal(schema: Schema, value: unknown, traits = BEST): string {
  try {
    cleaned(schema, value, traits)
  } catch (error) {
    expect(error).toBeInstanceOf(SchemaFault)
    return (error as SchemaFault).message
  }
  return 'accepted'
}

test('defaults are filled in, nested ones too; an optional member may be null', () => {
  const schema = { type: 'object', properties: { a: { type: 'integer', default: 1 }, b: { type: 'object', properties: { c: { type: 'string', default: 'x' } } }, d: { type: 'string' } } }
  expect(cleaned(schema, { a: null, b: {}, d: null }, BEST)).toEqual({ a: 1, b: { c: 'x' }, d: null })
})

test('a default counts for a required member, and a default that is there may not be null', () => {
  const schema = { type: 'object', properties: { a: { type: 'integer', required: true, default: 2 } } }
  expect(cleaned(schema, {}, BEST)).toEqual({ a: 2 })
})

test('the given value stays as it was', () => {
  const given = Object.freeze({ name: 'r', trigger: Object.freeze({ type: 'core.x' }), action: { ref: 'a.b' } })
  expect(cleaned(models.RULE, given, BEST)).toMatchObject({ pack: 'default', enabled: false, criteria: {}, trigger: { type: 'core.x', parameters: {} } })
  expect(Object.keys(given)).toEqual(['name', 'trigger', 'action'])
})

test('an action’s output schema is filled up with the defaults of JSON schema', () => {
  expect(cleaned(models.ACTION, { name: 'a', runner_type: 'noop' }, BEST).output_schema).toEqual({
    additionalItems: {}, items: {}, uniqueItems: false, required: false, secret: false, additionalProperties: {}, definitions: {}, properties: {}, patternProperties: {}, immutable: false,
  })
})

describe('which error is told: the first of two, or the most relevant', () => {
  const retry = parametersSchema({ retry_on: { type: 'string', required: true }, max_retry_count: { type: 'integer', required: true, default: 2 } })
  test('missing and unknown parameters, as live 3.8.1 and 3.9.0 told them', () => {
    expect(refusal(retry, { zzz: 1 }, FIRST)).toBe("'retry_on' is a required property")
    expect(refusal(retry, { zzz: 1 }, BEST)).toBe("Additional properties are not allowed ('zzz' was unexpected)")
  })
  test('a parameter’s type', () => {
    const action = { name: 'a', runner_type: 'noop', parameters: { p: { type: 'foo' } } }
    expect(refusal(models.ACTION, action, FIRST)).toBe("'foo' is not valid under any of the given schemas")
    expect(refusal(models.ACTION, action, BEST)).toBe("'foo' is not one of ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']")
  })
})

test('nested parameters may hold what the outermost may not: a boolean required, members of their own', () => {
  const nested = { type: 'object', properties: { user: { type: 'string', required: true, widget: 'x' } } }
  expect(refusal(models.CONFIG_SCHEMA, { pack: 'p', attributes: { a: nested } })).toBe('accepted')
  expect(refusal(models.CONFIG_SCHEMA, { pack: 'p', attributes: { a: { type: 'string', widget: 'x' } } })).toBe("Additional properties are not allowed ('widget' was unexpected)")
})

test('parameters without a schema take any type but null', () => {
  const schema = parametersSchema({ a: {} })
  expect(refusal(schema, { a: [1] })).toBe('accepted')
  expect(refusal(schema, { b: 1 })).toBe("Additional properties are not allowed ('b' was unexpected)")
  expect(refusal(parametersSchema({ a: {} }, true), { b: 1 })).toBe('accepted')
})
