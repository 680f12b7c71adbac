/**
 * A target that is not empty: what it holds of its own stands in the way of much of the estate. By default nothing is written and
 * every conflict is told; with on_conflict=overwrite all arrives, and undo puts back what stood there, byte for byte.
 */
import * as fs from 'fs'
import * as path from 'path'
import { Refusal } from '../../src/core/exit-codes'
import { applyStage, exportStage, planStage, undoStage, verifyStage, type Stage, type StageResult } from '../../src/engine'
import { login, PASSWORD, type EstateKey, type RawClient } from '../../src/sandbox/estate'
import { placeOf, startEstate, type EstateWorld } from '../support/estate'
import { changesBetween, snapshotOf, type Snapshot } from '../support/snapshot'

jest.setTimeout(120_000)

let w: EstateWorld
let admin: RawClient
let before: Snapshot
beforeAll(async () => {
  w = await startEstate({ size: 'small' })
  admin = await login(placeOf(w.new), 'st2admin', PASSWORD)
  await settleIn()
  before = await held()
})
afterAll(async () => {
  admin.close()
  await w.end()
})

const held = async (): Promise<Snapshot> => {
  const { target } = await w.context()
  return snapshotOf(target!).finally(() => w.closeInstances())
}

const run = async (stage: Stage, onConflict: 'fail' | 'overwrite'): Promise<StageResult> => {
  const context = await w.context()
  try {
    return await stage(context, w.settings({ landing: 'quiet', servePacks: true, users: ['alice', 'bob'], onConflict }))
  } finally {
    await w.closeInstances()
  }
}

const plainKey = (): EstateKey => w.estate.keys.find(({ user, secret, ttl, name }) => user === undefined && !secret && !ttl && /^[a-z.0-9-]+$/.test(name))!
const secretKey = (): EstateKey => w.estate.keys.find(({ user, secret, ttl, name }) => user === undefined && secret && !ttl && /^[a-z.0-9-]+$/.test(name))!

/** Things of the target's own, most of them under names that the estate uses too. */
async function settleIn(): Promise<void> {
  const file = (name: string, text: string): void => {
    const where = path.join(w.new.sandbox.paths.stackstorm, name)
    fs.mkdirSync(path.dirname(where), { recursive: true })
    fs.writeFileSync(where, text)
  }
  const key = (body: { name: string; value: string; description?: string; ttl?: number; secret?: boolean }) => admin.call('PUT', `/v1/keys/${encodeURIComponent(body.name)}`, body)
  await key({ name: 'own.key', value: 'only here' })
  await key({ name: plainKey().name, value: 'another value', description: 'of the target', ttl: 86_400 })
  await key({ name: secretKey().name, value: 'another secret', secret: true })
  await install(`${w.estate.gitUrl}/netops.git=v1.3.0`)
  file('packs/netops/actions/ping.sh', '#!/bin/sh\necho edited on the target\n')
  file('packs/netops/of-the-target.txt', 'never committed\r\n')
  file('configs/netops.yaml', '---\n# of the target\ntimeout: 1\n')
  await admin.call('POST', '/v1/packs/register', { packs: ['netops'], types: ['configs'] })
  file('overrides/_global.yaml', '---\n# ours\nactions:\n  defaults:\n    enabled: true\n')
  file('rbac/roles/operators.yaml', '---\nname: operators\n')
  const rule = { pack: 'default', trigger: { type: 'core.st2.webhook', parameters: { url: 'ours' } }, action: { ref: 'core.noop' }, enabled: true }
  await admin.call('POST', '/v1/rules', { ...rule, name: 'ours' })
  await admin.call('POST', '/v1/rules', { ...rule, name: 'page_on_call', description: 'ours' })
  await admin.call('POST', '/v1/actionalias', { name: 'greet', pack: 'default', description: 'ours', action_ref: 'core.noop', formats: ['greetings'] })
  await admin.call('POST', '/v1/actions', { name: 'greet', pack: 'default', runner_type: 'local-shell-script', entry_point: 'greet.sh', parameters: {}, data_files: [{ file_path: 'greet.sh', content: '#!/bin/sh\necho ours\n' }] })
  await admin.call('POST', '/v1/policies', { name: 'one_greeting', pack: 'default', resource_ref: 'default.greet', policy_type: 'action.concurrency', parameters: { threshold: 7 } })
  const [same] = await w.on('old').get<{ user: string; key_hash: string }[]>('/v1/apikeys', { limit: 1, show_secrets: true })
  await admin.call('POST', '/v1/apikeys', { user: same!.user, key_hash: same!.key_hash, metadata: { of: 'the target' }, enabled: false })
}

async function install(url: string): Promise<void> {
  const { execution_id } = await admin.call<{ execution_id: string }>('POST', '/v1/packs/install', { packs: [url], skip_dependencies: true })
  for (;;) {
    const { status } = await admin.call<{ status: string }>('GET', `/v1/executions/${execution_id}`)
    if (status === 'succeeded') return
    if (status === 'failed') throw new Error(`install of ${url} failed`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('by default every conflict is told before the first write, and nothing is written', async () => {
  await run(exportStage, 'fail')
  const planned = await run(planStage, 'fail')
  const conflicts = Object.entries(planned.data.counts as Record<string, { conflict?: number }>).flatMap(([kind, { conflict }]) => (conflict ? [`${kind} ${conflict}`] : []))
  expect(conflicts.sort()).toEqual(['actions 1', 'aliases 1', 'api_keys 1', 'configs 1', 'keys 2', 'packs 1', 'policies 1', 'rbac 1', 'rules 1'])
  const refused = await run(applyStage, 'fail').catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(Refusal)
  expect(refused).toMatchObject({ exit: 5 })
  for (const told of [plainKey().name, 'netops', 'page_on_call', 'operators']) expect((refused as Refusal).details.join('\n')).toContain(told)
  expect(changesBetween(before, await held())).toEqual([])
})

test('with overwrite everything arrives', async () => {
  for (const stage of [planStage, applyStage, verifyStage]) {
    const { exit, summary } = await run(stage, 'overwrite')
    if (exit !== 0 && exit !== 3) throw new Error(summary.join('\n'))
  }
  const now = await held()
  expect(now['row rules default.page_on_call']).toContain('somebody gets out of bed')
  expect(fs.existsSync(path.join(w.new.sandbox.paths.packs, 'netops/of-the-target.txt'))).toBe(false)
  expect(fs.readFileSync(path.join(w.new.sandbox.paths.overrides, '_global.yaml'), 'utf8')).toMatch(/rules:/)
  // What is the target's own, and in nobody's way, stays.
  for (const own of ['keys st2kv.system:own.key', 'row rules default.ours']) expect(now[own]).toBe(before[own])
})

test('undo puts back what stood there, byte for byte', async () => {
  const { data } = await run(undoStage, 'overwrite')
  expect((data.for_person as { identity: string }[]).map(({ identity }) => identity)).toEqual(['st2kv.system:null'])
  expect(changesBetween(before, await held()).filter((change) => !change.startsWith('keys st2kv.system:null:'))).toEqual([])
})
