import { spawnSync } from 'child_process'
import * as fc from 'fast-check'
import { parseYaml } from '../../../src/core/yaml11'

const read = (word: string): unknown => (parseYaml(`a: ${word}\n`) as { a: unknown }).a

describe('words that YAML 1.1 reads differently', () => {
  test.each<[string, unknown]>([
    ['yes', true], ['No', false], ['on', true], ['OFF', false], ['y', 'y'], ['n', 'n'], ['tRUE', 'tRUE'],
    ['010', 8], ['-010', -8], ['0o17', '0o17'], ['09', '09'], ['0', 0], ['1_000', 1000], ['0b1_1', 3], ['0xFf', 255], ['+7', 7],
    ['1:30', 90], ['1:30:05', 5405], ['-1:30', -90], ['1:60', '1:60'], ['22:22', 1342], ['1:30.5', 90.5],
    ['1e3', '1e3'], ['1.0e3', '1.0e3'], ['1.0e+3', 1000], ['1.', 1], ['.5', 0.5], ['-.5', '-.5'], ['.inf', Infinity], ['-.INF', -Infinity], ['.Inf', Infinity],
    ['~', null], ['', null], ['Null', null], ['nULL', 'nULL'],
    ['"yes"', 'yes'], ["'010'", '010'], ['! yes', 'yes'], ['!!str 010', '010'], ['!!float 5', 5], ['!!int "010"', 8], ['!!bool YeS', true],
    ['2001-12-14', new Date('2001-12-14T00:00:00Z')], ['2001-1-2', '2001-1-2'], ['2001-12-14 21:59:43.10 -5', new Date('2001-12-15T02:59:43.100Z')],
    ['1.2.3', '1.2.3'], ['1.10', 1.1], ['0.10.0', '0.10.0'],
  ])('%s', (word, value) => expect(read(word)).toEqual(value))

  test('.nan', () => expect(read('.nan')).toBeNaN())
  test('an empty file and one of comments are null', () => expect([parseYaml(''), parseYaml('# nothing\n')]).toEqual([null, null]))
})

test('the last of two equal keys wins', () => expect(parseYaml('a: 1\na: 2\n')).toEqual({ a: 2 }))
test('merge keys, the own member wins', () => expect(parseYaml('b: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3\n')).toEqual({ b: { x: 1, y: 2 }, c: { x: 1, y: 3 } }))
test('a key named __proto__ stays data', () => expect(Object.keys(parseYaml('__proto__: {a: 1}') as object)).toEqual(['__proto__']))
test('integers beyond 2^53 keep all digits on request', () => {
  expect(parseYaml('9007199254740993', { bigInts: true })).toBe(BigInt('9007199254740993'))
  expect(parseYaml('9007199254740993')).toBe(9007199254740992)
  expect(parseYaml('12', { bigInts: true })).toBe(12)
})

test.each(['a: [\n', 'a: 1\n---\nb: 2\n', 'a: =\n', 'a: !unknown 1\n', 'a: 2020-13-01\n', 'a: 2021-02-30\n', 'a: @x\n', 'a: \u0001\n'])('%j is refused', (text) => {
  expect(() => parseYaml(text)).toThrow()
})

/** What StackStorm's own reader makes of the same texts, floats and dates told apart from integers and strings. */
const REAL = `
import json, sys, yaml
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
def plain(v):
    if isinstance(v, dict): return {str(k): plain(x) for k, x in v.items()}
    if isinstance(v, list): return [plain(x) for x in v]
    if v is None or isinstance(v, (bool, str)): return v
    if isinstance(v, (int, float)): return {"number": repr(float(v))}
    return {"other": type(v).__name__}
def one(t):
    try: return {"value": plain(yaml.load(t, Loader=Loader))}
    except Exception: return {"refused": True}
print(json.dumps([one(t) for t in json.load(sys.stdin)]))
`
function asPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asPlain)
  if (value instanceof Date) return { other: 'date' }
  if (typeof value === 'number') return { number: value }
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, asPlain(member)]))
  return value
}
function asNumbers(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, member: unknown) => {
    const found = member as { number?: string; other?: string } | null
    if (typeof found?.number === 'string') return { number: pythonFloat(found.number) }
    if (typeof found?.other === 'string') return { other: 'date' }
    return member
  })
}
const pythonFloat = (text: string): number => (text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text))
function mine(text: string): unknown {
  try {
    return { value: asPlain(parseYaml(text)) }
  } catch {
    return { refused: true }
  }
}

const python = spawnSync('python3', ['-c', 'import yaml'])
if (python.status !== 0) console.log('python3 with yaml is not here: the YAML reader was not compared with the real one')
;(python.status === 0 ? test : test.skip)('reads what the real reader reads', () => {
  const word = fc.stringMatching(/^[-+]?[0-9_.:eExobnyftrlauNYT~]{1,9}$/)
  const known = ['yes', 'No', '1:30', '010', '1_0', '.5e+1', '2001-12-14', '2001-12-14t21:59:43Z', '2020-2-30', '0x_', '1__', '0_', '.inf', 'null', '=', '-0', '1:59:59.', "'yes'", '{a: on}', '[off, 08]', '|\n  yes', 'a: b', '&x 1', '!!float 1', '!!int 3.5', '!!null ""']
  const words = [...known, ...fc.sample(word, { numRuns: 1500, seed: 7 })]
  const texts = [...words.map((one) => `a: ${one}\n`), ...words.map((one) => `- ${one}\n- x\n`)]
  const real = spawnSync('python3', ['-c', REAL], { input: JSON.stringify(texts), maxBuffer: 1 << 26 })
  const answers = asNumbers(JSON.parse(real.stdout.toString())) as unknown[]
  const differing = texts.map((text, i) => ({ text, real: answers[i], mine: mine(text) })).filter((one) => JSON.stringify(one.real) !== JSON.stringify(one.mine))
  expect(differing).toEqual([])
})
