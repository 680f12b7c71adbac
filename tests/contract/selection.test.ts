/** only and except by kind, pack and name, over two sandboxes: at export, at plan, in apply and in the proof. */
import * as fs from 'fs'
import * as path from 'path'
import { openArchive } from '../../src/archive/read'
import { readPlan } from '../../src/engine/plan-file'
import { applyStage, exportStage, planStage, verifyStage } from '../../src/engine'
import type { Change } from '../../src/core/model'
import type { StageContext } from '../../src/engine'
import { configs } from '../../src/kinds/configs'
import { KINDS } from '../../src/kinds'
import { keys } from '../../src/kinds/keys'
import { packs } from '../../src/kinds/packs'
import { packYaml, writeFiles } from '../support/git-repository'
import { collect, startMigration, type Migration } from '../support/migration'

jest.setTimeout(120_000)
let m: Migration

beforeAll(async () => {
  m = await startMigration()
  for (const name of ['deploy.host', 'deploy.user', 'tmp.one', 'tmp.two']) await m.on('old').putKey({ name, scope: 'system', value: name })
  await pack('base')
  await pack('uses_base', 'dependencies: [base]\n')
})
afterAll(() => m.end())

/** Put there by hand, with a configuration. */
async function pack(ref: string, more = ''): Promise<void> {
  const { paths } = m.old.sandbox
  writeFiles(path.join(paths.packs, ref), { 'pack.yaml': packYaml(ref, more), 'config.schema.yaml': '---\nhost: {type: string}\n' })
  writeFiles(paths.configs, { [`${ref}.yaml`]: `host: ${ref}.example.org\n` })
  await m.on('old').post('/v1/packs/register', { packs: [ref], types: ['all'] })
}

const open = async (run: string): Promise<StageContext> => ({ ...(await m.context({ run })), kinds: [keys, packs, configs] })
const settings = (run: string, more = {}) => m.settings({ run, allowActive: true, servePacks: true, ...more })
const exported = async (run: string) => {
  const { archive } = JSON.parse(fs.readFileSync(path.join(m.stateDir, 'runs', run, 'run.json'), 'utf8')) as { archive: string }
  return openArchive(archive, {}, m.stateDir)
}
const changes = async (run: string): Promise<Change[]> => collect((await readPlan(path.join(m.stateDir, 'runs', run, 'plan.jsonl'))).changes())

test('left out at export: not in the archive, nor its files; the manifest says how many and by which word', async () => {
  const context = await open('s1')
  const made = await exportStage(context, settings('s1', { except: ['keys:tmp.*', 'pack:base', 'keys:tpm.*'] }))
  expect(made).toMatchObject({ exit: 0 })
  expect(made.summary.join('\n')).toMatch(/left out by except=keys:tmp\.\*: 2 of the datastore keys: st2kv\.system:tmp\.one, st2kv\.system:tmp\.two/)
  expect(made.summary.join('\n')).toMatch(/keys:tpm\.\* fits nothing on the source/)
  const archive = await exported('s1')
  expect((await collect(archive.items('keys'))).map(({ name }) => name)).toEqual(['deploy.host', 'deploy.user'])
  expect((await collect(archive.items('packs'))).map(({ identity }) => identity)).toEqual(['uses_base'])
  expect((await collect(archive.items('configs'))).map(({ identity }) => identity)).toEqual(['uses_base'])
  expect(archive.members('').filter((name) => name.includes('base') && !name.includes('uses_base'))).toEqual([])
  expect(fs.readFileSync(archive.member('kv_file.json')!, 'utf8')).not.toContain('tmp.one')
  await archive.close()
})

test('left out at plan: a line of the plan for each, not written, and no difference in the proof', async () => {
  const context = await open('s2')
  await exportStage(context, settings('s2'))
  const except = ['keys:tmp.*', 'pack:base']
  const planned = await planStage(context, settings('s2', { except }))
  const all = await changes('s2')
  const left = all.filter(({ action }) => action === 'leave').map(({ identity, note }) => `${identity}: ${note}`)
  expect(left.slice(0, 3)).toEqual(['st2kv.system:tmp.one: left out by except=keys:tmp.*', 'st2kv.system:tmp.two: left out by except=keys:tmp.*', 'base: left out by except=pack:base'])
  expect(all.find(({ identity }) => identity === 'uses_base')!.note).toContain('it needs pack base, which is left out by except=pack:base and not on the new instance')
  expect(planned.summary).toContain('pack base is left out by except=pack:base, but needed by packs uses_base')
  expect(await applyStage(context, settings('s2'))).toMatchObject({ exit: 0 })
  expect((await collect(m.on('new').keys('system'))).map(({ name }) => name).filter((name) => /tmp|deploy/.test(name))).toEqual(['deploy.host', 'deploy.user'])
  expect(await m.on('new').find('/v1/packs/base')).toBeUndefined()
  const proof = await verifyStage(context, settings('s2'))
  expect(proof).toMatchObject({ exit: 0, data: { differences: 0 } })
  expect(m.ledger('s2').filter(({ note }) => note?.startsWith('left out by')).map(({ outcome, identity }) => [outcome, identity]).slice(0, 3)).toEqual([
    ['left', 'st2kv.system:tmp.one'],
    ['left', 'st2kv.system:tmp.two'],
    ['left', 'base'],
  ])
})

test('a configuration whose pack is left out is for a person', async () => {
  const context = await open('s2')
  await planStage(context, settings('s2', { except: ['packs:base'] }))
  expect((await changes('s2')).filter(({ kind, identity }) => kind === 'configs' && identity === 'base')).toEqual([expect.objectContaining({ action: 'manual', note: expect.stringContaining('pack base is neither part of this plan nor on the new instance') as unknown })])
})

test('only with patterns, and a proof of a part without a plan', async () => {
  const context = await open('s3')
  const made = await exportStage(context, settings('s3', { only: ['keys:deploy.*'] }))
  expect(made.data.counts).toEqual({ keys: 2 })
  const proof = await verifyStage(context, settings('s3', { except: ['keys:deploy.user'] }))
  expect(proof).toMatchObject({ exit: 0, data: { total: { identical: 1, left: 1 } } })
})

test.each([{ only: ['kyes'] }, { except: ['kyes:a*'] }, { only: [':a'] }, { except: ['pack:'] }, { except: ['keys', 'packs', 'pack:*'], only: ['keys'] }])('%j is refused', async (more) => {
  await expect(exportStage(await open('s4'), settings('s4', more))).rejects.toMatchObject({ exit: 2 })
})

test('a rule, a policy and an alias whose packs are left out say so', async () => {
  const old = m.on('old')
  await old.post('/v1/rules', { name: 'r', pack: 'uses_base', trigger: { type: 'core.st2.webhook', parameters: { url: 'r' } }, criteria: {}, action: { ref: 'base.run', parameters: {} } })
  await old.post('/v1/policies', { name: 'p', pack: 'uses_base', resource_ref: 'base.run', policy_type: 'action.concurrency', parameters: { threshold: 1 } })
  await old.post('/v1/actionalias', { name: 'a', pack: 'base', action_ref: 'base.run', description: 'x', formats: ['x'] })
  const context = { ...(await m.context({ run: 's5' })), kinds: KINDS.filter(({ name }) => ['packs', 'rules', 'policies', 'aliases'].includes(name)) }
  await exportStage(context, settings('s5'))
  const planned = await planStage(context, settings('s5', { except: ['packs:base'] }))
  const all = await changes('s5')
  for (const identity of ['uses_base.r', 'uses_base.p', 'base.a']) expect(all.find((change) => change.identity === identity)).toBeDefined()
  expect(planned.summary.join('\n')).toMatch(/pack base is left out by except=packs:base, but needed by rules uses_base\.r, policies uses_base\.p, aliases base\.a/)
  await planStage(context, settings('s5', { except: ['pack:base'] }))
  expect((await changes('s5')).find(({ identity }) => identity === 'base.a')).toMatchObject({ action: 'leave', note: 'left out by except=pack:base' })
})

test('a kind that is left out whole is told by the plan, counted in the ledger, and not missed by a proof that is given no selection', async () => {
  const context = await open('s6')
  await exportStage(context, settings('s6'))
  const told = 'left out by except=configs,keys: 2 configs, 4 keys'
  expect((await planStage(context, settings('s6', { except: ['configs', 'keys'] }))).summary).toContain(told)
  expect((await applyStage(context, settings('s6'))).data.counts).toMatchObject({ configs: { left: 2 }, keys: { left: 4 } })
  await m.on('new').deleteKey('deploy.host', 'system')
  const proof = await verifyStage(context, settings('s6'))
  expect(proof).toMatchObject({ exit: 0, data: { differences: 0, counts: { keys: { left: 4 } } } })
  expect(proof.summary).toContain(told)
  expect(m.ledger('s6').map(({ kind }) => kind)).not.toContain('keys')
})
