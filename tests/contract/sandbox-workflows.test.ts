/** Orquesta workflows of installed packs run in the sandbox. Knowledge: running-on-stackstorm.md section 3, recordings executions. */
import { tempDir } from '../support/archives'
import { makeRepository, packYaml } from '../support/git-repository'
import { sandboxApi, type Answer, type SandboxApi } from '../support/sandbox-api'

const flow = (name: string, parameters = '{}'): string => `name: ${name}\nrunner_type: orquesta\nentry_point: workflows/${name}.yaml\nenabled: true\nparameters: ${parameters}\n`

/** Fails until it was called so often as its argument says. */
const COUNTER = `#!/bin/sh
f="$1"; n=$(cat "$f" 2>/dev/null || echo 0); n=$((n+1)); echo $n > "$f"
[ $n -ge 3 ] && echo '{"calls": '$n'}'
`

const workflows = (dir: string): Record<string, string> => ({
  whole: `
version: 1.0
input: [names, {greeting: hello}]
vars: [{said: []}]
output: [{said: <% ctx().said %>}, {by: <% ctx().by %>}]
tasks:
  each:
    with: {items: name in <% ctx().names %>, concurrency: 2}
    action: core.echo message="<% ctx().greeting %> <% item(name) %>"
    next: [{when: <% succeeded() %>, publish: [{said: <% result().select($.stdout) %>}], do: [left, right]}]
  left: {action: core.noop, next: [{publish: [{by: {left: 1}}], do: end}]}
  right: {action: core.noop, next: [{publish: [{by: {right: <% ctx().st2.user %>}}], do: end}]}
  end: {join: all, action: core.noop}
`,
  retry: `
output: [{calls: <% ctx().calls %>}]
tasks:
  count:
    action: demo.count file="${dir}/retries"
    retry: {when: <% failed() %>, count: 2, delay: 0}
    next: [{publish: [{calls: <% result().stdout.calls %>}]}]
`,
  broken: `
output: [{o: <% ctx().nope %>}]
tasks:
  one: {action: no.such, next: [{do: two}]}
`,
  ends: `
input: [how]
output: [{how: <% ctx().how %>}]
tasks:
  one:
    action: core.local cmd="<% ctx().how %>"
    next: [{when: "<% failed() and result().return_code = 3 %>", publish: [{how: "three <% result().stdout %>"}], do: fail}]
`,
  values: `
input: [n]
tasks:
  one: {action: core.echo, input: {message: <% ctx().n %>}}
`,
  unknown: `
tasks:
  one: {action: core.noop, next: [{publish: [{x: <% ctx().st2.user.hash() %>}], do: noop}]}
`,
  ask: `
output: [{answer: <% ctx().answer %>}]
tasks:
  ask:
    action: core.ask
    input: {schema: {type: object, properties: {go: {type: boolean, required: true}}}}
    next: [{when: <% succeeded() and result().response.go %>, publish: [{answer: <% result().response %>}], do: after}]
  after: {action: core.noop}
`,
  outer: `
output: [{inner: <% ctx().inner %>}]
tasks:
  inner: {action: demo.ask, next: [{publish: [{inner: <% result().output.answer.go %>}]}]}
`,
  two: `
input: [file]
vars: [{second: not yet}]
output: [{first: <% ctx().first %>}, {second: <% ctx().second %>}]
tasks:
  one: {action: core.echo message="kept", next: [{publish: [{first: <% result().stdout %>}], do: two}]}
  two: {action: core.local cmd="test -f <% ctx().file %>", next: [{when: <% succeeded() %>, publish: [{second: done}]}]}
`,
  slow: `
tasks:
  one: {action: core.local cmd="sleep 0.4", next: [{do: two}]}
  two: {delay: 1, action: core.noop}
`,
})

describe('workflows of packs', () => {
  let api: SandboxApi
  const dir = tempDir()
  beforeAll(async () => {
    const given = '{how: {type: string}, n: {type: integer}, names: {type: array}, file: {type: string}}'
    const files = Object.entries(workflows(dir)).flatMap(([name, text]) => [[`actions/workflows/${name}.yaml`, text], [`actions/${name}.yaml`, flow(name, given)]])
    const count = 'name: count\nrunner_type: local-shell-script\nentry_point: count.sh\nenabled: true\nparameters: {file: {type: string, position: 0}}\n'
    makeRepository(dir, 'demo', { 'pack.yaml': packYaml('demo'), 'actions/count.sh': COUNTER, 'actions/count.yaml': count, ...Object.fromEntries(files) })
    api = await sandboxApi()
    await api.install([`file://${dir}/demo`])
  })
  afterAll(() => api.stop())

  const children = async (id: string): Promise<Answer['body'][]> => (await api.call('GET', `/v1/executions/${id}/children`)).body
  const tasks = async (id: string): Promise<string[]> => (await children(id)).map((one) => one.context.orquesta.task_name)

  test('items, branches that join, what was published; each task is a child with its place in the workflow', async () => {
    const record = await api.run('demo.whole', { names: ['ann', 'bob', 'eve'] })
    expect(record).toMatchObject({ status: 'succeeded', result: { output: { said: ['hello ann', 'hello bob', 'hello eve'], by: { left: 1, right: 'st2admin' } } } })
    const made = await children(record.id)
    expect(made.map((one) => one.context.orquesta.task_name).sort()).toEqual(['each', 'each', 'each', 'end', 'left', 'right'])
    const first = made.find(({ context }) => context.orquesta.item_id === 0)
    expect(first).toMatchObject({ parent: record.id, workflow_execution: record.context.workflow_execution, context: { pack: 'core', parent: { execution_id: record.id, user: 'st2admin', pack: 'demo' }, orquesta: { task_route: 0, task_execution_id: first.task_execution } } })
  })

  test('a task is tried again as its retry says', async () => {
    const record = await api.run('demo.retry')
    expect([record.status, record.result, (await children(record.id)).map(({ status }) => status)]).toEqual(['succeeded', { output: { calls: 3 } }, ['failed', 'failed', 'succeeded']])
  })

  test('a broken workflow registers, and fails with all that is wrong with it', async () => {
    const { status, result } = await api.run('demo.broken')
    expect([status, result.output, result.errors.map(({ type, spec_path, message }: Record<string, string>) => [type, spec_path, message])]).toEqual([
      'failed',
      null,
      [
        ['content', 'tasks.one.action', 'The action "no.such" is not registered in the database.'],
        ['context', 'output[0]', 'Variable "nope" is referenced before assignment.'],
        ['semantic', 'tasks.one.next[0].do', 'The task "two" is not defined.'],
      ],
    ])
  })

  test('fail keeps the output; the errors hold the result of what failed', async () => {
    const { status, result } = await api.run('demo.ends', { how: 'echo out; exit 3' })
    expect([status, result.output]).toEqual(['failed', { how: 'three out' }])
    expect(result.errors).toEqual([
      { type: 'error', message: 'Execution failed. See result for details.', task_id: 'one', result: expect.objectContaining({ return_code: 3, stdout: 'out' }) },
      { type: 'error', message: 'Execution failed. See result for details.', task_id: 'fail' },
    ])
    expect((await api.run('demo.ends', { how: 'exit 4' })).result.errors).toHaveLength(1)
  })

  test('a number for a text parameter fails the workflow, no child is made', async () => {
    const record = await api.run('demo.values', { n: 7 })
    expect([record.status, record.result.errors]).toEqual(['failed', [{ type: 'error', message: 'ValueError: Value "7" must either be a string or None. Got "int".', task_id: 'one', route: 0 }]])
    expect(await children(record.id)).toEqual([])
  })

  test('what the sandbox does not know is named', async () => {
    const { status, result } = await api.run('demo.unknown')
    expect([status, result.errors[0].message]).toEqual(['failed', 'YaqlEvaluationException: Unable to evaluate expression \'<% ctx().st2.user.hash() %>\'. NoMethodRegisteredException: Unknown method "hash" for receiver st2admin (the sandbox knows the commonly used ones)'])
  })

  test('a question pauses the workflow, and those above it, until it is answered', async () => {
    const { id } = (await api.call('POST', '/v1/executions', { action: 'demo.outer' })).body
    const [inner] = await api.ended(id, 'paused').then(() => children(id))
    expect(inner).toMatchObject({ action: { ref: 'demo.ask' }, status: 'paused' })
    const [question] = (await api.call('GET', '/v1/inquiries')).body
    expect((await api.call('PUT', `/v1/inquiries/${question.id}`, { id: question.id, response: { go: true } })).status).toBe(200)
    const { status, result, log } = await api.ended(id)
    expect([status, result]).toEqual(['succeeded', { output: { inner: true } }])
    expect(log.map((entry: { status: string }) => entry.status)).toEqual(['requested', 'scheduled', 'running', 'pausing', 'paused', 'running', 'succeeded'])
  })

  test('run again from the failed task: a new execution, what was published is kept, and the output of the first', async () => {
    const file = `${dir}/appears`
    const failed = await api.run('demo.two', { file })
    expect([failed.status, await tasks(failed.id)]).toEqual(['failed', ['one', 'two']])
    await api.run('core.local', { cmd: `touch ${file}` })
    const again = (await api.call('POST', `/v1/executions/${failed.id}/re_run`, { tasks: ['two'], reset: ['two'] })).body
    const { status, result } = await api.ended(again.id)
    expect([status, result, await tasks(again.id)]).toEqual(['succeeded', { output: { first: 'kept', second: 'not yet' } }, ['two']])
    const refused = (await api.call('POST', `/v1/executions/${failed.id}/re_run`, { tasks: ['nine'] })).body
    expect((await api.ended(refused.id)).result).toEqual({ output: null, errors: [{ message: 'Unable to rerun workflow because one or more tasks is not found: nine' }] })
  })

  test('pausing waits for the running task, resuming goes on; a delayed task says so', async () => {
    const { id } = (await api.call('POST', '/v1/executions', { action: 'demo.slow' })).body
    await api.ended(id, 'running')
    expect((await api.call('PUT', `/v1/executions/${id}`, { status: 'pausing' })).body.status).toBe('pausing')
    await api.ended(id, 'paused')
    expect((await children(id)).map(({ status }) => status)).toEqual(['succeeded'])
    expect((await api.call('PUT', `/v1/executions/${id}`, { status: 'resuming' })).body.status).toBe('resuming')
    expect((await api.ended(id)).status).toBe('succeeded')
    const [, two] = await children(id)
    expect(two.log.map((entry: { status: string }) => entry.status)).toEqual(['requested', 'delayed', 'scheduled', 'running', 'succeeded'])
  })

  test('a canceled workflow starts no more tasks', async () => {
    const { id } = (await api.call('POST', '/v1/executions', { action: 'demo.slow' })).body
    await api.ended(id, 'running')
    while ((await children(id)).length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    await api.call('DELETE', `/v1/executions/${id}`)
    expect((await api.ended(id)).status).toBe('canceled')
    const [one] = await children(id)
    await api.ended(one.id)
    expect(await tasks(id)).toEqual(['one'])
  })
})
