/** A sandbox that looks used: what it is given as its past is shaped like what really ran, only earlier. */
import { leavePast } from '../../../../src/sandbox/executions/past'
import { testSandbox, type TestSandbox } from '../../../support/sandbox'

let t: TestSandbox
beforeAll(async () => {
  t = await testSandbox()
  await t.call('POST', '/v1/rules', { name: 'hook', pack: 'default', enabled: true, trigger: { type: 'core.st2.webhook', parameters: { url: 'h' } }, action: { ref: 'core.noop', parameters: {} } })
  leavePast(t.server.sandbox, 60, 3)
})
afterAll(() => t.end())

const list = async (what: string): Promise<Record<string, string>[]> => (await t.call('GET', `/v1/${what}?limit=-1`)).json as Record<string, string>[]

it('lies in the days before, spread evenly, newest first', async () => {
  // One is the installer's own.
  const past = (await list('executions')).slice(1)
  expect(past.length).toBeGreaterThanOrEqual(60)
  const ages = past.map(({ start_timestamp }) => (Date.now() - Date.parse(start_timestamp!)) / 86_400_000)
  expect(Math.max(...ages)).toBeCloseTo(3, 0)
  expect([...ages].sort((a, b) => a - b)).toEqual(ages)
  for (let day = 0; day < 3; day++) expect(ages.filter((age) => age >= day && age < day + 1).length).toBeGreaterThan(15)
})

it('ended in several ways, for several users, and says nothing of the present', async () => {
  const past = (await list('executions')).slice(1) as unknown as { status: string; context: { user: string }; log: { timestamp: string }[]; end_timestamp: string }[]
  expect(new Set(past.map(({ status }) => status))).toEqual(new Set(['succeeded', 'failed', 'timeout', 'canceled']))
  expect(new Set(past.map(({ context }) => context.user))).toEqual(new Set(['st2admin', 'alice', 'bob', 'ci', 'stanley']))
  const hour = new Date(Date.now() - 3_600_000).toISOString()
  for (const { log, end_timestamp } of past.slice(1)) for (const time of [end_timestamp, ...log.map((entry) => entry.timestamp)]) expect(time < hour).toBe(true)
})

it('has what a rule starts: trigger instance, enforcement and trace belong together', async () => {
  const enforcements = (await list('ruleenforcements')) as unknown as { execution_id: string; trigger_instance_id: string; rule: { ref: string } }[]
  expect(enforcements.length).toBeGreaterThan(5)
  const [executions, instances, traces] = [await list('executions'), await list('triggerinstances'), await list('traces')]
  for (const { execution_id, trigger_instance_id, rule } of enforcements) {
    expect(rule.ref).toBe('default.hook')
    expect(executions.find(({ id }) => id === execution_id)).toMatchObject({ trigger_instance: { id: trigger_instance_id }, context: { user: 'stanley' } })
    expect(instances.find(({ id }) => id === trigger_instance_id)).toMatchObject({ status: 'processed' })
    expect(traces.filter((trace) => JSON.stringify(trace).includes(execution_id))).toHaveLength(1)
  }
})
