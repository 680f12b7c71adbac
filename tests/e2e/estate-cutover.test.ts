/**
 * The day of the move, over the whole estate: migrated while the old instance works on, then quiesced, a last pass that writes only
 * what changed since, and activated. At no moment do both act, and nothing that was done meanwhile is lost.
 */
import { activateStage, applyStage, exportStage, planStage, quiesceStage, verifyStage, type Stage, type StageResult } from '../../src/engine'
import { KINDS } from '../../src/kinds'
import { KEPT } from '../../src/kinds/kept'
import { accountOf } from '../../src/report/demo/account'
import { prove } from '../../src/report/demo/proof'
import type { Snapshot } from '../../src/report/demo/snapshot'
import { declaredFor, login, PASSWORD } from '../../src/sandbox/estate'
import { placeOf, startEstate, type Deeds, type EstateWorld } from '../support/estate'

jest.setTimeout(120_000)

const kinds = KINDS.map(({ name }) => name)
const declared = declaredFor('3.8.1', [...kinds, ...KEPT.map(({ name }) => name)])
let w: EstateWorld
/** What the old instance does, and what it holds, before it is quiesced. */
let deeds: Deeds
let source: Snapshot
beforeAll(async () => {
  w = await startEstate({ size: 'small' })
  // StackStorm makes a script executable when it first runs it: that is no work of people.
  await w.provoke('old')
})
afterAll(() => w.end())

const run = async (name: string, stage: Stage): Promise<StageResult> => {
  const context = await w.context({ run: name })
  try {
    const result = await stage(context, w.settings({ run: name, landing: 'quiet', servePacks: true, users: ['alice', 'bob'], onConflict: 'overwrite' }))
    if (result.exit !== 0) throw new Error(result.summary.join('\n'))
    return result
  } finally {
    await w.closeInstances()
  }
}

/** What people do on the old instance while its content is on its way. */
async function workOn(): Promise<void> {
  const admin = await login(placeOf(w.old), 'st2admin', PASSWORD)
  const [key] = w.estate.keys.filter(({ user, secret, ttl, name }) => user === undefined && !secret && !ttl && /^[a-z.0-9-]+$/.test(name))
  try {
    await admin.call('PUT', `/v1/keys/${key!.name}`, { name: key!.name, value: 'changed meanwhile' })
    await admin.call('PUT', '/v1/keys/made.meanwhile', { name: 'made.meanwhile', value: 'x', secret: true })
    await admin.call('POST', '/v1/rules', { name: 'made meanwhile', pack: 'default', trigger: { type: 'core.st2.webhook', parameters: { url: 'meanwhile' } }, action: { ref: 'core.noop' }, enabled: true })
    await admin.call('POST', '/v1/apikeys', { user: 'portal', metadata: { made: 'meanwhile' } })
    const rule = await admin.call<{ id: string }>('GET', '/v1/rules/tickets.on_mail?show_secrets=true')
    await admin.call('PUT', `/v1/rules/${rule.id}`, { ...rule, enabled: false })
  } finally {
    admin.close()
  }
}

test('the first pass brings everything while the old instance works on', async () => {
  for (const stage of [exportStage, planStage, applyStage, verifyStage]) await run('first', stage)
  await workOn()
  deeds = await w.provoke('old')
  source = await w.snapshot('old')
  expect(deeds.rules.length).toBeGreaterThan(15)
  expect((await w.provoke('new')).executions).toBe(0)
})

test('quiesced, the old instance does nothing by itself any more', async () => {
  await run('last', quiesceStage)
  expect((await w.provoke('old')).rules).toEqual([])
})

test('the last pass writes only what changed', async () => {
  await run('last', exportStage)
  const { data } = await run('last', planStage)
  const touched = Object.entries(data.counts as Record<string, { create?: number; update?: number }>).flatMap(([kind, { create = 0, update = 0 }]) => (create + update > 0 ? [`${kind} ${create} ${update}`] : []))
  // States and overrides wait for activate; what waited in the first run is planned anew.
  expect(touched.filter((line) => !/^(states|overrides) /.test(line)).sort()).toEqual(['api_keys 1 0', 'keys 1 1', 'rules 1 0'])
  await run('last', applyStage)
  expect((await w.provoke('new')).executions).toBe(0)
})

test('activated, the new instance holds and does what the old one held and did', async () => {
  await run('last', activateStage)
  await run('last', verifyStage)
  expect(accountOf(w.ledger('last'), declared).faults).toEqual([])
  expect(prove(source, await w.snapshot('new'), declared, { kinds, activated: true }).faults).toEqual([])
  expect(await w.provoke('new')).toEqual(deeds)
})
