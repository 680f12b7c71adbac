import { fits } from '../../../../src/sandbox/executions/rules/criteria'

const payload = { body: { n: 5, text: 'Hello', list: ['a', 'b'], none: null, items: [{ name: 'x', v: 1 }, { name: 'y', v: 9 }] }, at: '2000-01-01T00:00:00Z' }
const fitsOne = (key: string, type: string, pattern?: unknown, condition?: string): boolean => fits({ [key]: { type, pattern, condition } }, payload)

describe('criteria of a rule', () => {
  test.each([
    ['trigger.body.n', 'equals', 5],
    ['trigger.body.n', 'gt', 4],
    ['trigger.body.n', 'lessthan', 6],
    ['trigger.body.text', 'iequals', 'hello'],
    ['trigger.body.text', 'contains', 'ell'],
    ['trigger.body.list', 'contains', 'a'],
    ['trigger.body.text', 'startswith', 'He'],
    ['trigger.body.text', 'iendswith', 'LO'],
    ['trigger.body.text', 'regex', 'l+'],
    ['trigger.body.text', 'matchwildcard', 'H*o'],
    ['trigger.body.text', 'matchregex', 'hel|Hel'],
    ['trigger.body.n', 'in', [4, 5]],
    ['trigger.body.n', 'nin', [4]],
    ['trigger.body.none', 'nexists', undefined],
    ['trigger.body.n', 'exists', undefined],
    ['trigger.at', 'timediff_gt', 60],
    ['trigger.body.text#2', 'neq', 'x'],
  ])('%s %s %p fits', (key, type, pattern) => expect(fitsOne(key, type, pattern)).toBe(true))

  test.each([
    ['trigger.body.n', 'equals', '5'],
    ['trigger.body.n', 'equals', null],
    ['trigger.body.missing', 'contains', 'x'],
    ['trigger.body.text', 'no such operator', 'x'],
    ['trigger.body.text', 'regex', '('],
    ['trigger.at', 'td_lt', 60],
  ])('%s %s %p does not', (key, type, pattern) => expect(fitsOne(key, type, pattern)).toBe(false))

  test('a search looks at the items of a list', () => {
    const pattern = { 'item.name': { type: 'eq', pattern: 'y' }, 'item.v': { type: 'gt', pattern: 5 } }
    expect(fitsOne('trigger.body.items', 'search', pattern, 'any')).toBe(true)
    expect(fitsOne('trigger.body.items', 'search', pattern, 'all')).toBe(false)
    expect(fitsOne('trigger.body.items', 'search', { 'item.v': { type: 'exists' } }, 'all')).toBe(true)
  })

  test('without criteria all fits, with criteria an empty payload never', () => {
    expect(fits({}, {})).toBe(true)
    expect(fits({ 'trigger.a': { type: 'nexists' } }, {})).toBe(false)
  })
})
