import { extractParameters, helpTexts, matchAlias } from '../../../../src/sandbox/content/aliases'
import { aliases, type AliasDoc } from '../../../../src/sandbox/content/documents'
import type { Sandbox } from '../../../../src/sandbox/types'
import { closedSandbox } from '../../../support/open-sandbox'

describe('parameters of a command', () => {
  const cases: [string, string, Record<string, string> | undefined][] = [
    ['say {{msg}}', 'say hello', { msg: 'hello' }],
    ['say {{msg}}', 'say "two words"', { msg: 'two words' }],
    ['say {{msg}}', 'say two words', { msg: 'two words' }],
    ['say {{msg}}', 'shout hello', undefined],
    ['say {{ msg }}', '  say hello  ', { msg: 'hello' }],
    ['run {{cmd}} on {{hosts}}', 'run uptime on web1', { cmd: 'uptime', hosts: 'web1' }],
    ['deploy {{what}} to {{where=test}}', 'deploy app to prod', { what: 'app', where: 'prod' }],
    ['deploy {{what=all}}', 'deploy', { what: 'all' }],
    ['say {{msg}}', 'say hello loud=yes', { msg: 'hello', loud: 'yes' }],
    ['status', 'status', {}],
    ['status', 'status now', undefined],
    ['status( now)?', 'status now', {}],
  ]
  test.each(cases)('%s, of: %s', (format, command, expected) => {
    const found = extractParameters(format, command)
    expect(found && { ...found }).toEqual(expected)
  })
})

const alias = (name: string, formats: unknown[], more: Partial<AliasDoc> = {}): Omit<AliasDoc, 'id'> => ({
  uid: `action_alias:demo:${name}`, ref: `demo.${name}`, name, pack: 'demo', description: `does ${name}`, enabled: true, action_ref: 'core.noop', formats, ack: {}, result: {}, extra: {}, immutable_parameters: {}, ...more,
})

function sandboxWith(...list: Omit<AliasDoc, 'id'>[]): Sandbox {
  const sandbox = closedSandbox()
  for (const one of list) aliases(sandbox).put({ ...one, id: sandbox.store.newId() })
  return sandbox
}

describe('which alias is meant', () => {
  const sandbox = sandboxWith(
    alias('say', ['say {{msg}}']),
    alias('off', ['off {{x}}'], { enabled: false }),
    alias('two', [{ display: 'two <x>', representation: ['two {{x}}', 'deux {{x}}'] }]),
    alias('also', ['twice {{x}}']),
    alias('again', ['twice {{y}}']),
  )
  test('the one whose format fits', () => expect(matchAlias(sandbox, 'say hi')).toMatchObject({ display: 'say {{msg}}', representation: 'say {{msg}}' }))
  test('any of its representations', () => expect(matchAlias(sandbox, 'deux 1')).toMatchObject({ display: 'two <x>', representation: 'deux {{x}}' }))
  test('none', () => expect(() => matchAlias(sandbox, 'nothing')).toThrow("Command 'nothing' matched no patterns"))
  test('not one that is off', () => expect(() => matchAlias(sandbox, 'off 1')).toThrow("Command 'off 1' matched no patterns"))
  test('two', () => expect(() => matchAlias(sandbox, 'twice 1')).toThrow("Command 'twice 1' matched more than 1 pattern"))
})

describe('help', () => {
  const list = [alias('say', ['say {{msg}}', 'SPEAK {{msg}}']), alias('run', ['run {{cmd}}'], { pack: 'ops' }), alias('off', ['off'], { enabled: false })].map((one) => ({ ...one, id: 'x' }))
  const shown = (more: Parameters<typeof helpTexts>[1]): [number, unknown[]] => {
    const { available, helpstrings } = helpTexts(list, more)
    return [available, helpstrings.map(({ display }) => display)]
  }
  test('all that is on', () => expect(shown({ limit: 100, offset: 0 })).toEqual([3, ['say {{msg}}', 'SPEAK {{msg}}', 'run {{cmd}}']]))
  test('of a pack', () => expect(shown({ limit: 100, offset: 0, pack: 'ops' })).toEqual([1, ['run {{cmd}}']]))
  test('with a word, whatever its case', () => expect(shown({ limit: 100, offset: 0, filter: 'speak' })).toEqual([1, ['SPEAK {{msg}}']]))
  test('a page; all are counted', () => expect(shown({ limit: 1, offset: 1 })).toEqual([3, ['SPEAK {{msg}}']]))
  test('an alias without description makes it fall over', () => {
    const { description: _none, ...bare } = alias('bare', ['bare'])
    expect(() => helpTexts([{ ...bare, id: 'x' }], { limit: 1, offset: 0 })).toThrow("has no attribute 'description'")
  })
})
