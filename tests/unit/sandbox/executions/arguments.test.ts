import { execFileSync } from 'child_process'
import * as fc from 'fast-check'
import { quote, scriptArguments } from '../../../../src/sandbox/executions/runners/arguments'

describe('arguments of a script', () => {
  const values = { s: "it's $HOME", e: '', n: null, t: true, f: false, i: 3, z: 0, flt: 2.5, whole: 3, list: ['a', 1, true, null], obj: { a: 1 } }
  const schemas = { whole: { type: 'number' }, list: { type: 'array' }, obj: { type: 'object' } }

  test('named ones: empty, null and false are not passed; lists and objects come as Python writes them', () => {
    const text = scriptArguments(values, schemas, '--')
    expect(execFileSync('/bin/sh', ['-c', `printf '%s\\n' ${text}`], { encoding: 'utf8' }).split('\n')).toEqual([
      "--s=it's $HOME", '--t', '--i=3', '--z=0', '--flt=2.5', '--whole=3.0', "--list=['a', 1, True, None]", "--obj={'a': 1}", '',
    ])
  })

  test('positional ones come last, in their order, an unset one as an empty word', () => {
    const positions = { b: { position: 1, type: 'string' }, a: { position: 0, type: 'boolean' }, c: { position: 2, type: 'array' } }
    expect(scriptArguments({ b: '-rf', x: 1, a: true, c: ['p', 'q'] }, positions, '-')).toBe('-x=1 1 -rf p,q')
    expect(scriptArguments({ a: null }, positions, '--')).toBe("'' '' ''")
  })

  test('every text arrives as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')), (text) => {
        expect(execFileSync('/bin/sh', ['-c', `printf %s ${quote(text)}`], { encoding: 'utf8' })).toBe(text)
      }),
      { numRuns: 30 },
    )
  })
})
