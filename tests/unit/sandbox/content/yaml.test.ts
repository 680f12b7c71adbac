import { PyDate } from '../../../../src/sandbox/python'
import { YamlError, dumpYaml, parseYaml } from '../../../../src/sandbox/content/yaml'

describe('scalars by the rules of YAML 1.1', () => {
  const cases: [string, unknown][] = [
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['010', 8],
    ['0o10', '0o10'],
    ['0x1F', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['1:30', 90],
    ['-12', -12],
    ['+5', 5],
    ['08', '08'],
    ['1.5', 1.5],
    ['1e3', '1e3'],
    ['1.0e+3', 1000],
    ['.inf', Infinity],
    ['~', null],
    ['', null],
    ['null', null],
    ["'yes'", 'yes'],
    ['2020-01-31', new PyDate('2020-01-31')],
    ['2020-01-31 10:00:00', new Date('2020-01-31T10:00:00Z')],
    ['2020-01-31T10:00:00.5+02:00', new Date('2020-01-31T08:00:00.500Z')],
  ]
  test.each(cases)('%s', (text, value) => expect(parseYaml(`a: ${text}\n`)).toEqual({ a: value }))
})

test('a key that is there twice keeps its last value, and << merges', () => {
  expect(parseYaml('a: 1\na: 2\n')).toEqual({ a: 2 })
  expect(parseYaml('base: &b {x: 1, y: 2}\nall:\n  <<: *b\n  y: 3\n')).toEqual({ base: { x: 1, y: 2 }, all: { x: 1, y: 3 } })
})

test('an empty text is null', () => expect(parseYaml('')).toBeNull())

describe('errors in the words of libyaml', () => {
  const cases: [string, string][] = [
    ['rules: [\n', 'while parsing a flow node\ndid not find expected node content\n  in "f", line 2, column 1'],
    ['rules: [a\n', 'while parsing a flow sequence\n  in "f", line 1, column 8\ndid not find expected \',\' or \']\'\n  in "f", line 2, column 1'],
    ['rules: [a', 'while parsing a flow sequence\n  in "f", line 1, column 8\ndid not find expected \',\' or \']\'\n  in "f", line 2, column 1'],
    ['a: {b: 1\n', 'while parsing a flow mapping\n  in "f", line 1, column 4\ndid not find expected \',\' or \'}\'\n  in "f", line 2, column 1'],
    ['a: b: c\n', 'mapping values are not allowed in this context\n  in "f", line 1, column 5'],
    ['a:\n  b: 1\n c: 2\n', 'while parsing a block mapping\n  in "f", line 1, column 1\ndid not find expected key\n  in "f", line 3, column 2'],
    ["a: 'x\n", 'while scanning a quoted scalar\n  in "f", line 1, column 4\nfound unexpected end of stream\n  in "f", line 2, column 1'],
    ['- a\nb: 1\n', 'while parsing a block collection\n  in "f", line 1, column 1\ndid not find expected \'-\' indicator\n  in "f", line 2, column 1'],
    ['a:\n\tb: 1\n', 'while scanning for the next token\nfound character that cannot start any token\n  in "f", line 2, column 1'],
    ['a: @x\n', 'while scanning for the next token\nfound character that cannot start any token\n  in "f", line 1, column 4'],
    ['a: *x\n', 'found undefined alias\n  in "f", line 1, column 4'],
    ['a: !foo x\n', "could not determine a constructor for the tag '!foo'\n  in \"f\", line 1, column 4"],
    ['a: 1\n---\nb: 2\n', 'expected a single document in the stream\n  in "f", line 1, column 1\nbut found another document\n  in "f", line 2, column 1'],
    ['a: 1\n b: 2\n', 'mapping values are not allowed in this context\n  in "f", line 2, column 3'],
    ['a: ]\n', 'while parsing a block node\ndid not find expected node content\n  in "f", line 1, column 4'],
    ['a: - b\n', 'block sequence entries are not allowed in this context\n  in "f", line 1, column 4'],
  ]
  test.each(cases)('%j', (text, message) => {
    expect(() => parseYaml(text, { source: 'f' })).toThrow(new YamlError(message))
  })
})

test('dumps as safe_dump does: sorted, block style, YAML 1.1 words quoted', () => {
  expect(dumpYaml({ token: 's', host: 'a', nested: { user: 'yes', list: ['x', 1] }, empty: {}, none: null })).toBe(
    "empty: {}\nhost: a\nnested:\n  list:\n  - x\n  - 1\n  user: 'yes'\nnone: null\ntoken: s\n",
  )
})
