/** What acts by itself in the sandbox as in StackStorm: rules on writes to the datastore, on timers, and the end of inquiries. */
import { control } from '../../src/sandbox/control/client'
import { sandboxApi, type SandboxApi } from '../support/sandbox-api'

let t: SandboxApi
beforeAll(async () => void (t = await sandboxApi()))
afterAll(() => t.stop())

const PREFIX = 'core.st2.key_value_pair'

async function rule(name: string, trigger: { type: string; parameters?: object }, more: object = {}): Promise<void> {
  const { status, body } = await t.call('POST', '/v1/rules', { name, pack: 'default', trigger, action: { ref: 'core.echo', parameters: { message: `${name} {{ trigger | tojson }}` } }, enabled: true, ...more })
  if (status !== 201) throw new Error(JSON.stringify(body))
}

/** Executions that a rule started, the oldest first, once there are as many. */
async function startedBy(name: string, count: number): Promise<{ parameters: { message: string }; context: { user: string } }[]> {
  for (;;) {
    const { body } = await t.call('GET', `/v1/executions?rule=${encodeURIComponent(name)}&limit=-1`)
    if (body.length >= count) return body.reverse()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const put = (name: string, more: object) => t.call('PUT', `/v1/keys/${name}`, { name, ...more })

describe('writes to the datastore', () => {
  beforeAll(async () => {
    await rule('made', { type: `${PREFIX}.create` }, { criteria: { 'trigger.object.name': { type: 'startswith', pattern: 'w.' } } })
    await rule('set', { type: `${PREFIX}.update` })
    await rule('differs', { type: `${PREFIX}.value_change` })
    await rule('gone', { type: `${PREFIX}.delete` })
    await rule('asleep', { type: `${PREFIX}.create` }, { enabled: false })
  })

  it('start the rules that wait for them, as the system user, with the key as the API shows it', async () => {
    await put('w.a', { value: '1' })
    await put('other', { value: '1' })
    await put('w.a', { value: '1' })
    await put('w.a', { value: '2', secret: true })
    await t.call('DELETE', '/v1/keys/w.a')
    const [made] = await startedBy('made', 1)
    expect(made).toMatchObject({ context: { user: 'stanley' }, parameters: { message: expect.stringContaining('"name": "w.a"') as string } })
    const set = await startedBy('set', 2)
    expect(set[1]!.parameters.message).toMatch(/"value": "3030303030[0-9A-F]+"/)
    const [differs] = await startedBy('differs', 1)
    expect(differs!.parameters.message).toMatch(/"old_object": \{.*"value": "1"/)
    expect((await startedBy('gone', 1))[0]!.parameters.message).toContain('"name": "w.a"')
    for (const [name, count] of [['made', 1], ['set', 2], ['differs', 1], ['gone', 1], ['asleep', 0]] as const) expect(await startedBy(name, count)).toHaveLength(count)
  })

  it('leave trigger instances and traces behind', async () => {
    const { body } = await t.call('GET', `/v1/triggerinstances?trigger=${PREFIX}.create&limit=-1`)
    expect(body.map(({ payload }: { payload: { object: { name: string } } }) => payload.object.name)).toEqual(['other', 'w.a'])
    expect((await t.call('GET', `/v1/traces?trigger_instance=${body[0].id}`)).body).toHaveLength(1)
  })

  it('are not told when a key ends by itself', async () => {
    const before = (await startedBy('gone', 1)).length
    await put('w.short', { value: '1', ttl: -5 })
    expect(await control(t.root, 'sweep')).toMatchObject({ removed: 1 })
    await put('w.long', { value: '1' })
    await t.call('DELETE', '/v1/keys/w.long')
    expect(await startedBy('gone', before + 1)).toHaveLength(before + 1)
  })
})
