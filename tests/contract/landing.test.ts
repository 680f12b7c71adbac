/** A target lands quiet, is proved, activated and proved again: overrides and the API, own override files, reloads, pack by pack. */
import * as path from 'path'
import { activateStage, applyStage, exportStage, planStage, undoStage, verifyStage, type StageContext, type StageResult, type StageSettings } from '../../src/engine'
import { acting, actingFiles, ACTING_KINDS, overridesOn, seedActing, switches, turn, writeOverride } from '../support/acting'
import { writeFiles } from '../support/git-repository'
import { startMigration, type Migration } from '../support/migration'

jest.setTimeout(120_000)
let m: Migration
afterEach(() => m.end())

const QUIET = (more: Partial<StageSettings> = {}): StageSettings => m.settings({ landing: 'quiet', servePacks: true, ...more })
type Options = Parameters<Migration['context']>[0]
const context = async (options?: Options): Promise<StageContext> => ({ ...(await m.context(options)), kinds: ACTING_KINDS })

/** Export, plan and apply. */
async function moved(settings: StageSettings, options?: Options): Promise<{ context: StageContext; planned: StageResult; applied: StageResult }> {
  const c = await context({ ...options, run: settings.run })
  await exportStage(c, settings)
  const planned = await planStage(c, settings)
  return { context: c, planned, applied: await applyStage(c, settings) }
}

const reload = (side: 'old' | 'new', packs = ['demo']): Promise<unknown> => m.on(side).post('/v1/packs/register', { packs, types: ['all'] })

describe('two sandboxes', () => {
  beforeEach(async () => {
    m = await startMigration()
    await seedActing(m)
  })

  test('nothing acts until it is activated; then everything is as on the source, and stays so when packs are registered again', async () => {
    const source = await switches(m, 'old')
    const { context: c, planned, applied } = await moved(QUIET())
    expect(planned.summary.join('\n')).toContain('the target lands quiet: 2 rules, 1 sensor and 1 alias of the packs stay switched off until activate')
    expect(planned.summary.join('\n')).toContain('policies act at once, nothing keeps them quiet: demo.demo_limit')
    expect(applied.exit).toBe(0)
    expect(acting(await switches(m, 'new'))).toEqual([])
    expect(Object.keys(overridesOn(m, 'new'))).toEqual(['_global.yaml'])

    const quiet = await verifyStage(c, QUIET())
    expect([quiet.exit, quiet.data.phase, quiet.data.differences]).toEqual([0, 'quiet', 0])
    expect(quiet.data.pending).toEqual({ aliases: 1, rules: 1, states: 8 })
    expect(quiet.summary[quiet.summary.length - 1]).toBe('next: st2upgrade activate --run r1')
    const line = m.ledger().find((e) => e.identity === 'rule:demo.started')
    expect(line).toMatchObject({ outcome: 'carried', note: 'staged: activate puts it in place (on, shipped off: set by activate)' })

    const shown = await activateStage(c, QUIET({ dryRun: true }))
    expect(shown.summary.slice(0, 2)).toEqual([`activate on ${m.new.apiUrl} (dry run: nothing was written)`, 'would give back the _global.yaml that keeps it quiet'])
    expect(shown.data.would).toContain('states rule:demo.started (on)')
    expect(acting(await switches(m, 'new'))).toEqual([])

    const active = await activateStage(c, QUIET())
    expect([active.exit, active.summary[0], active.data.open]).toEqual([0, `everything on ${m.new.apiUrl} is switched as it was on the source`, []])
    expect(await switches(m, 'new')).toEqual(source)
    expect(Object.keys(overridesOn(m, 'new'))).toEqual(['demo.yaml'])
    expect(overridesOn(m, 'new')['demo.yaml']).not.toContain('Watch')
    const proof = await verifyStage(c, QUIET())
    expect([proof.exit, proof.data.phase, proof.data.pending]).toEqual([0, 'active', {}])

    const idle = await activateStage(c, QUIET({ dryRun: true }))
    expect(idle.summary).toEqual([`there is nothing to activate on ${m.new.apiUrl}`, 'next: st2upgrade verify --run r1'])
    const before = { switches: await switches(m, 'new'), files: overridesOn(m, 'new') }
    const again = await activateStage(c, QUIET())
    expect([again.exit, again.data.writes]).toEqual([0, 0])
    expect({ switches: await switches(m, 'new'), files: overridesOn(m, 'new') }).toEqual(before)

    await reload('new')
    // No override holds for a policy or a runner: StackStorm forgets these.
    expect(await switches(m, 'new')).toEqual({ ...without(source, 'runnertypes winrm-cmd'), 'policies demo.demo_limit': true })
    const forgotten = await verifyStage(c, QUIET())
    expect(forgotten.exit).toBe(4)
    expect((await activateStage(c, QUIET())).data.writes).toBe(2)
    expect(await switches(m, 'new')).toEqual(source)

    // Registering a pack's actions registers the runners too: theirs is the last word, and it leaves those alone that are right already.
    for (const runner of [false, true]) {
      await turn(m, 'new', 'sensortypes', 'demo.Watch', false)
      await turn(m, 'new', 'runnertypes', 'winrm-cmd', runner)
      expect((await activateStage(c, QUIET())).data).toMatchObject({ writes: runner ? 2 : 1, open: [] })
      expect(await switches(m, 'new')).toEqual(source)
    }
  })

  test("the target's own global file counts while it is quiet, and comes back byte for byte; the source's files arrive with the states", async () => {
    const own = '# mine, do not touch\r\nactions: {defaults: {enabled: yes}}'
    writeOverride(m, 'new', '_global', own)
    const theirs = '---\n# ours\nactions:\n  exceptions:\n    run: {enabled: false}\n'
    writeOverride(m, 'old', 'demo', theirs)
    await reload('old')
    await turn(m, 'old', 'rules', 'demo.stopped', false)
    const source = await switches(m, 'old')
    const { context: c } = await moved(QUIET())
    expect(overridesOn(m, 'new')['_global.yaml']).toContain('rules:\n  defaults:\n    enabled: false')
    expect(overridesOn(m, 'new')['_global.yaml']).toContain('actions:\n  defaults:\n    enabled: true')
    expect(acting(await switches(m, 'new'))).toEqual([])
    expect((await activateStage(c, QUIET())).exit).toBe(0)
    expect(await switches(m, 'new')).toEqual(source)
    const files = overridesOn(m, 'new')
    expect(files['_global.yaml']).toBe(own)
    expect(files['demo.yaml']).toContain('stopped:\n      enabled: false')
    expect(files['demo.yaml']).toContain('run:\n      enabled: false')
    expect(files['demo.yaml']).toContain('#| # ours')
    expect((await verifyStage(c, QUIET())).exit).toBe(0)
  })

  test("a source's file that needs no states beside it stays as it is", async () => {
    const theirs = '---\nactions: {exceptions: {spare: {enabled: no}}}   # why\nrules: {exceptions: {stopped: {enabled: no}, started: {enabled: yes}}}\n'
    writeOverride(m, 'old', 'demo', theirs)
    await reload('old')
    const { context: c } = await moved(QUIET())
    expect((await activateStage(c, QUIET())).exit).toBe(0)
    expect(overridesOn(m, 'new')).toEqual({ 'demo.yaml': theirs })
    expect(await switches(m, 'new')).toEqual(await switches(m, 'old'))
  })

  test('what would act at once in spite of it blocks the apply: an own file of the target, a broken one, no access to its files', async () => {
    writeOverride(m, 'new', 'demo', 'rules: {defaults: {enabled: yes}}\n')
    const c = await context()
    await exportStage(c, QUIET())
    const planned = await planStage(c, QUIET())
    expect((planned.data.blockers as { identity: string }[]).map((b) => b.identity)).toEqual(['rule demo.live', 'rule demo.stopped'])
    await expect(applyStage(c, QUIET())).rejects.toMatchObject({ exit: 5 })
    writeOverride(m, 'new', 'demo', '')
    expect((await planStage(c, QUIET())).data.blockers).toEqual([expect.objectContaining({ identity: 'demo.yaml', what: expect.stringContaining('it is empty') })])
    writeOverride(m, 'new', '_global', '- a\n')
    expect((await planStage(c, QUIET())).data.blockers).toEqual([expect.objectContaining({ identity: '_global.yaml' })])
    const far = await context({ files: 'source' })
    const blind = await planStage(far, QUIET())
    expect(blind.summary.join('\n')).toContain('apply will stop: overrides cannot keep the target quiet while packs land: its files cannot be reached from here (unless quiet=api)')
    await expect(applyStage(far, QUIET())).rejects.toMatchObject({ exit: 5, details: [expect.stringContaining('cannot be reached')] })
    expect(await switches(m, 'new')).toEqual({})
  })

  test('through the API alone: switched off as it comes, told how long it was live, and activated with a word about reloads', async () => {
    const source = await switches(m, 'old')
    const api = (more: Partial<StageSettings> = {}): StageSettings => QUIET({ landing: 'api', ...more })
    const { context: c, applied } = await moved(api(), { files: 'source' })
    expect(applied.exit).toBe(0)
    expect(acting(await switches(m, 'new'))).toEqual([])
    expect(overridesOn(m, 'new')).toEqual({})
    const note = m.ledger().find((e) => e.kind === 'packs' && e.identity === 'demo')!.note!
    for (const what of ['rule demo.live', 'rule demo.stopped', 'sensor demo.Watch', 'alias demo.demo_say']) expect(note).toMatch(new RegExp(`${what} \\(live for \\d+\\.\\d s at most\\)`))
    expect(await verifyStage(c, api())).toMatchObject({ exit: 0, data: { phase: 'quiet' } })
    expect((await activateStage(c, api())).exit).toBe(0)
    expect(await switches(m, 'new')).toEqual(source)
    expect(m.ledger().find((e) => e.identity === 'rule:demo.started')!.note).toBe('on, set through the API: the next registration of it forgets that (its files cannot be reached from here)')
    expect(await verifyStage(c, api())).toMatchObject({ exit: 0, data: { phase: 'active' } })
  })

  test('a second run carries what changed since, and gives back what the first one found', async () => {
    writeOverride(m, 'new', '_global', 'actions: {defaults: {enabled: yes}}\n')
    await moved(QUIET())
    await m.on('old').putKey({ name: 'late', scope: 'system', value: 'x' })
    await turn(m, 'old', 'rules', 'demo.live', false)
    const source = await switches(m, 'old')
    const { context: c, planned, applied } = await moved(QUIET({ run: 'r2' }))
    expect(planned.data.conflicts).toBe(0)
    expect(applied.data.writes).toBe(1)
    expect(acting(await switches(m, 'new'))).toEqual([])
    expect((await activateStage(c, QUIET({ run: 'r2' }))).exit).toBe(0)
    expect(await switches(m, 'new')).toEqual(source)
    expect(overridesOn(m, 'new')['_global.yaml']).toBe('actions: {defaults: {enabled: yes}}\n')
    expect((await verifyStage(c, QUIET({ run: 'r2' }))).exit).toBe(0)
  })

  test('two runs are taken back one by one, the second first; the other way round, what the second has changed since is left and listed', async () => {
    writeOverride(m, 'new', '_global', 'actions: {defaults: {enabled: yes}}\n')
    writeOverride(m, 'old', 'demo', '---\n# one\nactions: {exceptions: {spare: {enabled: no}}}\n')
    await reload('old')
    const look = async (): Promise<unknown> => ({ switches: await switches(m, 'new'), files: overridesOn(m, 'new') })
    const states: unknown[] = [await look()]
    const both = (run: string): StageSettings => QUIET({ run, onConflict: 'overwrite' })
    for (const [run, text] of [['r1', 'one'], ['r2', 'two']] as const) {
      writeOverride(m, 'old', 'demo', `---\n# ${text}\nactions: {exceptions: {spare: {enabled: no}}}\n`)
      await moved(both(run))
      expect((await activateStage(await context({ run }), both(run))).exit).toBe(0)
      expect(overridesOn(m, 'new')['demo.yaml']).toContain(`# ${text}`)
      states.push(await look())
    }
    const early = await undoStage(await context({ run: 'r1' }), { ...both('r1'), dryRun: true })
    expect(early.data.for_person).toContainEqual(expect.objectContaining({ kind: 'overrides', identity: 'demo', state: 'left', note: 'it was changed since: file' }))
    const last = await undoStage(await context({ run: 'r2' }), both('r2'))
    expect([last.exit, last.data.for_person]).toEqual([0, []])
    expect(await look()).toEqual(states[1])
    expect((await undoStage(await context({ run: 'r1' }), both('r1'))).exit).toBe(0)
    expect(await look()).toEqual(states[0])
  })

  test("what acted on the target before acts again, although its packs were registered while it was quiet", async () => {
    writeFiles(path.join(m.new.sandbox.paths.packs, 'mine'), actingFiles('mine'))
    await reload('new', ['mine'])
    await turn(m, 'new', 'rules', 'mine.stopped', false)
    const before = await switches(m, 'new', ['mine'])
    const { context: c } = await moved(QUIET())
    expect(await switches(m, 'new', ['mine'])).toEqual(before)
    await reload('new', ['mine'])
    expect(acting(await switches(m, 'new', ['mine']))).toEqual([])
    expect((await activateStage(c, QUIET())).exit).toBe(0)
    expect({ ...(await switches(m, 'new', ['mine'])), 'runnertypes winrm-cmd': undefined }).toEqual({ ...before, 'runnertypes winrm-cmd': undefined })
  })

  test("rules of the target that writing keys would set off are off from then on until activate, or undo; those of the source are the source's matter", async () => {
    const watch = async (side: 'old' | 'new', name: string): Promise<unknown> => m.on(side).post('/v1/rules', { pack: 'default', name, enabled: true, trigger: { type: 'core.st2.key_value_pair.create' }, criteria: {}, action: { ref: 'core.noop' } })
    await watch('new', 'theirs')
    for (const side of ['old', 'new'] as const) await watch(side, 'both')
    const on = async (): Promise<string[]> => acting(await switches(m, 'new', ['default']))
    const before = await on()
    await m.on('old').putKey({ name: 'a', scope: 'system', value: 'x' })
    const { context: c, planned, applied } = await moved(QUIET())
    expect(planned.summary).toContain('rules of the target that writing keys would set off are switched off until activate or undo: default.theirs')
    expect(planned.summary).toContain('rules of the target that writing keys sets off, and that stay on: default.both (switch them off yourself until it is done: st2 rule disable REF)')
    expect(applied.exit).toBe(0)
    expect(await on()).toEqual(['rules default.both'])
    expect((await undoStage(await context(), QUIET({ dryRun: true }))).data.steps).toContain('rule default.theirs, switched off while keys were written')
    expect((await undoStage(c, QUIET())).exit).toBe(0)
    expect(await on()).toEqual(before)
    expect((await applyStage(await context(), QUIET())).exit).toBe(0)
    expect(await on()).not.toContain('rules default.theirs')
    expect((await activateStage(await context(), QUIET({ dryRun: true }))).summary).toContain('would switch on again what was off while keys were written: default.theirs')
    // Nothing is left to carry: a later run wakes what this one holds.
    await moved(QUIET({ run: 'r2' }))
    expect((await activateStage(await context({ run: 'r2' }), QUIET({ run: 'r2' }))).exit).toBe(0)
    expect(await on()).toEqual(expect.arrayContaining(before))
  })

  test('an apply that is not finished is not activated', async () => {
    const c = await context()
    await exportStage(c, QUIET())
    await planStage(c, QUIET())
    await expect(activateStage(c, QUIET())).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('not finished') })
  })
})

test('pack by pack: the others stay quiet until the last one', async () => {
  m = await startMigration()
  await seedActing(m, ['one', 'two'])
  const all = ['one', 'two', 'default']
  const source = await switches(m, 'old', all)
  const { context: c } = await moved(QUIET())
  await expect(activateStage(c, QUIET({ packs: ['tow'] }))).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('tow') })
  const first = await activateStage(c, QUIET({ packs: ['one'] }))
  expect([first.exit, first.data.whole]).toEqual([0, false])
  const now = await switches(m, 'new', all)
  expect(acting(now)).toEqual(acting(source).filter((name) => name.includes(' one.')))
  expect(Object.keys(overridesOn(m, 'new'))).toEqual(['_global.yaml', 'one.yaml'])
  await reload('new', ['one', 'two'])
  expect(acting(await switches(m, 'new', all))).toEqual(acting(now))
  expect(await verifyStage(c, QUIET())).toMatchObject({ exit: 0, data: { phase: 'quiet' } })
  const last = await activateStage(c, QUIET({ packs: ['two', 'default'] }))
  expect([last.exit, last.data.whole]).toEqual([0, true])
  expect(await switches(m, 'new', all)).toEqual(source)
  expect(Object.keys(overridesOn(m, 'new'))).toEqual(['one.yaml', 'two.yaml'])
  expect(await verifyStage(c, QUIET())).toMatchObject({ exit: 0, data: { phase: 'active' } })
})

test('a target before 3.7 reads no overrides: the API keeps it quiet', async () => {
  m = await startMigration({ new: { version: '3.4.1' } })
  await seedActing(m)
  const older = (more: Partial<StageSettings> = {}): StageSettings => QUIET({ allowOlder: true, ...more })
  const c = await context()
  await exportStage(c, older())
  const planned = await planStage(c, older())
  expect((planned.data.blockers as { what: string }[])[0]!.what).toContain('StackStorm 3.4.1 does not read overrides: it does since 3.7')
  await expect(applyStage(c, older())).rejects.toMatchObject({ exit: 5 })
  const api = older({ landing: 'api' })
  await planStage(c, api)
  expect((await applyStage(c, api)).exit).toBe(0)
  expect(acting(await switches(m, 'new'))).toEqual([])
  expect((await activateStage(c, api)).exit).toBe(0)
  expect(await switches(m, 'new')).toEqual(await switches(m, 'old'))
  expect(overridesOn(m, 'new')).toEqual({})
})

const without = <T>(all: Record<string, T>, name: string): Record<string, T> => Object.fromEntries(Object.entries(all).filter(([key]) => key !== name))
