import * as fc from 'fast-check'
import { plainJson, readJson } from '../../../src/sandbox/http/json'
import { PyFloat, pyRepr } from '../../../src/sandbox/python'

const repr = (text: string, dialect: 'python' | 'orjson' = 'orjson'): string => pyRepr(readJson(text, dialect))

describe('JSON as StackStorm reads it', () => {
  it('gives what JSON.parse gives, apart from numbers that Python tells apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('python' as const, 'orjson' as const), (value, dialect) => {
        const text = JSON.stringify(value)
        expect(plainJson(readJson(text, dialect))).toEqual(JSON.parse(text))
      }),
    )
  })

  it.each([
    ['2.0', '2.0'],
    ['1.5', '1.5'],
    ['2', '2'],
    ['1e3', '1000.0'],
    ['1e20', '1e+20'],
    ['12345678901234567890', '12345678901234567890'],
    ['[1.0, {"a": 1}]', "[1.0, {'a': 1}]"],
  ])('%s is %s to Python', (text, expected) => {
    expect(repr(text)).toBe(expected)
  })

  it('takes integers past 64 bits for fractions, or not, as the library does', () => {
    expect(repr('99999999999999999999')).toBe('1e+20')
    expect(repr('99999999999999999999', 'python')).toBe('99999999999999999999')
    expect(plainJson(readJson('[2.0, 9007199254740993]', 'orjson'))).toEqual([2, 9007199254740992])
    expect(readJson('2.0', 'orjson')).toBeInstanceOf(PyFloat)
  })

  it('refuses lone surrogates, or not, as the library does', () => {
    expect(() => readJson('"\\ud800"', 'orjson')).toThrow('no low surrogate in string: line 1 column 8 (char 7)')
    expect(readJson('"\\ud800"', 'python')).toBe('\ud800')
    expect(readJson('"\\ud83d\\udd11"', 'orjson')).toBe('🔑')
  })

  it.each([
    ['{bad', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)', 'unexpected character: line 1 column 2 (char 1)'],
    ['[1', "Expecting ',' delimiter: line 1 column 3 (char 2)", 'unexpected end of data: line 1 column 3 (char 2)'],
    ['{"a"\n 1}', "Expecting ':' delimiter: line 2 column 2 (char 6)", 'unexpected character: line 2 column 2 (char 6)'],
    ['"a', 'Unterminated string starting at: line 1 column 1 (char 0)', 'unexpected end of data: line 1 column 1 (char 0)'],
    ['"\u0001"', 'Invalid control character at: line 1 column 2 (char 1)', 'unexpected control character in string: line 1 column 2 (char 1)'],
    ['1 2', 'Extra data: line 1 column 3 (char 2)', 'unexpected content after document: line 1 column 3 (char 2)'],
    ['"\\x"', 'Invalid \\escape: line 1 column 2 (char 1)', 'invalid escaped character in string: line 1 column 2 (char 1)'],
  ])('says what is wrong with %j', (text, python, orjson) => {
    expect(() => readJson(text, 'python')).toThrow(python)
    expect(() => readJson(text, 'orjson')).toThrow(orjson)
  })

  it('knows NaN where Python does', () => {
    expect(repr('[NaN, -Infinity]', 'python')).toBe('[nan, -inf]')
    expect(() => readJson('NaN', 'orjson')).toThrow('unexpected character')
  })

  it('keeps a member named __proto__ and takes the last of two equal names', () => {
    const value = readJson('{"__proto__": 1.0, "a": 1, "a": 2}', 'python') as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__', 'a'])
    expect(value.a).toBe(2)
  })
})
