import { pyRepr, pyStr, pyTypeName, pyRegExp } from '../../../src/sandbox/python'

describe('pyRepr', () => {
  const cases: [unknown, string][] = [
    [null, 'None'],
    [undefined, 'None'],
    [true, 'True'],
    [false, 'False'],
    [1, '1'],
    [-1.5, '-1.5'],
    [1e-7, '1e-07'],
    [1e21, '1000000000000000000000'],
    ['x', "'x'"],
    ["it's", '"it\'s"'],
    [`it's "both"`, `'it\\'s "both"'`],
    ['a\nb\t\\', "'a\\nb\\t\\\\'"],
    ['\u0000\u00a0', "'\\x00\\xa0'"],
    ['\u200b', "'\\u200b'"],
    ['kl\u00ed\u010d \u{1f511}', "'kl\u00ed\u010d \u{1f511}'"],
    ['\ud800', "'\\ud800'"],
    [[], '[]'],
    [['x', 1, null], "['x', 1, None]"],
    [{}, '{}'],
    [{ a: 1, b: { c: [true] } }, "{'a': 1, 'b': {'c': [True]}}"],
  ]
  test.each(cases)('writes %j as Python does', (value, expected) => expect(pyRepr(value)).toBe(expected))
})

test('pyStr leaves strings alone', () => {
  expect(pyStr("it's")).toBe("it's")
  expect(pyStr(null)).toBe('None')
})

test('pyTypeName tells int from float', () => {
  expect([1, 1.5, true, 'x', [], {}, null].map(pyTypeName)).toEqual(['int', 'float', 'bool', 'str', 'list', 'dict', 'NoneType'])
})

test('pyRegExp reads case-insensitive patterns and survives those it cannot compile', () => {
  expect(pyRegExp('(?i)abc').test('xABCx')).toBe(true)
  expect(pyRegExp('^\\w+$').test('abc_1')).toBe(true)
  expect(pyRegExp('(?P<x>a').test('a')).toBe(false)
})
