/** The conductor and the inspection against what orquesta 1.2.0 made of the same workflows (fixtures/workflows). */
import * as fs from 'fs'
import { parseYaml } from '../../../../../src/sandbox/content/yaml'
import { Conductor, newState } from '../../../../../src/sandbox/executions/workflows/conductor'
import { readDefinition } from '../../../../../src/sandbox/executions/workflows/definition'
import { inspect } from '../../../../../src/sandbox/executions/workflows/inspect'
import type { Parameters } from '../../../../../src/sandbox/executions/model'
import { drive, type WorkflowCase } from '../../../../support/workflow-driver'

const text = (name: string): string => fs.readFileSync(`tests/fixtures/workflows/${name}`, 'utf8')
const CASES = text('cases.yaml').split(/^---$/m).map((one) => parseYaml(one) as WorkflowCase)
const OUTCOMES = text('outcomes.jsonl').trimEnd().split('\n').map((line) => JSON.parse(line) as { case: string; inspect?: unknown[] } & Record<string, unknown>)
const OUTCOME = new Map(OUTCOMES.map(({ case: name, ...outcome }) => [name, outcome]))

/** An action that takes everything. */
const anything = (): Parameters => new Proxy<Parameters>({}, { has: () => true })

test.each(CASES.map((one) => [one.name, one] as const))('%s', (name, one) => {
  const expected = OUTCOME.get(name) ?? {}
  const findings = inspect(one.workflow, ['st2', 'parent'], anything)
  if ('inspect' in expected) expect(findings).toEqual(expected.inspect)
  else expect([findings, drive(one)]).toEqual([[], expected])
})

describe('run again from a task', () => {
  const yaml = parseYaml(`
output: [{seen: "<% ctx().seen %>"}]
tasks:
  one: {action: a.b, next: [{publish: [{seen: "<% result() %>"}], do: two}]}
  two: {action: a.c, next: [{when: "<% failed() %>", do: fail}]}
`) as Record<string, unknown>
  const failedOnce = (): Conductor => {
    const conductor = new Conductor(readDefinition(yaml), newState(), () => undefined)
    conductor.start({}, { st2: {} })
    conductor.next()
    conductor.end('one', 0, { status: 'succeeded', result: 1, failures: [] })
    conductor.next()
    conductor.end('two', 0, { status: 'failed', result: 'bad', failures: ['bad'] })
    return conductor
  }

  test('only it and what follows runs; what was published is kept', () => {
    const conductor = failedOnce()
    expect([conductor.state.status, conductor.state.errors.map(({ task_id }) => task_id)]).toEqual(['failed', ['two', 'fail']])
    conductor.rerun(['two'])
    expect(conductor.next().map(({ task }) => task.name)).toEqual(['two'])
    conductor.end('two', 0, { status: 'succeeded', result: 2, failures: [] })
    expect([conductor.state.status, conductor.output()]).toEqual(['succeeded', { seen: 1 }])
  })

  test('a task that never ran is refused', () => expect(() => failedOnce().rerun(['nine'])).toThrow('Unable to rerun workflow because one or more tasks is not found: nine'))
})

describe('actions that a workflow calls', () => {
  const yaml = (task: string): Record<string, unknown> => parseYaml(`tasks: {one: ${task}}`) as Record<string, unknown>
  const lookUp = (ref: string): Parameters | undefined => (ref === 'core.local' ? { cmd: { type: 'string', required: true }, cwd: { type: 'string' } } : undefined)
  const TASK = 'properties.tasks.patternProperties.^\\w+$.properties'

  test.each([
    ['{action: nope}', 'The action reference "nope" is not formatted correctly.', 'tasks.one.action', `${TASK}.action`],
    ['{action: no.such}', 'The action "no.such" is not registered in the database.', 'tasks.one.action', `${TASK}.action`],
    ['{action: core.local}', 'Action "core.local" is missing required input "cmd".', 'tasks.one.input', `${TASK}.input`],
    ['{action: core.local cmd="x" zzz=1}', 'Action "core.local" has unexpected input "zzz".', 'tasks.one.input.zzz', `${TASK}.input.patternProperties.^\\w+$`],
  ])('%s: %s', (task, message, spec_path, schema_path) => expect(inspect(yaml(task), [], lookUp)).toEqual([{ type: 'content', message, spec_path, schema_path }]))

  test('an action that only an expression names is not looked up', () => expect(inspect(yaml('{action: "<% ctx().st2.action %>"}'), ['st2'], lookUp)).toEqual([]))
})
