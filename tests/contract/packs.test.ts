/** The kinds `packs` and `configs` the whole way, from an old sandbox to a new one. */
import * as fs from 'fs'
import * as path from 'path'
import { applyStage, exportStage, planStage, publishStage, undoStage, verifyStage, type StageContext, type StageSettings } from '../../src/engine'
import { configs } from '../../src/kinds/configs'
import type { Kind } from '../../src/kinds/kind'
import { packs } from '../../src/kinds/packs'
import { commitFiles, gitIn, makeRepository, packYaml, writeFiles } from '../support/git-repository'
import { jsonLines, startMigration, type Migration } from '../support/migration'
import { contentOf } from '../support/packs'

const ONLY: readonly Kind[] = [packs, configs]

let m: Migration
let origins: string
beforeEach(async () => {
  m = await startMigration()
  origins = path.join(m.stateDir, '..', 'origins')
  fs.mkdirSync(origins)
})
afterEach(() => m.end())

type Options = Parameters<Migration['context']>[0]
const context = async (options?: Options): Promise<StageContext> => ({ ...(await m.context(options)), kinds: ONLY })
const packOn = (side: 'old' | 'new', ref: string): string => path.join(m[side].sandbox.paths.packs, ref)
const configOn = (side: 'old' | 'new', pack: string): string => path.join(m[side].sandbox.paths.configs, `${pack}.yaml`)

async function install(url: string): Promise<void> {
  const { execution_id: id } = await m.on('old').post<{ execution_id: string }>('/v1/packs/install', { packs: [url], skip_dependencies: true })
  expect(await m.on('old').waitFor(id, { timeoutMs: 60_000 })).toMatchObject({ status: 'succeeded' })
}
const register = (ref: string, types = ['all']): Promise<unknown> => m.on('old').post('/v1/packs/register', { packs: [ref], types })

const ACTION = '---\nname: run\nrunner_type: local-shell-script\nentry_point: run.sh\nenabled: true\n'
const FILES = { 'pack.yaml': packYaml('demo'), 'actions/run.yaml': ACTION, 'actions/run.sh': '#!/bin/sh\necho hi\n' }
const RULE = (enabled: boolean): string => `---\nname: tick\npack: demo\nenabled: ${enabled}\ntrigger:\n  type: core.st2.IntervalTimer\n  parameters: {unit: days, delta: 1}\ncriteria: {}\naction: {ref: demo.run}\n`
const SCHEMA = '---\nhost: {type: string, required: true}\nport: {type: integer, default: 80}\non: {type: boolean}\ntoken: {type: string, secret: true}\n'.replace('on:', '"on":')

async function way(settings: StageSettings, options?: Options) {
  const c = await context(options)
  const exported = await exportStage(c, settings)
  const planned = await planStage(c, settings)
  const published = await publishStage(c, settings)
  const applied = await applyStage(c, settings)
  const verified = await verifyStage(c, settings)
  await m.closeInstances()
  return { exported, planned, published, applied, verified, ledger: m.ledger(settings.run) }
}
const planned = (run = 'r1'): { identity?: string; details?: { deliver?: string } }[] => jsonLines(path.join(m.stateDir, 'runs', run, 'plan.jsonl')) as { identity?: string; details?: { deliver?: string } }[]
const deliveries = (): Record<string, unknown> => Object.fromEntries(planned().filter((change) => change.details).map((change) => [change.identity, change.details!.deliver]))

test('a pack from its origin, an edited one and one without git arrive file by file, in the order of their dependencies', async () => {
  const clean = makeRepository(origins, 'clean', { ...FILES, 'pack.yaml': packYaml('clean') })
  commitFiles(clean, { 'README.md': 'not installed\n' }, 'later')
  await install(`file://${clean}=${gitIn(clean, 'rev-parse', 'HEAD~1')}`)
  await install(`file://${makeRepository(origins, 'edited', { ...FILES, 'pack.yaml': packYaml('edited', 'dependencies: [homemade]\n') })}`)
  writeFiles(packOn('old', 'edited'), { 'actions/run.sh': '#!/bin/sh\necho edited\n', 'etc/new.bin': Buffer.from([0, 1, 2, 255]) })
  writeFiles(packOn('old', 'homemade'), { ...FILES, 'pack.yaml': packYaml('homemade') })
  await register('homemade')
  const { verified, ledger } = await way(m.settings())
  expect(ledger.filter((e) => e.outcome !== 'left').map((e) => [e.identity, e.outcome])).toEqual([['clean', 'carried'], ['edited', 'transformed'], ['homemade', 'transformed']])
  expect(verified.exit).toBe(0)
  expect(deliveries()).toEqual({ clean: 'origin', edited: 'serve', homemade: 'serve' })
  for (const ref of ['clean', 'edited', 'homemade']) expect(contentOf(packOn('new', ref))).toEqual(contentOf(packOn('old', ref)))
  expect((await m.on('new').get<{ ref: string }[]>('/v1/actions', { pack: 'edited' })).map((a) => a.ref)).toEqual(['edited.run'])
}, 120_000)

test('what would go live blocks an apply until it is allowed', async () => {
  await install(`file://${makeRepository(origins, 'demo', { ...FILES, 'rules/tick.yaml': RULE(true), 'rules/quiet.yaml': RULE(false).replace('tick', 'quiet') })}`)
  const c = await context()
  await exportStage(c, m.settings())
  const plan = await planStage(c, m.settings())
  expect(plan.data.blockers).toEqual([expect.objectContaining({ identity: 'rule demo.tick', unless: 'allow_active' })])
  expect(plan.summary[0]).toBe('1 to create (1 pack)')
  await expect(applyStage(c, m.settings())).rejects.toMatchObject({ exit: 5, message: 'nothing was written: 1 thing blocks it', details: ['packs: rule demo.tick goes live on the new instance as soon as its pack is installed'] })
  expect(fs.existsSync(packOn('new', 'demo'))).toBe(false)
  expect((await applyStage(c, m.settings({ allowActive: true }))).exit).toBe(0)
})

test('packs are pushed to a git template and installed from there; pushed again, nothing changes', async () => {
  writeFiles(packOn('old', 'demo'), FILES)
  await register('demo')
  gitIn(origins, 'init', '-q', '--bare', 'demo.git')
  const settings = m.settings({ gitTemplate: `file://${origins}/{pack}.git` })
  const { published, verified } = await way(settings)
  expect(published.data.packs).toEqual([expect.objectContaining({ pack: 'demo', outcome: 'pushed' })])
  expect(verified.exit).toBe(0)
  expect(gitIn(path.join(origins, 'demo.git'), 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/st2upgrade/r1\nrefs/tags/st2upgrade-r1')
  const again = await publishStage(await context(), settings)
  expect(again.data.packs).toEqual([expect.objectContaining({ outcome: 'there' })])
  const url = path.join(origins, 'demo.git')
  const pushed = [{ pack: 'demo', url, refs: ['refs/heads/st2upgrade/r1', 'refs/tags/st2upgrade-r1'], sure: true }]
  expect(again).toMatchObject({ data: { pushed }, summary: ['0 packs pushed, 1 there already', `pushed by this run: demo at ${url}: branch st2upgrade/r1, tag st2upgrade-r1`, expect.stringContaining('no undo takes a push back'), expect.anything()] })
  const undone = await undoStage(await context(), settings)
  expect(undone).toMatchObject({ exit: 0, data: { pushed } })
  expect(undone.summary).toContain(`left on the git host: demo at ${url}: branch st2upgrade/r1, tag st2upgrade-r1`)
  const [, command] = /, in any git repository: git (push .*)$/.exec(undone.summary.find((line) => line.startsWith('no undo takes'))!)!
  gitIn(url, ...command!.split(' '))
  expect(gitIn(url, 'for-each-ref')).toBe('')
})

test('a pack that is to come from the git host blocks the apply until it was pushed; the plan says so', async () => {
  writeFiles(packOn('old', 'demo'), FILES)
  await register('demo')
  gitIn(origins, 'init', '-q', '--bare', 'demo.git')
  const c = await context()
  const settings = m.settings({ gitTemplate: `file://${origins}/{pack}.git` })
  await exportStage(c, settings)
  const { summary } = await planStage(c, settings)
  expect(summary.join('\n')).toMatch(/publish will push 1 pack before they are installed: demo to .*demo\.git/)
  expect(summary[summary.length - 1]).toBe('next: st2upgrade publish --run r1')
  await expect(applyStage(c, settings)).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('not on the git host yet: demo'), advice: expect.stringContaining('publish --run r1') })
  const { summary: told } = await publishStage(c, settings)
  expect([told[0], told[told.length - 1]]).toEqual(['1 pack pushed', `next: st2upgrade apply --run r1 --target-url ${m.new.apiUrl}`])
  expect((await undoStage(c, settings)).summary).toEqual([expect.stringContaining('nothing of run r1'), expect.stringContaining('left on the git host: demo at '), expect.stringContaining('git push')])
  fs.cpSync(path.join(m.stateDir, 'runs/r1/pushed.json'), path.join(m.stateDir, 'runs/r2/pushed.json'))
  await expect(undoStage(c, { ...settings, run: 'r2' })).rejects.toMatchObject({ exit: 2, details: [expect.stringContaining('pushed by this run: demo at '), expect.stringContaining('git push')] })
  expect((await applyStage(c, settings)).exit).toBe(0)
})

test('a pack whose install fails is told with its reason, the others arrive, and a second apply goes on', async () => {
  writeFiles(packOn('old', 'demo'), FILES)
  writeFiles(packOn('old', 'picky'), { ...FILES, 'pack.yaml': packYaml('picky', 'stackstorm_version: "<3.9.0"\n') })
  await register('demo')
  await register('picky')
  const { applied, ledger } = await way(m.settings())
  expect(applied.exit).toBe(3)
  expect(ledger.find((e) => e.identity === 'picky')).toMatchObject({ outcome: 'failed', note: expect.stringContaining('requires StackStorm'), advice: expect.stringContaining('stackstorm_version') })
  expect(ledger.find((e) => e.identity === 'demo')).toMatchObject({ outcome: 'transformed' })
}, 120_000)

test('the target must reach this machine before anything is written', async () => {
  writeFiles(packOn('old', 'demo'), FILES)
  await register('demo')
  const c = await context()
  const settings = m.settings({ servePacks: true, serveAddress: '127.0.0.1' })
  await exportStage(c, settings)
  await planStage(c, settings)
  const elsewhere = { ...settings, serveAddress: 'unreachable.invalid' }
  await expect(applyStage(c, elsewhere)).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('unreachable.invalid') })
  expect(fs.existsSync(packOn('new', 'demo'))).toBe(false)
  await expect(planStage(c, { ...elsewhere, servePacks: false })).resolves.toMatchObject({ data: { blockers: [expect.objectContaining({ unless: 'serve_packs' })] } })
})

const CONFIG = '---\n# why this host\nhost: "old.example.org"   # comment\nport: 0100\n"on": yes\ntoken: "{{st2kv.system.demo_token}}"\n'

test('a config arrives with its bytes where the files can be reached', async () => {
  await install(`file://${makeRepository(origins, 'demo', { ...FILES, 'config.schema.yaml': SCHEMA })}`)
  fs.writeFileSync(configOn('old', 'demo'), CONFIG)
  await register('demo', ['configs'])
  const { verified, ledger } = await way(m.settings())
  expect(ledger.filter((e) => e.kind === 'configs').map((e) => [e.identity, e.outcome])).toEqual([['demo', 'carried']])
  expect(verified.exit).toBe(0)
  expect(fs.readFileSync(configOn('new', 'demo'), 'utf8')).toBe(CONFIG)
  expect(await m.on('new').get('/v1/configs/demo', { show_secrets: true })).toMatchObject({ values: { host: 'old.example.org', port: 64, on: true, token: '{{st2kv.system.demo_token}}' } })
})

test('through the API alone packs and configs arrive too, and the ledger says what that costs', async () => {
  writeFiles(packOn('old', 'demo'), { ...FILES, 'config.schema.yaml': SCHEMA })
  await register('demo')
  fs.writeFileSync(configOn('old', 'demo'), CONFIG)
  await register('demo', ['configs'])
  const { verified, ledger } = await way(m.settings(), { files: false })
  const of = (kind: string) => ledger.find((e) => e.kind === kind && e.identity === 'demo')
  expect(of('packs')).toMatchObject({ outcome: 'transformed', note: expect.stringContaining('read through the API') })
  expect(of('configs')).toMatchObject({ note: expect.stringContaining('through the API') })
  expect(verified.exit).toBe(0)
  expect(contentOf(packOn('new', 'demo'))).toEqual(contentOf(packOn('old', 'demo')))
  expect(await m.on('new').get('/v1/configs/demo', { show_secrets: true })).toMatchObject({ values: { port: 64, on: true } })
})

test('from a 3.4.1 too, and nothing is left to do afterwards', async () => {
  await m.end()
  m = await startMigration({ old: { version: '3.4.1' } })
  origins = path.join(m.stateDir, '..', 'origins')
  await install(`file://${makeRepository(origins, 'demo', { ...FILES, 'config.schema.yaml': SCHEMA })}`)
  writeFiles(packOn('old', 'demo'), { 'notes.txt': 'edited\n' })
  fs.writeFileSync(configOn('old', 'demo'), CONFIG)
  await register('demo', ['configs'])
  const { verified, ledger } = await way(m.settings())
  expect(ledger.filter((e) => e.outcome !== 'left').map((e) => [e.kind, e.identity, e.outcome])).toEqual([['packs', 'demo', 'transformed'], ['configs', 'demo', 'carried']])
  expect(verified.exit).toBe(0)
  const again = await planStage(await context(), m.settings({ run: 'r2', archive: (await exportStage(await context(), m.settings({ run: 'r2' }))).data.archive as string }))
  expect(again.data).toMatchObject({ counts: {}, identical: { packs: 1, configs: 1 } })
})

test('configs that cannot be written are for a person, before the first write', async () => {
  writeFiles(packOn('old', 'masked'), { ...FILES, 'pack.yaml': packYaml('masked'), 'config.schema.yaml': SCHEMA })
  writeFiles(packOn('old', 'bare'), { ...FILES, 'pack.yaml': packYaml('bare') })
  await register('masked')
  await register('bare')
  await m.on('old').put('/v1/configs/masked', { host: 'h', token: '********' })
  fs.writeFileSync(configOn('old', 'bare'), 'a: 1\n')
  await register('bare', ['configs'])
  fs.writeFileSync(configOn('old', 'nobody'), 'a: 1\n')
  const { ledger } = await way(m.settings(), { files: 'source' })
  const of = (identity: string) => ledger.find((e) => e.kind === 'configs' && e.identity === identity)
  expect(of('masked')).toMatchObject({ outcome: 'manual', note: expect.stringContaining('token') })
  expect(of('bare')).toMatchObject({ outcome: 'manual', note: expect.stringContaining('no schema') })
  expect(of('nobody')).toMatchObject({ outcome: 'left' })
  expect(await m.on('new').get('/v1/configs')).toEqual([])
})

test('a pack that could not be registered is tried again by the next apply', async () => {
  const event = (side: 'old' | 'new'): Promise<unknown> => m.on(side).post('/v1/triggertypes', { name: 'event', pack: 'default' })
  await event('old')
  writeFiles(packOn('old', 'demo'), { ...FILES, 'rules/tick.yaml': RULE(false).replace(/ {2}type: .*\n.*\n/, '  type: default.event\n') })
  await register('demo')
  const c = await context()
  await exportStage(c, m.settings())
  await planStage(c, m.settings())
  expect((await applyStage(c, m.settings())).exit).toBe(3)
  expect(m.ledger().find((e) => e.identity === 'demo')).toMatchObject({ outcome: 'failed', note: expect.stringContaining('default.event') })
  expect(fs.existsSync(packOn('new', 'demo'))).toBe(true)
  await event('new')
  expect((await applyStage(c, m.settings())).exit).toBe(0)
  expect((await verifyStage(c, m.settings())).exit).toBe(0)
})
