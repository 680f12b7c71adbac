/** Expressions against what orquesta 1.2.0 made of them (fixtures/workflows), and what the sandbox says of those that it does not know. */
import * as fs from 'fs'
import { evaluate } from '../../../../../src/sandbox/executions/workflows/expressions'
import type { Scope } from '../../../../../src/sandbox/executions/workflows/functions'

interface Known {
  expr: unknown
  ctx: Record<string, unknown>
  task?: { status: string; result: unknown }
  item?: unknown
  value?: unknown
  error?: string
}

const KNOWN = fs.readFileSync('tests/fixtures/workflows/expressions.jsonl', 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Known)

const KEYS: Record<string, string> = { 'system.k': 'plain', 'user.mine': 'own' }
const scopeOf = ({ ctx, task, item }: Partial<Known>): Scope => ({
  variables: ctx ?? {},
  statusOf: (name) => (name === 't' && task ? task.status : 'null'),
  datastore: (key, decrypt) => (KEYS[key] === undefined ? undefined : decrypt ? `decrypted ${KEYS[key]}` : KEYS[key]),
  ...(task && { task: { name: 't', ...task } }),
  ...(item !== undefined && { item: { value: item } }),
})

test.each(KNOWN.map((one) => [JSON.stringify(one.expr), one] as const))('%s', (_, one) => {
  if (one.error !== undefined) expect(() => evaluate(one.expr, scopeOf(one))).toThrow(new Error(one.error))
  else expect(evaluate(one.expr, scopeOf(one)) ?? null).toEqual(one.value)
})

test.each([
  ['<% foo(1) %>', 'Unknown function "foo" (the sandbox knows the commonly used ones)'],
  ['<% ctx().a.foo(1) %>', 'Unknown method "foo" for receiver 1 (the sandbox knows the commonly used ones)'],
  ['<% let(x => 1) -> $x %>', "unexpected '->'"],
  ['{{ ctx().a | foo }}', "the sandbox knows no filter 'foo'"],
  ['{{ ctx().a.foo() }}', "the sandbox knows no method 'foo'"],
  ['{{ ctx().a is odd }}', "the sandbox knows no test 'odd'"],
  ['{% if ctx().a %}x{% endif %}', 'The sandbox renders no statements ({% %})'],
])('what the sandbox does not know it names: %s', (expression, text) => {
  expect(() => evaluate(expression, scopeOf({ ctx: { a: 1 } }))).toThrow(text)
  expect(() => evaluate(expression, scopeOf({ ctx: { a: 1 } }))).toThrow(`Unable to evaluate expression '${expression}'`)
})

test.each([
  ["<% st2kv('system.k') %>", 'plain'],
  ["<% st2kv('system.k', decrypt => true) %>", 'decrypted plain'],
  ["{{ st2kv('user.mine', decrypt=true) }}", 'decrypted own'],
  ["<% st2kv('system.no', default => none) %>", 'none'],
  ['<% json_dump({a => [1]}) %>', '{"a": [1]}'],
  ["<% yaml_parse('a: [yes]').a %>", [true]],
  ["<% basename('/a/b.txt') + dirname('/a/b.txt') %>", 'b.txt/a'],
  ["<% regex_substring('abc 42', '[0-9]+') %>", '42'],
  ["{{ '[1, 2]' | from_json_string | length }}", 2],
])('StackStorm’s own functions: %s', (expression, value) => expect(evaluate(expression, scopeOf({}))).toEqual(value))

test('a key of the datastore that is not there', () => expect(() => evaluate("<% st2kv('system.no') %>", scopeOf({}))).toThrow('The key "no" does not exist in the StackStorm datastore.'))
