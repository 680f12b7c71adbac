/** rewrite=old=new over two sandboxes: what is planned, written, told and proved is the item with its new host names. */
import * as fs from 'fs'
import * as path from 'path'
import { applyStage, exportStage, planStage, undoStage, verifyStage, type StageContext } from '../../src/engine'
import { diffStage } from '../../src/engine/diff'
import { readPlan } from '../../src/engine/plan-file'
import type { Change } from '../../src/core/model'
import { KINDS } from '../../src/kinds'
import { packYaml, writeFiles } from '../support/git-repository'
import { collect, startMigration, type Migration } from '../support/migration'

jest.setTimeout(120_000)
let m: Migration
const SECRET = 'https://me:hunter2@old.example/'
const CONFIG = '# the one at old.example\nhost: old.example   # by hand\nlist: [a, "https://old.example:8443/x", my-old.example]\n'
const NAMES = ['keys', 'packs', 'configs', 'actions', 'rules', 'policies', 'aliases']

beforeAll(async () => {
  m = await startMigration()
  const old = m.on('old')
  await old.putKey({ name: 'url', scope: 'system', value: 'https://old.example/x', description: 'at old.example' })
  await old.putKey({ name: 'plain', scope: 'system', value: 'https://api.old.example/x' })
  await old.putKey({ name: 'secret', scope: 'system', value: SECRET, secret: true })
  const { packs, configs } = m.old.sandbox.paths
  writeFiles(path.join(packs, 'net'), { 'pack.yaml': packYaml('net'), 'config.schema.yaml': '---\nhost: {type: string}\nlist: {type: array}\n', 'actions/run.yaml': '---\nname: run\nrunner_type: local-shell-cmd\nenabled: true\nparameters: {cmd: {default: curl old.example}}\n' })
  writeFiles(configs, { 'net.yaml': CONFIG })
  await old.post('/v1/packs/register', { packs: ['net'], types: ['all'] })
  await old.post('/v1/rules', { name: 'made', pack: 'net', enabled: true, trigger: { type: 'core.st2.webhook', parameters: { url: 'made' } }, criteria: { 'trigger.body.host': { type: 'eq', pattern: 'old.example' } }, action: { ref: 'core.local', parameters: { cmd: 'curl https://old.example/{{ trigger.body.x }}' } } })
  await old.post('/v1/actionalias', { name: 'ask', pack: 'net', action_ref: 'core.local', description: 'ask old.example', formats: ['ask {{cmd}} on old.example'] })
})
afterAll(() => m.end())

const open = async (run = 'w1'): Promise<StageContext> => ({ ...(await m.context({ run })), kinds: KINDS.filter(({ name }) => NAMES.includes(name)) })
const settings = (run: string, more = {}) => m.settings({ run, allowActive: true, servePacks: true, ...more })
const REWRITE = { rewrite: [{ from: 'old.example', to: 'new.example' }] }
const changes = async (run: string): Promise<Change[]> => collect((await readPlan(path.join(m.stateDir, 'runs', run, 'plan.jsonl'))).changes())

test('planned item by item, with the members; a secret that holds the name is for a person', async () => {
  const context = await open()
  await exportStage(context, settings('w1'))
  const planned = await planStage(context, settings('w1', REWRITE))
  const text = JSON.stringify(planned) + fs.readFileSync(path.join(m.stateDir, 'runs/w1/plan.jsonl'), 'utf8')
  expect(text).not.toContain('hunter2')
  const rewritten = Object.fromEntries((await changes('w1')).filter((change) => change.rewritten).map((change) => [`${change.kind} ${change.identity}`, change.rewritten!.map(({ path: where }) => where)]))
  expect(rewritten).toEqual({
    'keys st2kv.system:url': ['value', 'description'],
    'configs net': ['values.host', 'values.list.1'],
    'rules net.made': ['criteria.trigger.body.host.pattern', 'action.parameters.cmd'],
    'aliases net.ask': ['description', 'formats.0'],
  })
  expect((await changes('w1')).filter((change) => change.rewritten).every((change) => change.transformed === true && change.note!.includes('old.example -> new.example in '))).toBe(true)
  expect(planned.summary).toEqual(expect.arrayContaining(['host names are rewritten (old.example -> new.example) in 4 items: 1 key, 1 config, 1 rule, 1 alias', 'for a person: keys st2kv.system:secret: its secret value holds old.example and is carried as it is']))
})

test('written as planned, without the setting being given again, and proved', async () => {
  const context = await open()
  expect(await applyStage(context, settings('w1'))).toMatchObject({ exit: 0 })
  const fresh = m.on('new')
  expect(await fresh.key('url', 'system')).toMatchObject({ value: 'https://new.example/x', description: 'at new.example' })
  expect(await fresh.key('plain', 'system')).toMatchObject({ value: 'https://api.old.example/x' })
  expect(await fresh.key('secret', 'system', { decrypt: true })).toMatchObject({ value: SECRET })
  expect(fs.readFileSync(path.join(m.new.sandbox.paths.configs, 'net.yaml'), 'utf8')).toBe(CONFIG.replace('at old', 'at new').replace('host: old', 'host: new').replace('//old', '//new'))
  expect(await fresh.get('/v1/configs/net', { show_secrets: true })).toMatchObject({ values: { host: 'new.example', list: ['a', 'https://new.example:8443/x', 'my-old.example'] } })
  expect(await fresh.get('/v1/rules/net.made', { show_secrets: true })).toMatchObject({ criteria: { 'trigger.body.host': { pattern: 'new.example' } }, action: { parameters: { cmd: 'curl https://new.example/{{ trigger.body.x }}' } } })
  const proof = await verifyStage(context, settings('w1'))
  expect(proof).toMatchObject({ exit: 0, data: { differences: 0 } })
  const told = m.ledger('w1').filter(({ note }) => note?.includes('host names rewritten'))
  expect(told.map(({ kind, identity, outcome }) => [kind, identity, outcome])).toEqual([['keys', 'st2kv.system:url', 'transformed'], ['configs', 'net', 'transformed'], ['rules', 'net.made', 'transformed'], ['aliases', 'net.ask', 'transformed']])
  expect(m.ledger('w1').find(({ identity }) => identity === 'st2kv.system:secret')).toMatchObject({ outcome: 'transformed', note: expect.stringContaining('its secret value holds old.example') as unknown, advice: expect.stringContaining('by hand') as unknown })
})

test('applied again it writes nothing, a new plan finds nothing to do, one without rewriting finds the other names', async () => {
  const context = await open()
  expect((await applyStage(context, settings('w1'))).data.writes).toBe(0)
  const archive = path.join(m.stateDir, 'runs/w1', fs.readdirSync(path.join(m.stateDir, 'runs/w1')).find((name) => name.endsWith('.st2.tar.gz'))!)
  await planStage(context, settings('w2', { archive, ...REWRITE }))
  expect((await changes('w2')).filter(({ action }) => action !== 'leave')).toEqual([])
  expect(await verifyStage(context, settings('w3', { archive, ...REWRITE }))).toMatchObject({ exit: 0, data: { total: { transformed: 4 } } })
  await planStage(context, settings('w4', { archive }))
  expect((await changes('w4')).map(({ kind, action }) => [kind, action])).toEqual([['keys', 'conflict'], ['configs', 'conflict'], ['rules', 'conflict'], ['aliases', 'conflict']])
})

test('diff with the names changed in A finds nothing, between archives and between the living', async () => {
  const context = await open('d1')
  const diff = (more = {}) => diffStage({})(context, settings('d1', more))
  expect(await diff(REWRITE)).toMatchObject({ exit: 0 })
  expect(await diff()).toMatchObject({ exit: 4, data: { counts: { keys: { differing: 1 }, configs: { differing: 1 }, rules: { differing: 1 }, aliases: { differing: 1 } } } })
  expect(fs.readdirSync(m.old.sandbox.paths.configs)).toEqual(['net.yaml'])
})

test('taken back, what was written with new names is gone', async () => {
  const context = await open()
  const undone = await undoStage(context, settings('w1'))
  expect([undone.exit, undone.data.failed ?? 0]).toEqual([expect.any(Number), 0])
  expect((await collect(m.on('new').keys('system'))).map(({ name }) => name).filter((name) => ['url', 'plain', 'secret'].includes(name))).toEqual([])
  expect(await m.on('new').find('/v1/rules/net.made')).toBeUndefined()
  expect(fs.readdirSync(m.new.sandbox.paths.configs)).toEqual([])
})
