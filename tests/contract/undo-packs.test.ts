/** Undo of packs and configurations: what else an install and an uninstall touch, and what cannot be kept or taken back. */
import * as fs from 'fs'
import * as path from 'path'
import { applyStage, exportStage, planStage, undoStage, verifyStage, type StageResult, type StageSettings } from '../../src/engine'
import { configs } from '../../src/kinds/configs'
import { packs } from '../../src/kinds/packs'
import { Interrupted } from '../../src/system/stop'
import { packYaml, writeFiles } from '../support/git-repository'
import { startMigration, type Migration } from '../support/migration'
import { changesBetween, snapshotOf, type Snapshot } from '../support/snapshot'

jest.setTimeout(120_000)
let m: Migration
beforeEach(async () => {
  m = await startMigration()
})
afterEach(() => m.end())

type Options = Parameters<Migration['context']>[0]
async function run(stage: typeof undoStage, settings: StageSettings, options?: Options): Promise<StageResult> {
  try {
    return await stage({ ...(await m.context(options)), kinds: [packs, configs] }, settings)
  } finally {
    await m.closeInstances()
  }
}
async function target(): Promise<Snapshot> {
  const found = await snapshotOf((await m.context({ run: 'look', source: false })).target!)
  await m.closeInstances()
  return found
}
const settings = (more: Partial<StageSettings> = {}) => m.settings({ allowActive: true, onConflict: 'overwrite', ...more })
async function applied(options?: Options): Promise<Snapshot> {
  const before = await target()
  await run(exportStage, settings())
  await run(planStage, settings(), options)
  expect(await run(applyStage, settings(), options)).toMatchObject({ exit: 0 })
  return before
}
const backAs = async (before: Snapshot): Promise<void> => expect(changesBetween(before, await target())).toEqual([])

const at = (side: 'old' | 'new', ...parts: string[]): string => path.join(m[side].sandbox.paths.packs, ...parts)
const configOn = (side: 'old' | 'new', pack: string): string => path.join(m[side].sandbox.paths.configs, `${pack}.yaml`)
const register = (side: 'old' | 'new', ref: string, types = ['all']): Promise<unknown> => m.on(side).post('/v1/packs/register', { packs: [ref], types })
const ACTION = (name: string): string => `---\nname: ${name}\nrunner_type: local-shell-cmd\nenabled: true\n`
const RULE = (pack: string, name: string, enabled = true): string => `---\nname: ${name}\npack: ${pack}\nenabled: ${enabled}\ntrigger: {type: core.st2.webhook, parameters: {url: ${name}}}\ncriteria: {}\naction: {ref: core.noop}\n`
const POLICY = (pack: string, resource: string): string => `---\nname: limit\npack: ${pack}\nenabled: true\nresource_ref: ${resource}\npolicy_type: action.concurrency\nparameters: {action: delay, threshold: 3}\n`
const SENSOR = '---\nclass_name: Watcher\nentry_point: watcher.py\nenabled: true\ntrigger_types:\n  - name: seen\n    description: something was seen\n'
const SCHEMA = '---\nhost: {type: string}\ntoken: {type: string, secret: true}\n'

async function pack(side: 'old' | 'new', ref: string, files: Record<string, string>): Promise<void> {
  writeFiles(at(side, ref), { 'pack.yaml': packYaml(ref), ...files })
  await register(side, ref)
}
const madeRule = (packOf: string, name: string): Promise<unknown> =>
  m.on('new').post('/v1/rules', { pack: packOf, name, enabled: true, trigger: { type: 'core.st2.webhook', parameters: { url: name } }, criteria: {}, action: { ref: 'core.noop', parameters: {} } })

test('what was made under the name of a pack survives its removal: before the apply, and since', async () => {
  await pack('old', 'demo', { 'actions/run.yaml': ACTION('run'), 'rules/tick.yaml': RULE('demo', 'tick') })
  await madeRule('demo', 'early')
  const before = await applied()
  await madeRule('demo', 'late')
  const undone = await run(undoStage, settings())
  expect(undone).toMatchObject({ exit: 0, data: { remarks: ['packs demo: made again after it was uninstalled, under new ids: rule demo.early, rule demo.late'] } })
  expect(changesBetween(before, await target()).map((change) => change.split(':')[0])).toEqual(expect.arrayContaining(['row rules demo.late', 'rules demo.late']))
  expect(changesBetween(before, await target()).filter((change) => !change.includes('demo.late'))).toEqual([])
})

test('a pack that somebody changed since stays with its configuration, and with the pack that it depends on', async () => {
  await pack('old', 'base', { 'actions/run.yaml': ACTION('run') })
  await pack('old', 'demo', { 'pack.yaml': `${packYaml('demo')}dependencies: [base]\n`, 'config.schema.yaml': SCHEMA })
  fs.writeFileSync(configOn('old', 'demo'), '# ours\nhost: ours\n')
  await register('old', 'demo', ['configs'])
  await applied()
  fs.writeFileSync(at('new', 'demo', 'added.txt'), 'mine\n')
  const now = await target()
  const noted = (note: string) => expect.objectContaining({ state: 'left', note: expect.stringContaining(note) })
  const left = [noted('it was changed since'), noted('it is needed by packs demo, which is left'), noted('it is needed by packs demo, which is left')]
  expect(await run(undoStage, settings({ dryRun: true }))).toMatchObject({ data: { left: 3, for_person: left } })
  expect(await run(undoStage, settings())).toMatchObject({ exit: 3, data: { left: 3 } })
  expect(changesBetween(now, await target())).toEqual([])
})

test("another pack's policy of the same bare name, which the registration took, comes back", async () => {
  await pack('new', 'theirs', { 'actions/run.yaml': ACTION('run'), 'policies/limit.yaml': POLICY('theirs', 'theirs.run') })
  await pack('old', 'demo', { 'actions/run.yaml': ACTION('run'), 'policies/limit.yaml': POLICY('demo', 'demo.run') })
  const before = await applied()
  expect(changesBetween(before, await target())).toContainEqual(expect.stringMatching(/^row policies theirs.limit: .* -> absent$/))
  expect(await run(undoStage, settings())).toMatchObject({ exit: 0 })
  await backAs(before)
})

test('a directory that lay there unregistered comes back', async () => {
  writeFiles(at('new', 'demo'), { 'pack.yaml': packYaml('demo'), 'draft.txt': 'mine\n' })
  await pack('old', 'demo', { 'actions/run.yaml': ACTION('run') })
  const before = await applied()
  expect(fs.existsSync(at('new', 'demo', 'draft.txt'))).toBe(false)
  expect(await run(undoStage, settings())).toMatchObject({ exit: 0 })
  await backAs(before)
})

test('a replaced pack comes back with modes, links, states and edits; what the other version brought goes, sensors too', async () => {
  await pack('new', 'demo', { 'actions/old.yaml': ACTION('old'), 'rules/own.yaml': RULE('demo', 'own'), 'rules/tick.yaml': RULE('demo', 'tick'), 'private/notes': 'mine\n', 'config.schema.yaml': SCHEMA })
  fs.chmodSync(at('new', 'demo', 'private/notes'), 0o600)
  fs.symlinkSync('notes', at('new', 'demo', 'private/link'))
  fs.writeFileSync(configOn('new', 'demo'), '# mine\nhost: there\n', { mode: 0o640 })
  await register('new', 'demo', ['configs'])
  const own = await m.on('new').get<{ id: string }>('/v1/rules/demo.own')
  await m.on('new').put(`/v1/rules/${own.id}`, { ...own, enabled: false, description: 'edited over there' })
  await pack('old', 'demo', { 'actions/run.yaml': ACTION('run'), 'rules/tick.yaml': RULE('demo', 'tick', false), 'sensors/watcher.yaml': SENSOR, 'sensors/watcher.py': '', 'config.schema.yaml': '---\nport: {type: integer}\n' })
  fs.writeFileSync(configOn('old', 'demo'), 'port: 1\n')
  await register('old', 'demo', ['configs'])
  const before = await applied()
  const undone = await run(undoStage, settings())
  expect(undone).toMatchObject({ exit: 0, data: { counts: { packs: { restored: 1 }, configs: { restored: 1 } } } })
  await backAs(before)
})

test.each([[true], [false]])('an install that failed half-way is taken back, over another version: %p', async (there) => {
  if (there) await pack('new', 'demo', { 'actions/old.yaml': ACTION('old'), 'config.schema.yaml': SCHEMA })
  // The new version's schema refuses it, so that registering fails.
  fs.writeFileSync(configOn('new', 'demo'), 'host: there\n')
  if (there) await register('new', 'demo', ['configs'])
  await pack('old', 'demo', { 'actions/run.yaml': ACTION('run'), 'config.schema.yaml': '---\nport: {type: integer, required: true}\n' })
  const before = await target()
  await run(exportStage, settings())
  await run(planStage, settings())
  expect(await run(applyStage, settings())).toMatchObject({ exit: 3, data: { for_person: [{ kind: 'packs', outcome: 'failed' }] } })
  expect(changesBetween(before, await target())).not.toEqual([])
  expect(await run(undoStage, settings())).toMatchObject({ exit: 0 })
  await backAs(before)
})

test('a configuration whose file was edited and never registered comes back as both', async () => {
  for (const side of ['old', 'new'] as const) await pack(side, 'demo', { 'config.schema.yaml': SCHEMA })
  fs.writeFileSync(configOn('new', 'demo'), 'host: registered\n')
  await register('new', 'demo', ['configs'])
  fs.writeFileSync(configOn('new', 'demo'), '# edited\nhost: not yet\n')
  fs.writeFileSync(configOn('old', 'demo'), 'host: ours\n')
  await register('old', 'demo', ['configs'])
  const before = await applied()
  expect(await run(undoStage, settings())).toMatchObject({ exit: 0, data: { counts: { configs: { restored: 1 } } } })
  await backAs(before)
})

describe('what lies on the disk and was never registered', () => {
  const counts = async (onConflict: StageSettings['onConflict']): Promise<unknown> => (await run(planStage, settings({ onConflict }))).data.counts
  const refused = async (detail: string): Promise<void> => expect(run(applyStage, settings({ onConflict: 'fail' }))).rejects.toMatchObject({ exit: 5, details: [expect.stringContaining(detail)] })

  test('a file of a configuration is a conflict like any other; an undo gives it back', async () => {
    for (const side of ['old', 'new'] as const) await pack(side, 'demo', { 'config.schema.yaml': SCHEMA })
    fs.writeFileSync(configOn('old', 'demo'), '# ours\nhost: ours\n')
    await register('old', 'demo', ['configs'])
    fs.writeFileSync(configOn('new', 'demo'), '# draft\nhost: theirs\n', { mode: 0o600 })
    const before = await target()
    await run(exportStage, settings())
    expect(await counts('fail')).toMatchObject({ configs: { conflict: 1 } })
    await refused('configs demo: another file lies there, which was never registered')
    expect(await counts('skip')).toMatchObject({ configs: { skip: 1 } })
    expect(await counts('overwrite')).toMatchObject({ configs: { update: 1 } })
    expect(await run(applyStage, settings())).toMatchObject({ exit: 0 })
    expect(fs.readFileSync(configOn('new', 'demo'), 'utf8')).toBe('# ours\nhost: ours\n')
    expect(await run(undoStage, settings())).toMatchObject({ exit: 0, data: { counts: { configs: { removed: 1 } } } })
    // Byte for byte, with its mode; of its record what StackStorm does not let go.
    expect(changesBetween(before, await target()).map((change) => change.split(': ')[0])).toEqual(['configs demo', 'row configs demo'])
  })

  test('the very file, and the very pack, only have to be registered', async () => {
    const files = { 'actions/run.yaml': ACTION('run'), 'config.schema.yaml': SCHEMA }
    await pack('old', 'demo', files)
    writeFiles(at('new', 'demo'), { 'pack.yaml': packYaml('demo'), ...files })
    for (const side of ['old', 'new'] as const) fs.writeFileSync(configOn(side, 'demo'), '# ours\nhost: ours\n', { mode: 0o600 })
    await register('old', 'demo', ['configs'])
    const before = await target()
    await run(exportStage, settings())
    expect(await counts('fail')).toEqual({ packs: { create: 1 }, configs: { create: 1 } })
    expect(await run(applyStage, settings({ onConflict: 'fail' }))).toMatchObject({ exit: 0 })
    expect((await m.on('new').get<{ values: unknown }>('/v1/configs/demo')).values).toEqual({ host: 'ours' })
    expect(await run(verifyStage, settings())).toMatchObject({ exit: 0 })
    expect(await run(undoStage, settings())).toMatchObject({ exit: 0 })
    await backAs(before)
  })

  test("another pack's directory, and the configuration that waits for it, are conflicts", async () => {
    writeFiles(at('new', 'demo'), { 'pack.yaml': packYaml('demo'), 'draft.txt': 'mine\n' })
    fs.writeFileSync(configOn('new', 'demo'), 'host: theirs\n')
    await pack('old', 'demo', { 'actions/run.yaml': ACTION('run'), 'config.schema.yaml': SCHEMA })
    fs.writeFileSync(configOn('old', 'demo'), 'host: ours\n')
    await register('old', 'demo', ['configs'])
    await run(exportStage, settings())
    expect(await counts('fail')).toEqual({ packs: { conflict: 1 }, configs: { conflict: 1 } })
    expect(await counts('skip')).toEqual({ packs: { skip: 1 }, configs: { manual: 1 } })
    const before = await target()
    await counts('overwrite')
    // Stopped between the two: the install of the pack has registered what lies there of the configuration.
    const write = packs.write.bind(packs)
    const stopped = jest.spyOn(packs, 'write').mockImplementation(async (...args) => {
      await write(...args)
      throw new Interrupted('TERM')
    })
    await expect(run(applyStage, settings())).rejects.toThrow('TERM')
    expect((await m.on('new').get<{ values: unknown }>('/v1/configs/demo')).values).toEqual({ host: 'theirs' })
    stopped.mockRestore()
    expect(await run(applyStage, settings())).toMatchObject({ exit: 0 })
    expect((await m.on('new').get<{ values: unknown }>('/v1/configs/demo')).values).toEqual({ host: 'ours' })
    expect(await run(undoStage, settings())).toMatchObject({ exit: 0 })
    await backAs(before)
  })
})

test.each([
  ['is emptied', SCHEMA, 0, 'its record cannot be deleted and stays, empty'],
  ['keeps its values where the schema refuses none', '---\nhost: {type: string, required: true}\n', 3, 'its values stay'],
])('a new configuration of a pack that stays %s', async (_what, schema, exit, told) => {
  for (const side of ['old', 'new'] as const) await pack(side, 'demo', { 'config.schema.yaml': schema })
  fs.writeFileSync(configOn('old', 'demo'), 'host: ours\n')
  await register('old', 'demo', ['configs'])
  const before = await applied()
  const undone = await run(undoStage, settings())
  expect(undone.exit).toBe(exit)
  expect(JSON.stringify(undone.data)).toContain(told)
  expect(changesBetween(before, await target()).map((change) => change.split(': ')[0])).toEqual(['configs demo', 'row configs demo'])
})

describe('where the files of the target cannot be reached', () => {
  const API = { files: 'source' } as const

  test('replacing a pack is a conflict, whatever on_conflict says: nothing is written', async () => {
    await pack('old', 'demo', { 'actions/run.yaml': ACTION('run') })
    await pack('new', 'demo', { 'actions/old.yaml': ACTION('old') })
    await run(exportStage, settings())
    expect(await run(planStage, settings(), API)).toMatchObject({ data: { conflicts: 1 } })
    await expect(run(applyStage, settings(), API)).rejects.toMatchObject({ exit: 5, details: [expect.stringContaining('packs demo: its directory there cannot be reached from here')] })
    expect(fs.existsSync(at('new', 'demo', 'actions/old.yaml'))).toBe(true)
  })

  test('created packs go, and of their configurations an empty file stays, which is told', async () => {
    await pack('old', 'demo', { 'actions/run.yaml': ACTION('run'), 'config.schema.yaml': SCHEMA })
    fs.writeFileSync(configOn('old', 'demo'), 'token: hush\n')
    await register('old', 'demo', ['configs'])
    const before = await applied(API)
    const undone = await run(undoStage, settings(), API)
    expect(undone).toMatchObject({ exit: 3, data: { for_person: [{ kind: 'configs', identity: 'demo', state: 'left', advice: expect.stringContaining('delete /opt/stackstorm/configs/demo.yaml') }] } })
    expect(fs.readFileSync(configOn('new', 'demo'), 'utf8')).not.toContain('hush')
    expect(changesBetween(before, await target()).map((change) => change.split(': ')[0])).toEqual(['file configs/demo.yaml'])
  })

  test('the values of a configuration come back, its comments do not, which is told', async () => {
    for (const side of ['old', 'new'] as const) await pack(side, 'demo', { 'config.schema.yaml': SCHEMA })
    fs.writeFileSync(configOn('new', 'demo'), '# mine\nhost: there\n')
    await register('new', 'demo', ['configs'])
    fs.writeFileSync(configOn('old', 'demo'), 'host: ours\n')
    await register('old', 'demo', ['configs'])
    const before = await applied(API)
    expect(await run(undoStage, settings(), API)).toMatchObject({ exit: 0, data: { remarks: [expect.stringContaining('comments and layout was lost')] } })
    expect(changesBetween(before, await target()).map((change) => change.split(': ')[0])).toEqual(['configs demo', 'file configs/demo.yaml'])
  })
})
