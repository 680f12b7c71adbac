import { describeError, findError, validate } from '../../../src/sandbox/schema'

const key = {
  type: 'object',
  properties: { name: { type: 'string', required: true }, value: { type: 'string', required: true }, ttl: { type: 'integer' } },
  additionalProperties: false,
}

describe('the first error, in the words that live instances used', () => {
  const cases: [string, Parameters<typeof validate>[0], unknown, string | undefined][] = [
    ['a good body', key, { name: 'a', value: 'b' }, undefined],
    ['a missing property', key, { value: 'b' }, "'name' is a required property"],
    ['a number for a string', key, { name: 'a', value: 1 }, "1 is not of type 'string'"],
    ['a boolean for a string', key, { name: 'a', value: true }, "True is not of type 'string'"],
    ['null for a string', key, { name: 'a', value: null }, "None is not of type 'string'"],
    ['a member nobody knows', key, { name: 'a', value: 'b', nonsense: 1 }, "Additional properties are not allowed ('nonsense' was unexpected)"],
    ['two members nobody knows', key, { name: 'a', value: 'b', x: 1, y: 2 }, "Additional properties are not allowed ('x', 'y' were unexpected)"],
    ['a list for an object', key, [], "[] is not of type 'object'"],
    ['a fraction for an integer', { type: ['integer', 'null'] }, 1.5, "1.5 is not of type 'integer', 'null'"],
    ['a true for an integer', { type: 'integer' }, true, "True is not of type 'integer'"],
    ['too small', { minimum: 1 }, 0, '0 is less than the minimum of 1'],
    ['too large', { maximum: 23 }, 99, '99 is greater than the maximum of 23'],
    ['not in the list', { enum: ['a', 'b'] }, 'c', "'c' is not one of ['a', 'b']"],
    ['1 is not True', { enum: [true] }, 1, '1 is not one of [True]'],
    ['too short', { minLength: 1 }, '', "'' is too short"],
    ['too long by characters, not UTF-16 units', { maxLength: 1 }, '\u{1f511}', undefined],
    ['a name that no pattern takes', { patternProperties: { '^\\w+$': {} }, additionalProperties: false }, { 'a-b': 1 }, "'a-b' does not match any of the regexes: '^\\\\w+$'"],
    ['no alternative fits', { anyOf: [{ type: 'string' }, { type: 'null' }] }, 1, '1 is not valid under any of the given schemas'],
    ['one of fits twice', { oneOf: [{ type: 'integer' }, { type: 'number' }] }, 1, "1 is valid under each of {'type': 'number'}, {'type': 'integer'}"],
    ['an item', { items: { type: 'string' } }, ['a', 2], "2 is not of type 'string'"],
    ['one item twice', { uniqueItems: true }, ['a', 'a'], "['a', 'a'] has non-unique elements"],
    ['a dependency', { dependencies: { a: ['b'] } }, { a: 1 }, "'b' is a dependency of 'a'"],
  ]
  test.each(cases)('%s', (_name, schema, value, expected) => expect(validate(schema, value)).toBe(expected))
})

test('the order of the schema decides which of two errors comes first', () => {
  const extrasFirst = { additionalProperties: false, properties: key.properties }
  expect(validate(key, { z: 1 })).toBe("'name' is a required property")
  expect(validate(extrasFirst, { z: 1 })).toBe("Additional properties are not allowed ('z' was unexpected)")
})

test('the best error is the shallowest', () => {
  const schema = { properties: { a: { properties: { b: { type: 'string' } } } }, additionalProperties: false }
  expect(validate(schema, { a: { b: 1 }, z: 1 })).toBe("1 is not of type 'string'")
  expect(validate(schema, { a: { b: 1 }, z: 1 }, { best: true })).toBe("Additional properties are not allowed ('z' was unexpected)")
})

test('of alternatives the best error is the deepest: that one was meant', () => {
  const schema = { anyOf: [{ type: 'array' }, { properties: { a: { type: 'string' } } }] }
  expect(validate(schema, { a: 1 }, { best: true })).toBe("1 is not of type 'string'")
})

test('a list of required names counts in draft 4 only', () => {
  const schema = { required: ['a'], properties: {} }
  expect(validate(schema, {})).toBeUndefined()
  expect(validate(schema, {}, { dialect: 'draft4' })).toBe("'a' is a required property")
})

test('references are followed inside the schema', () => {
  const schema = { definitions: { name: { type: 'string' } }, properties: { a: { $ref: '#/definitions/name' } } }
  expect(validate(schema, { a: 1 })).toBe("1 is not of type 'string'")
})

test('an error knows its place', () => {
  const schema = { properties: { list: { items: { properties: { n: { type: 'integer' } } } } } }
  const error = findError(schema, { list: [{ n: 'x' }] })
  expect(error?.path).toEqual(['list', 0, 'n'])
  expect(describeError(error!)).toMatch(/^'x' is not of type 'integer'\n\nFailed validating 'type' in schema\['properties'\]\['list'\]\['items'\]\['properties'\]\['n'\]:\n/)
})

test('a missing property is counted at its own name', () => {
  const error = findError(key, {})
  expect(error?.path).toEqual(['name'])
  expect(describeError(error!)).toContain("Failed validating 'required' in schema['properties']['name']:")
})
