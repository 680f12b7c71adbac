import { masked, secretsOf } from '../../../../src/sandbox/content/secrets'

const SCHEMA = {
  host: { type: 'string' },
  token: { type: 'string', secret: true },
  whole: { type: 'object', secret: true, properties: { a: { type: 'string' } } },
  nested: { type: 'object', properties: { user: { type: 'string' }, pass: { type: 'string', secret: true } } },
  users: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' }, pw: { type: 'string', secret: true } } } },
  words: { type: 'array', items: { type: 'string', secret: true } },
}

test('masks secrets at any depth, whatever their type, and what the schema does not know stays', () => {
  const values = { host: 'h', token: '{{st2kv.system.t}}', whole: { a: 'x' }, nested: { user: 'u', pass: 'p' }, users: [{ name: 'a', pw: 'b' }, { name: 'c' }], words: ['x', 'y'], other: 1 }
  expect(masked(values, secretsOf(SCHEMA))).toEqual({
    host: 'h',
    token: '********',
    whole: '********',
    nested: { user: 'u', pass: '********' },
    users: [{ name: 'a', pw: '********' }, { name: 'c' }],
    words: ['********', '********'],
    other: 1,
  })
})

test('secrets that have no value do not appear', () => expect(masked({ host: 'h' }, secretsOf(SCHEMA))).toEqual({ host: 'h' }))

test('nothing is secret: the values are as they were', () => {
  expect(secretsOf({ host: { type: 'string' }, nested: { type: 'object' }, odd: null })).toBeUndefined()
  expect(masked({ a: 1 }, undefined)).toEqual({ a: 1 })
})
