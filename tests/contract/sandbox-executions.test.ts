/** The sandbox runs actions of installed packs as StackStorm's local runners do. Knowledge: running-on-stackstorm.md, recordings executions. */
import * as fs from 'fs'
import * as path from 'path'
import type { StackStormVersion } from '../../src/sandbox/types'
import { tempDir } from '../support/archives'
import { makeRepository, packYaml } from '../support/git-repository'
import { sandboxApi, type SandboxApi } from '../support/sandbox-api'

/** Prints its arguments, a variable, and what else it is asked for. */
const SCRIPT = `#!/bin/sh
for a in "$@"; do printf '%s\\n' "$a" >> "$OUT"; done
case "$MODE" in
  env) printf '{"who":"%s","secret":"%s","url":"%s","config":"%s","cwd":"%s","debug":"%s","pack":"%s","id":"%s"}' "$WHO" "$SECRET" "$ST2_ACTION_API_URL" "$CONFIG" "$PWD" "$ST2_ACTION_DEBUG" "$ST2_ACTION_PACK_NAME" "$ST2_ACTION_EXECUTION_ID" ;;
  token) printf '%s' "$ST2_ACTION_AUTH_TOKEN" ;;
  fail) echo out; echo err >&2; exit 75 ;;
esac
`
const parameters = (mode: string, out: string): string => `
  command: {type: string, immutable: true, default: "${mode}"}
  text: {type: string}
  list: {type: array}
  count: {type: integer, default: 1}
  dry_run: {type: boolean, default: false}
  pw: {type: string, secret: true}
  first: {type: string, position: 0}
  env:
    type: object
    immutable: true
    default: {MODE: "${mode}", OUT: "${out}", WHO: "{{ action_context.user }}", SECRET: "{{ st2kv.system.s3cret | decrypt_kv }}", CONFIG: "{{ config_context.url | default('none') }}"}
`
const action = (name: string, out: string): string => `name: ${name}\nrunner_type: local-shell-script\nentry_point: script.sh\nenabled: true\nparameters:${parameters(name, out)}`

async function start(version: StackStormVersion = '3.9.0'): Promise<{ api: SandboxApi; out: string }> {
  const dir = tempDir()
  const out = path.join(dir, 'arguments')
  const files = Object.fromEntries(['args', 'env', 'token', 'fail'].map((name) => [`actions/${name}.yaml`, action(name, out)]))
  const schema = 'url: {type: string, default: "http://default.example"}\n'
  makeRepository(dir, 'demo', { 'pack.yaml': packYaml('demo'), 'config.schema.yaml': schema, 'actions/script.sh': SCRIPT, 'actions/off.yaml': 'name: off\nrunner_type: noop\nenabled: false\n'.replace('name: off', 'name: idle'), ...files })
  const api = await sandboxApi({ version })
  await api.call('PUT', '/v1/keys/s3cret', { name: 's3cret', value: 'hush', secret: true })
  await api.install([`file://${dir}/demo`])
  return { api, out }
}

const lines = (file: string): string[] => fs.readFileSync(file, 'utf8').trimEnd().split('\n')

describe('3.9.0', () => {
  let api: SandboxApi
  let out: string
  beforeAll(async () => ({ api, out } = await start()))
  afterAll(() => api.stop())

  test('arguments: the caller’s first, then the metadata’s, then positional ones', async () => {
    const record = await api.run('demo.args', { text: "it's {{ 1+1 }}", list: ['a', 1], dry_run: true, first: '-rf' })
    expect(record.status).toBe('succeeded')
    expect(lines(out)).toEqual(["--text=it's 2", "--list=['a', 1]", '--dry_run', '--command=args', '--count=1', '-rf'])
    expect(record.parameters).toEqual({ text: "it's 2", list: ['a', 1], dry_run: true, first: '-rf' })
  })

  test('environment: rendered defaults, secrets of the datastore, the ST2 variables; nothing of it in the record', async () => {
    const record = await api.run('demo.env', {})
    expect(record.result.stdout).toEqual({ who: 'st2admin', secret: 'hush', url: `${api.apiUrl}/v1`, config: 'http://default.example', cwd: '/', debug: 'False', pack: 'demo', id: record.id })
    expect(JSON.stringify(record.parameters ?? {})).not.toContain('hush')
  })

  test('exit code, stdout and stderr', async () => {
    const record = await api.run('demo.fail')
    expect(record).toMatchObject({ status: 'failed', result: { failed: true, succeeded: false, return_code: 75, stdout: 'out', stderr: 'err' } })
    expect((await api.call('GET', `/v1/executions/${record.id}/output?output_type=stderr`)).body).toBe('err\n')
    expect((await api.call('GET', `/v1/executions/${record.id}/attribute/status`)).body).toBe('failed')
    expect((await api.call('GET', `/v1/executions/${record.id}/result`)).body.return_code).toBe(75)
  })

  test('the own token acts as the user and dies after the end', async () => {
    const { result } = await api.run('demo.token')
    const asAction = () => api.call('GET', '/v1/user', undefined, { 'X-Auth-Token': result.stdout })
    expect((await asAction()).body.username).toBe('st2admin')
    while ((await asAction()).status === 200) await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await asAction()).status).toBe(401)
  })

  test('secret parameters are masked, also in the audit log', async () => {
    const { id, parameters: shown } = await api.run('demo.args', { pw: 'p4ss' })
    expect(shown).toEqual({ pw: 'p4ss' })
    const masked = (await api.call('GET', `/v1/executions/${id}`)).body
    expect([masked.parameters, masked.liveaction.parameters]).toEqual([{ pw: '********' }, { pw: '********' }])
    const audit = lines(path.join(api.root, 'var/log/st2/st2actionrunner.audit.log')).map((line) => JSON.parse(line))
    expect(audit.map((line) => line.short_message)).toEqual(expect.arrayContaining(['Launching action execution.', 'Liveaction completed']))
    expect(JSON.stringify(audit)).not.toContain('p4ss')
  })

  test('requests that are refused', async () => {
    const refused = async (ref: string, given?: unknown): Promise<unknown[]> => {
      const { status, body } = await api.call('POST', '/v1/executions', { action: ref, parameters: given })
      return [status, body.faultstring]
    }
    expect(await refused('nope.nope')).toEqual([400, 'Action "nope.nope" cannot be found.'])
    expect(await refused('demo.args', { zzz: 1 })).toEqual([400, "Additional properties are not allowed ('zzz' was unexpected)"])
    expect(await refused('demo.args', { command: 'x' })).toEqual([400, "Override of immutable parameter(s) ['command'] is unsupported."])
    expect(await refused('demo.args', { text: 5 })).toEqual([400, 'Value "5" must either be a string or None. Got "int".'])
    expect(await refused('demo.args', { text: '{{ nobody }}' })).toEqual([400, 'Dependency unsatisfied in variable "nobody"'])
    expect(await refused('demo.idle')).toEqual([400, 'Unable to execute. Action "demo.idle" is disabled.'])
    expect((await api.call('POST', '/v1/executions', {})).body.faultstring).toBe("'action' is a required property")
  })

  test('an admin may run as another user', async () => {
    const { body } = await api.call('POST', '/v1/executions', { action: 'demo.env', user: 'bob' })
    expect((await api.ended(body.id)).result.stdout.who).toBe('bob')
  })

  test('the time limit ends the process and says so', async () => {
    const record = await api.run('core.local', { cmd: 'echo begun; sleep 30', timeout: 1 })
    expect(record).toMatchObject({ status: 'timeout', result: { return_code: -9, stdout: 'begun', error: 'Action failed to complete in 1 seconds' } })
  })

  test('a canceled action’s process goes on, its result is thrown away', async () => {
    const file = path.join(tempDir(), 'late')
    const { body } = await api.call('POST', '/v1/executions', { action: 'core.local', parameters: { cmd: `sleep 0.3; echo late > ${file}; echo out` } })
    await api.ended(body.id, 'running')
    const canceled = (await api.call('DELETE', `/v1/executions/${body.id}`)).body
    expect(canceled).toMatchObject({ status: 'canceling', context: { cancelled_by: 'st2admin' } })
    const record = await api.ended(body.id)
    expect(record).toMatchObject({ status: 'canceled', result: { message: 'Action canceled by user.', user: 'st2admin' } })
    while (!fs.existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await api.call('GET', `/v1/executions/${body.id}`)).body.status).toBe('canceled')
    expect((await api.call('PUT', `/v1/executions/${body.id}`, { status: 'canceled' })).body.faultstring).toBe('Execution is already in completed state.')
  })

  test('a re-run merges parameters and keeps the trace', async () => {
    const first = await api.run('core.local', { cmd: 'echo one' })
    const again = await api.call('POST', `/v1/executions/${first.id}/re_run`, { parameters: { cmd: 'echo two' } })
    expect(again.status).toBe(201)
    expect(again.body.context['re-run']).toEqual({ ref: first.id })
    expect((await api.ended(again.body.id)).result.stdout).toBe('two')
    const trace = (await api.call('GET', `/v1/traces/${again.body.context.trace_context.id_}`)).body
    expect(trace.action_executions.map((one: { object_id: string }) => one.object_id)).toEqual([first.id, again.body.id])
  })

  test('an inquiry waits for its answer', async () => {
    const schema = { type: 'object', properties: { go: { type: 'boolean', required: true } } }
    const { body } = await api.call('POST', '/v1/executions', { action: 'core.ask', parameters: { schema, users: ['st2admin'] } })
    await api.ended(body.id, 'pending')
    expect((await api.call('GET', `/v1/inquiries/${body.id}`)).body).toMatchObject({ id: body.id, schema, ttl: 1440 })
    const answer = (response: unknown) => api.call('PUT', `/v1/inquiries/${body.id}`, { id: body.id, response })
    expect((await answer({ go: 'x' })).status).toBe(400)
    expect((await answer({ go: true })).status).toBe(200)
    expect((await api.ended(body.id)).result.response).toEqual({ go: true })
    expect((await answer({ go: true })).body.faultstring).toBe(`Inquiry "${body.id}" has already been responded to.`)
  })

  test('lists: newest first, filters, attributes with what is always read', async () => {
    const [first, second] = [await api.run('core.noop'), await api.run('core.noop')]
    const list = async (query: string): Promise<{ id: string }[]> => (await api.call('GET', `/v1/executions?${query}`)).body
    expect((await list('action=core.noop&parent=null&limit=2')).map(({ id }) => id)).toEqual([second.id, first.id])
    expect((await list(`action=core.noop&timestamp_gt=${first.start_timestamp}`)).map(({ id }) => id)).toEqual([second.id])
    expect(await list(`id=${first.id}&include_attributes=action.ref`)).toEqual([{ id: first.id, action: { ref: 'core.noop', uid: 'action:core:noop', pack: 'core', parameters: {}, output_schema: {} } }])
    expect((await api.call('GET', '/v1/executions?include_attributes=nope')).body.faultstring).toBe('Invalid or unsupported include attribute specified: nope')
    expect((await api.call('GET', `/v1/executions/${first.id}?exclude_attributes=action`)).body.faultstring).toBe('Invalid or unsupported exclude attribute specified: action')
  })

  test('a webhook runs the rule’s action with the payload', async () => {
    const rule = { name: 'hook', pack: 'default', enabled: true, trigger: { type: 'core.st2.webhook', parameters: { url: 'test/in' } }, criteria: { 'trigger.body.go': { type: 'equals', pattern: true } }, action: { ref: 'core.local', parameters: { cmd: 'echo {{ trigger.body.text }}' } } }
    expect((await api.call('POST', '/v1/rules', rule)).status).toBe(201)
    expect((await api.call('POST', '/v1/webhooks/test/in', { go: false, text: 'no' })).status).toBe(202)
    expect((await api.call('POST', '/v1/webhooks/test/in', { go: true, text: 'yes' })).status).toBe(202)
    const [enforcement, ...others] = (await api.call('GET', '/v1/ruleenforcements?rule_ref=default.hook')).body
    expect(others).toEqual([])
    expect((await api.ended(enforcement.execution_id))).toMatchObject({ context: { user: 'stanley' }, result: { stdout: 'yes' } })
    expect((await api.call('POST', '/v1/webhooks/nowhere', {})).body.faultstring).toBe('Webhook nowhere not registered with st2')
  })
})

describe('3.4.1', () => {
  test('arguments come the other way round, and there is no ST2_ACTION_DEBUG', async () => {
    const { api, out } = await start('3.4.1')
    await api.run('demo.args', { text: 'x', dry_run: true, first: 'p' })
    expect(lines(out)).toEqual(['--count=1', '--command=args', '--dry_run', '--text=x', 'p'])
    expect((await api.run('demo.env')).result.stdout.debug).toBe('')
    expect((await api.run('core.local', { cmd: 'echo 99999999999999999999' })).status).toBe('failed')
    await api.stop()
  })
})

test('with RBAC on only the admin runs actions and sees executions', async () => {
  const api = await sandboxApi({ rbac: true })
  const alice = { 'X-Auth-Token': api.sandbox.mintToken('alice', 60).token }
  expect((await api.call('POST', '/v1/executions', { action: 'core.local', parameters: { cmd: 'id' } }, alice)).body.faultstring).toBe('User "alice" doesn\'t have required permission "action_execute" on resource "action:core:local"')
  expect((await api.call('GET', '/v1/executions', undefined, alice)).status).toBe(403)
  expect((await api.run('core.local', { cmd: 'echo hi' })).result.stdout).toBe('hi')
  await api.stop()
})
