/** Output schemas are equal whether StackStorm has filled them up or not, and different when they say something else. */
import * as fc from 'fast-check'
import { withoutDefaults } from '../../../../src/kinds/actions/schema-defaults'

type Json = Record<string, unknown>
const FILLED: Json = { additionalItems: {}, items: {}, uniqueItems: false, required: false, secret: false, additionalProperties: {}, definitions: {}, properties: {}, patternProperties: {}, immutable: false }

/** As 3.8 and 3.9 do it: at the top and below each property. */
function filled(schema: Json): Json {
  const properties = schema.properties as Json | undefined
  return { ...FILLED, ...schema, ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, filled(one as Json)])) }) }
}

const schemas = fc.letrec<{ schema: Json }>((tie) => ({
  schema: fc.record(
    {
      type: fc.constantFrom('string', 'object', 'array'),
      description: fc.string(),
      required: fc.boolean(),
      secret: fc.boolean(),
      additionalProperties: fc.constantFrom(false, true, {}),
      // Names of keywords are names like any other here.
      properties: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('items', 'required', 'properties', 'definitions')), tie('schema'), { maxKeys: 3, depthIdentifier: 'schema' }),
      enum: fc.array(fc.constantFrom('a', 'b')),
    },
    { requiredKeys: [] },
  ),
})).schema

test('filled up or not, it is the same; twice is once', () => {
  fc.assert(
    fc.property(schemas, (schema) => {
      expect(withoutDefaults(filled(schema))).toEqual(withoutDefaults(schema))
      expect(withoutDefaults(withoutDefaults(schema))).toEqual(withoutDefaults(schema))
    }),
  )
})

test('what it says stays, also where a property has the name of a keyword', () => {
  expect(withoutDefaults(FILLED)).toEqual({})
  expect(withoutDefaults({ ...FILLED, required: true, additionalProperties: false, items: { ...FILLED, type: 'string' } })).toEqual({ required: true, additionalProperties: false, items: { type: 'string' } })
  expect(withoutDefaults({ properties: { items: {}, required: { required: false } } })).toEqual({ properties: { items: {}, required: {} } })
  expect(withoutDefaults({ items: [{ secret: false }, { secret: true }] })).toEqual({ items: [{}, { secret: true }] })
  expect(withoutDefaults('odd')).toBe('odd')
})
