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

describe('time that passes', () => {
  const pass = (seconds: number) => control(t.root, 'pass', { seconds })

  it('fires the timers that rules wait for, each once, with what StackStorm tells', async () => {
    await rule('quarter', { type: 'core.st2.IntervalTimer', parameters: { unit: 'minutes', delta: 15 } })
    await rule('nightly', { type: 'core.st2.CronTimer', parameters: { timezone: 'UTC', hour: 2, minute: 30 } })
    await rule('once', { type: 'core.st2.DateTimer', parameters: { timezone: 'UTC', date: new Date(Date.now() + 7200_000).toISOString() } })
    await rule('sleeps', { type: 'core.st2.IntervalTimer', parameters: { unit: 'hours', delta: 1 } }, { enabled: false })
    // StackStorm's own pack of examples has a timer of five seconds, with a rule that is off.
    expect(await pass(600)).toMatchObject({ fired: 1 })
    expect(await pass(25 * 3600)).toMatchObject({ fired: 5 })
    for (const name of ['quarter', 'nightly', 'once']) expect(await startedBy(name, 1)).toHaveLength(1)
    expect(await startedBy('sleeps', 0)).toHaveLength(0)
    expect((await startedBy('nightly', 1))[0]!.parameters.message).toMatch(/"executed_at": "\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00", "schedule": null/)
  })

  it('ends questions that nobody answered', async () => {
    const { body } = await t.call('POST', '/v1/executions', { action: 'core.ask', parameters: { ttl: 10 } })
    const { body: patient } = await t.call('POST', '/v1/executions', { action: 'core.ask', parameters: { ttl: 0 } })
    for (const { id } of [body, patient]) await t.ended(id, 'pending')
    expect(await pass(9 * 60)).toMatchObject({ inquiries: 0 })
    expect(await pass(11 * 60)).toMatchObject({ inquiries: 1 })
    expect(await t.ended(body.id)).toMatchObject({ status: 'timeout' })
    expect((await t.call('PUT', `/v1/inquiries/${body.id}`, { id: body.id, response: { continue: true } })).status).toBe(400)
    expect((await t.call('GET', '/v1/inquiries')).body.map(({ id }: { id: string }) => id)).toEqual([patient.id])
  })
})

describe('timers with the clock', () => {
  it('fire where the sandbox was started with them', async () => {
    const ticking = await sandboxApi({ timers: true })
    try {
      await ticking.call('POST', '/v1/rules', { name: 'tick', pack: 'default', trigger: { type: 'core.st2.IntervalTimer', parameters: { unit: 'seconds', delta: 1 } }, action: { ref: 'core.noop' }, enabled: true })
      while ((await ticking.call('GET', '/v1/executions?rule=tick')).body.length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    } finally {
      await ticking.stop()
    }
  })
})
