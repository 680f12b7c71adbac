/** Comparing values of JSON, and finding masks in them. */
import * as fc from 'fast-check'
import { canonicalJson } from '../../../src/core/canonical'
import { differingMembers, hiddenDifferences, maskedIn, MASK, sameMembers } from '../../../src/kinds/members'

const json = (): fc.Arbitrary<unknown> => fc.jsonValue({ maxDepth: 3 })

test('the same values, whatever the order of their members, and only these', () => {
  fc.assert(
    fc.property(json(), json(), (a, b) => {
      expect(sameMembers(a, JSON.parse(canonicalJson(a)))).toBe(true)
      expect(sameMembers(a, b)).toBe(canonicalJson(a) === canonicalJson(b))
      expect(differingMembers(a, b, 'x').every(({ path }) => path === 'x' || path.startsWith('x.'))).toBe(true)
    }),
  )
})

test('each difference by its path, also below names with dots', () => {
  const source = { 'trigger.body': { type: 'eq', pattern: 's3cret' }, list: [1, { a: 2 }], gone: null }
  const target = { 'trigger.body': { type: 'eq', pattern: 'other' }, list: [1, { a: 3 }], more: '' }
  expect(hiddenDifferences(source, target, 'rule')).toEqual([
    { path: 'rule.gone', source: 'its value' },
    { path: 'rule.list.1.a', source: 'its value', target: 'another value' },
    { path: 'rule.more', target: 'another value' },
    { path: 'rule.trigger.body.pattern', source: 'its value', target: 'another value' },
  ])
})

test('a member of a name that every object has counts as any other', () => {
  expect(sameMembers({}, JSON.parse('{"__proto__":1}'))).toBe(false)
  expect(differingMembers(JSON.parse('{"constructor":1}'), {}, '')).toEqual([{ path: 'constructor', source: 1, target: undefined }])
})

test('two texts of one moment are the same, two numbers are not', () => {
  expect(sameMembers('2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000000Z')).toBe(true)
  expect(sameMembers('2026-01-02T03:04:05Z', '2026-01-02T03:04:06Z')).toBe(false)
  expect(sameMembers(1, '1')).toBe(false)
})

test('masks are found wherever they are', () => {
  fc.assert(fc.property(fc.array(fc.string(), { maxLength: 4 }), (names) => {
    const value = names.reduceRight<unknown>((inner, name) => ({ [`n${name}`]: inner, other: [1] }), MASK)
    expect(maskedIn(value)).toEqual([names.map((name) => `n${name}`).join('.')])
  }))
  expect(maskedIn({ a: ['x', MASK], b: 'x********' })).toEqual(['a.1'])
})
