import { cast } from '../../../../src/sandbox/executions/cast'
import { renderFinal, renderLive, type Surroundings } from '../../../../src/sandbox/executions/parameters'

const surroundings = (order: 'first' | 'last' = 'first'): Surroundings => ({
  values: { st2kv: {}, action_context: { user: 'alice' }, config_context: { url: 'http://h.example', port: '8' } },
  decrypt: (cipher) => cipher,
  order,
})

describe('parameters of a request', () => {
  test('templates of the caller and of defaults are rendered and cast; plain defaults are not added', () => {
    const action = { text: { type: 'string' }, port: { type: 'integer', default: '{{ config_context.port }}' }, plain: { default: 'x' } }
    expect(renderLive({ text: '{{ 1+1 }}' }, { action, runner: {} }, surroundings())).toEqual({ text: '2', port: 8 })
  })

  test('an object keeps the types of what it refers to', () => {
    const action = { all: { type: 'object' }, n: { type: 'integer' } }
    expect(renderLive({ all: { a: '{{ n }}', b: ['{{config_context.url}}'], c: '{{n}}' }, n: 5 }, { action, runner: {} }, surroundings()).all).toEqual({ a: '5', b: ['http://h.example'], c: 5 })
  })

  test('a missing config value, an unknown name and a circle are refused', () => {
    const env = { env: { type: 'object', immutable: true, default: { TOKEN: '{{ config_context.token }}' } } }
    expect(() => renderLive({}, { action: {}, runner: env }, surroundings())).toThrow(`Failed to render parameter "env": 'dict object' has no attribute 'token'`)
    expect(() => renderLive({ a: '{{ nobody }}' }, { action: { a: {} }, runner: {} }, surroundings())).toThrow('Dependency unsatisfied in variable "nobody"')
    expect(() => renderLive({ a: '{{ b }}', b: '{{ a }}' }, { action: { a: {}, b: {} }, runner: {} }, surroundings())).toThrow('Cyclic dependency found in the following variables: a, b.')
  })
})

describe('parameters for the runner', () => {
  const action = { one: { default: 1 }, two: { default: 2 }, three: { type: 'string' } }
  const runner = { env: { type: 'object', default: { WHO: '{{ action_context.user }}', URL: '{{ config_context.url }}', T: '{{ three }}' }, immutable: true }, timeout: { default: 60 } }

  test('what was rendered before is taken as it is; the environment is rendered now', () => {
    const final = renderFinal({ three: '{{ not again }}' }, { action, runner }, surroundings())
    expect(final.action).toEqual({ three: '{{ not again }}', one: 1, two: 2 })
    expect(final.runner).toEqual({ timeout: 60, env: { WHO: 'alice', URL: 'http://h.example', T: '{{ not again }}' } })
  })

  test('come in the caller’s order and then the metadata’s, on 3.4.1 the other way round', () => {
    expect(Object.keys(renderFinal({ two: 5, three: 'x' }, { action, runner: {} }, surroundings()).action)).toEqual(['two', 'three', 'one'])
    expect(Object.keys(renderFinal({ two: 5, three: 'x' }, { action, runner: {} }, surroundings('last')).action)).toEqual(['one', 'three', 'two'])
  })
})

describe('casts', () => {
  test.each([
    ['5', 'integer', 5],
    ['2.50', 'number', 2.5],
    ['true', 'boolean', true],
    ['False', 'boolean', false],
    ['[1, "a"]', 'array', [1, 'a']],
    [null, 'string', null],
    ['x', undefined, 'x'],
    [5, 'any', 5],
  ])('%p as %s is %p', (value, type, expected) => expect(cast(value, type)).toEqual(expected))

  test.each([
    [5, 'string', 'Value "5" must either be a string or None. Got "int".'],
    ['x', 'integer', "invalid literal for int() with base 10: 'x'"],
    ['x', 'number', "could not convert string to float: 'x'"],
    ['yes', 'boolean', 'malformed node or string'],
    [[], 'integer', "not 'list'"],
  ])('%p as %s is refused', (value, type, text) => expect(() => cast(value, type)).toThrow(text))
})
