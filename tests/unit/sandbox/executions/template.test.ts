import { isTemplate, namesIn, parseTemplate, renderTemplate, type Lazy } from '../../../../src/sandbox/executions/template'

const key = (name: string): Lazy => ({ label: `st2kv.system.${name}`, member: (part) => key(name ? `${name}.${part}` : part), toText: () => ({ 'a.b': 'dotted', secret: 'C1', plain: 'v' })[name] ?? '' })
const values: Record<string, unknown> = { st2kv: { system: key('') }, config_context: { url: 'http://h.example', n: 5, list: ['x', 'y'] }, action_context: { user: 'alice' }, msg: 'hi' }
const context = { lookUp: (name: string) => values[name], decrypt: (cipher: string) => `plain of ${cipher}` }
const render = (text: string): string => renderTemplate(parseTemplate(text), context)

describe('templates in parameters', () => {
  test.each([
    ['{{ config_context.url }}/x', 'http://h.example/x'],
    ['{{ 1+1 }}', '2'],
    ['{{msg}} {{ msg | upper }}', 'hi HI'],
    ["{{ config_context.token | default('') }}", ''],
    ["{{ config_context.token | default('none') }}", 'none'],
    ['{{ st2kv.system.plain }}', 'v'],
    ['{{ st2kv.system.a.b }}', 'dotted'],
    ['{{ st2kv.system.nothing }}', ''],
    ['{{ st2kv.system.secret | decrypt_kv }}', 'plain of C1'],
    ['{{ action_context.user }}', 'alice'],
    ['{{ config_context.list }}', "['x', 'y']"],
    ['{{ config_context.list | tojson }}', '["x", "y"]'],
    ["{{ config_context['url'] }}", 'http://h.example'],
    ['{{ config_context.list[1] }}', 'y'],
    ["{{ 'a' if config_context.n > 3 else 'b' }}", 'a'],
    ["{{ msg ~ '-' ~ config_context.n }}", 'hi-5'],
    ['{{ true and not false }}', 'True'],
    ['a {# remark #}b', 'a b'],
    ['{{ "}}" }}', '}}'],
  ])('%s gives %s', (text, expected) => expect(render(text)).toBe(expected))

  test('what is missing says so, in Jinja’s words', () => {
    expect(() => render('{{ config_context.token }}')).toThrow("'dict object' has no attribute 'token'")
    expect(() => render('{{ st2kv.system.nothing | decrypt_kv }}')).toThrow('Referenced datastore item "st2kv.system.nothing" doesn\'t exist or it contains an empty string')
  })

  test('what is not known here says so', () => {
    expect(() => parseTemplate('{% if x %}{% endif %}')).toThrow('no statements')
    expect(() => render('{{ msg | regex_replace("a", "b") }}')).toThrow("knows no filter 'regex_replace'")
    expect(() => parseTemplate('{{ a b }}')).toThrow('end of print statement')
    expect(() => parseTemplate('{{ a')).toThrow('unexpected end of template')
  })

  test('only texts with braces are templates, and they name what they need', () => {
    expect([isTemplate('{{ a }}'), isTemplate('a'), isTemplate(5), isTemplate({ a: '{{ b }}' })]).toEqual([true, false, false, false])
    expect(namesIn(parseTemplate('{{ a.b | default(c) }} {{ d if e else f[g] }}')).sort()).toEqual(['a', 'c', 'd', 'e', 'f', 'g'])
  })
})
