/** Which states an instance has to tell, how they compare, what a plan says, and how they get into overrides files. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import * as fc from 'fast-check'
import type { Archive } from '../../../../src/archive/types'
import { enabledBy, GLOBAL, parseOverrides } from '../../../../src/core/override-file'
import { filesBelow } from '../../../../src/engine/instance'
import type { Instance, InstanceFiles, Reading, Settings, Weighing, Writing } from '../../../../src/kinds/kind'
import { states, type StateItem } from '../../../../src/kinds/states'
import { keepOverride } from '../../../../src/kinds/states/kept-files'
import { placeOverrideFile, quietFile, readOverride, statesFile, type OverridePlace } from '../../../../src/kinds/states/override-place'
import { writeNeeded, writeWhole } from '../../../../src/kinds/states/pack-files'
import { overrideReach } from '../../../../src/kinds/states/reach'
import type { StackStorm } from '../../../../src/st2/port'
import { collect } from '../../../support/migration'
import { SETTINGS } from '../../../support/packs'
import { testSystem } from '../../../support/system'

let root: string
let files: InstanceFiles
let place: OverridePlace
const system = testSystem()
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-states-'))
  files = filesBelow(root)
  for (const directory of [files.overrides, files.packs]) fs.mkdirSync(directory, { recursive: true })
  place = { files, system }
})
afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

interface Row {
  id?: string
  ref?: string
  name: string
  pack?: string
  enabled?: boolean
  metadata_file?: string
}

const apiWith = (rows: Record<string, Row[]>): StackStorm =>
  ({
    list: async function* (where: string) {
      const packs = [...new Set(Object.values(rows).flat().map(({ pack }) => pack).filter(Boolean))].map((ref) => ({ ref, path: `/opt/stackstorm/packs/${ref}` }))
      yield* where === '/v1/packs' ? packs : (rows[where.replace('/v1/', '')] ?? [])
    },
    find: async () => undefined,
    get: async () => [],
  }) as unknown as StackStorm

/** A row of a pack's file, and the file. */
function shipped(where: string, pack: string, name: string, enabled: boolean, says: boolean | undefined): Row {
  const folder = where === 'sensortypes' ? 'sensors' : where === 'actionalias' ? 'aliases' : where
  const file = path.join(files.packs, pack, folder, `${name}.yaml`)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, `---\n${where === 'sensortypes' ? 'class_name' : 'name'}: ${name}\n${says === undefined ? '' : `enabled: ${says}\n`}`)
  return { id: name, ref: `${pack}.${name}`, name, pack, enabled, metadata_file: `${folder}/${name}.yaml` }
}

function reading(side: 'source' | 'target', rows: Record<string, Row[]>, wanted?: string[], version = '3.9.0'): Reading {
  const archive = wanted && ({ items: async function* () { yield* wanted.map((identity) => ({ identity })) } } as unknown as Archive)
  return { system, instance: { side, api: apiWith(rows), version, files } as Instance, settings: SETTINGS, remark: () => undefined, note: () => undefined, workDir: root, wanted: archive }
}
const listed = async (...args: Parameters<typeof reading>): Promise<Record<string, unknown[]>> =>
  Object.fromEntries((await collect(states.list(reading(...args)))).map(({ identity, enabled, shipped: says, settled }) => [identity, settled === undefined ? [enabled, says] : [enabled, says, settled]]))

test('everything that acts is told, of the rest what is not as shipped; what was made through the API, and what StackStorm ships, is not', async () => {
  const rows = {
    rules: [shipped('rules', 'demo', 'a', true, true), shipped('rules', 'demo', 'b', false, undefined), { id: 'm', ref: 'demo.made', name: 'made', pack: 'demo', enabled: true, metadata_file: '' }, { id: 'g', ref: 'demo.gone', name: 'gone', pack: 'demo', enabled: true, metadata_file: 'rules/gone.yaml' }, shipped('rules', 'st2upgrade', 'own', false, true)],
    sensortypes: [shipped('sensortypes', 'demo', 'Watch', true, false)],
    actions: [shipped('actions', 'demo', 'same', true, true), shipped('actions', 'demo', 'other', false, true), { id: 'c', ref: 'core.sendmail', name: 'sendmail', pack: 'core', enabled: false, metadata_file: 'actions/sendmail.yaml' }],
    actionalias: [shipped('actionalias', 'packs', 'pack_get', true, true), shipped('actionalias', 'packs', 'pack_off', false, true)],
    policies: [shipped('policies', 'demo', 'limit', false, true)],
    runnertypes: [{ id: 'r', name: 'noop', enabled: true }, { id: 'w', name: 'winrm-cmd', enabled: false }],
  }
  expect(await listed('source', rows)).toEqual({
    'rule:demo.a': [true, true],
    'rule:demo.b': [false, true],
    'sensor:demo.Watch': [true, false],
    'action:demo.other': [false, true],
    'action:core.sendmail': [false, undefined],
    'alias:packs.pack_off': [false, true],
    'policy:demo.limit': [false, true],
    'runner:winrm-cmd': [false, undefined],
  })
})

test('a target tells what the next registration makes of each, without what keeps it quiet', async () => {
  await placeOverrideFile(place, GLOBAL, quietFile('r1', Buffer.from('sensors: {defaults: {enabled: no}}\n'), { rules: { defaults: { enabled: false } } }))
  await placeOverrideFile(place, 'demo', Buffer.from('rules: {exceptions: {b: {enabled: no}}}\n'))
  const rows = { rules: [shipped('rules', 'demo', 'a', false, true), shipped('rules', 'demo', 'b', false, true)], sensortypes: [shipped('sensortypes', 'demo', 'Watch', false, true)], policies: [shipped('policies', 'demo', 'limit', false, true)] }
  const wanted = ['rule:demo.a', 'rule:demo.b', 'sensor:demo.Watch', 'policy:demo.limit']
  expect(await listed('target', rows, wanted)).toEqual({ 'rule:demo.a': [false, true, true], 'rule:demo.b': [false, true, false], 'sensor:demo.Watch': [false, true, false], 'policy:demo.limit': [false, true] })
  fs.writeFileSync(path.join(files.overrides, 'demo.yaml'), '')
  expect((await listed('target', rows, wanted))['rule:demo.a']).toEqual([false, true])
  expect((await listed('target', rows, wanted, '3.4.1'))['rule:demo.b']).toEqual([false, undefined])
})

const item = (more: Partial<StateItem> = {}): StateItem => ({ identity: 'rule:demo.a', sort: 'rule', pack: 'demo', name: 'a', enabled: true, shipped: true, ...more })

test('two states differ in what they are and in whether that lasts', async () => {
  const compare = async (source: StateItem, target: StateItem): Promise<string[]> => (await states.compare(source, target, {} as Weighing)).map(({ path: where, source: a, target: b }) => `${where}: ${a}, ${b}`)
  expect(await compare(item(), item({ settled: true }))).toEqual([])
  expect(await compare(item({ enabled: false }), item({ enabled: false, settled: true }))).toEqual(['enabled after the next registration: off, on'])
  expect(await compare(item(), item({ enabled: false, settled: false }))).toEqual(['enabled: on, off', 'enabled after the next registration: on, off'])
  // What stood there before a run was itself not to last: an undo that finds it so has nothing to do.
  expect(await compare(item({ enabled: false, settled: true }), item({ enabled: false, settled: true }))).toEqual([])
  expect(await compare(item({ enabled: false, settled: true }), item({ enabled: false, settled: false }))).toEqual(['enabled after the next registration: on, off'])
  expect(states.fingerprint(item())).not.toBe(states.fingerprint(item({ enabled: false })))
})

describe('a plan', () => {
  const weigh = (source: StateItem, target: StateItem | undefined, settings: Partial<Settings> = {}): unknown =>
    states.weigh!(source, target, [], { settings: { ...SETTINGS, ...settings }, target: { api: apiWith({}), version: '3.9.0' }, phase: 'plan', archive: { manifest: { kinds: {} } } } as unknown as Weighing)

  test('a state that nobody set by hand there is no conflict', async () => {
    expect(await weigh(item({ shipped: false }), item({ enabled: false, settled: false }))).toEqual({ action: 'update', note: 'on, shipped off: set by activate' })
    expect(await weigh(item(), item({ enabled: false, settled: true }))).toMatchObject({ action: 'update' })
    expect(await weigh(item({ sort: 'action', enabled: false }), item({ sort: 'action', enabled: true, settled: true }))).toMatchObject({ action: 'update' })
  })

  test('one that somebody set there is', async () => {
    const [ours, theirs] = [item({ sort: 'action' }), item({ sort: 'action', enabled: false, settled: true })]
    expect(await weigh(ours, theirs)).toEqual({ action: 'conflict' })
    expect(await weigh(ours, theirs, { onConflict: 'overwrite' })).toMatchObject({ action: 'update' })
    expect(await weigh(ours, theirs, { conflictsOf: { states: 'skip' } })).toEqual({ action: 'skip' })
  })

  test('what of pack core only an override switches is for a person where none can be written', async () => {
    const core = (enabled: boolean, sort: StateItem['sort'] = 'action') => item({ identity: `${sort}:core.sendmail`, sort, pack: 'core', name: 'sendmail', enabled })
    const reached = { settings: SETTINGS, target: { api: apiWith({}), files, version: '3.9.0' }, phase: 'plan' } as unknown as Weighing
    expect(await weigh(core(false), core(true))).toMatchObject({ action: 'manual', note: expect.stringContaining('its files cannot be reached from here'), advice: expect.stringContaining('overrides/core.yaml') })
    expect(await states.weigh!(core(false), core(true), [], reached)).toMatchObject({ action: 'update' })
    expect(await states.weigh!(core(false, 'policy'), core(true, 'policy'), [], reached)).toMatchObject({ action: 'manual' })
    expect(await weigh(core(false, 'rule'), core(true, 'rule'))).toMatchObject({ action: 'update' })
  })

  test('what the target does not have is for a person', async () => {
    expect(await weigh(item(), undefined)).toMatchObject({ action: 'manual', note: expect.stringContaining('neither part of this plan nor on the new instance') })
    expect(await weigh(item({ identity: 'runner:x', sort: 'runner', pack: undefined, name: 'x' }), undefined)).toMatchObject({ action: 'manual', note: 'the new instance has no runner x' })
  })
})

describe('in overrides files', () => {
  const content = (name: string): string | undefined => (fs.existsSync(path.join(files.overrides, `${name}.yaml`)) ? fs.readFileSync(path.join(files.overrides, `${name}.yaml`), 'utf8') : undefined)
  const effective = (one: StateItem): boolean | undefined => {
    const read = (name: string) => (content(name) === undefined ? undefined : parseOverrides(Buffer.from(content(name)!)))
    return enabledBy(read(GLOBAL), read('demo'), 'rules', one.name, one.shipped)
  }

  test('whatever stands there and whatever is to be, a whole file holds under any global one, a needed one under its own; then both go', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'on', '010')
    const overrides = fc.constantFrom(undefined, 'rules: {defaults: {enabled: no}}\n', 'rules: {defaults: {enabled: yes}, exceptions: {a: {enabled: no}}}\n', '# only actions\nactions: {defaults: {enabled: no}}\n')
    const wanted = fc.uniqueArray(fc.record({ name, enabled: fc.boolean(), shipped: fc.boolean() }), { selector: (one) => one.name })
    await fc.assert(
      fc.asyncProperty(overrides, overrides, wanted, async (all, own, wishes) => {
        const items = wishes.map((wish) => item({ identity: `rule:demo.${wish.name}`, ...wish }))
        fs.rmSync(files.overrides, { recursive: true, force: true })
        fs.mkdirSync(files.overrides)
        for (const [file, text] of [[GLOBAL, all], ['demo', own]] as const) if (text) fs.writeFileSync(path.join(files.overrides, `${file}.yaml`), text)
        await writeWhole(place, 'r1', 'demo', items)
        for (const global of [all, 'rules: {defaults: {enabled: no}}\n', 'rules: {defaults: {enabled: yes}}\n']) {
          if (global === undefined) fs.rmSync(path.join(files.overrides, '_global.yaml'), { force: true })
          else fs.writeFileSync(path.join(files.overrides, '_global.yaml'), global)
          for (const one of items) expect([one.name, effective(one)]).toEqual([one.name, one.enabled])
        }
        if (all === undefined) fs.rmSync(path.join(files.overrides, '_global.yaml'))
        else fs.writeFileSync(path.join(files.overrides, '_global.yaml'), all)
        await writeNeeded(place, 'r1', 'demo', items)
        for (const one of items) expect([one.name, effective(one)]).toEqual([one.name, one.enabled])
        const owned = (await readOverride(place, 'demo'))?.owned
        if (!owned) expect(content('demo')).toBe(own)
        else expect(owned.before?.toString()).toBe(own)
      }),
      { numRuns: 60 },
    )
  })

  test('nothing is left out while the target is kept quiet', async () => {
    await placeOverrideFile(place, GLOBAL, quietFile('r1', undefined, {}))
    await writeWhole(place, 'r1', 'demo', [item()])
    const whole = content('demo')
    await writeNeeded(place, 'r1', 'demo', [item()])
    expect(content('demo')).toBe(whole)
    fs.rmSync(path.join(files.overrides, '_global.yaml'))
    await writeNeeded(place, 'r1', 'demo', [item()])
    expect(content('demo')).toBeUndefined()
  })

  test('they can be used where files can be written and are read', async () => {
    expect(await overrideReach({ version: '3.9.0', files })).toEqual({ files })
    expect(await overrideReach({ version: '3.6.0', files })).toEqual({ why: 'StackStorm 3.6.0 does not read overrides: it does since 3.7' })
    expect(await overrideReach({ version: '3.9.0' })).toEqual({ why: 'its files cannot be reached from here' })
    expect(await overrideReach({ version: '3.9.0', files: filesBelow(path.join(root, 'nowhere/at/all')) })).toMatchObject({ files: expect.anything() })
  })
})

describe('an undo', () => {
  const writing = (): Writing => ({ system, settings: { ...SETTINGS, run: 'r1' }, target: { files, version: '3.9.0', api: { find: async () => ({ id: 'a', name: 'a', enabled: true }), put: async () => undefined } }, keepDir: path.join(root, 'kept') }) as unknown as Writing
  const restored = (): ReturnType<NonNullable<typeof states.restore>> => states.restore!(item(), item(), writing())

  test('leaves a state that a later run holds in the overrides, not one that an earlier run held there before', async () => {
    const theirs = statesFile('r2', undefined, { rules: { exceptions: { a: { enabled: true } } } })
    await placeOverrideFile(place, 'demo', theirs)
    expect(await restored()).toMatchObject({ outcome: 'left', advice: expect.stringContaining('undo --run r2') })
    await keepOverride(place, 'demo', path.join(root, 'kept'))
    expect(await restored()).toEqual({ outcome: 'carried' })
    expect((await readOverride(place, 'demo'))?.bytes).toEqual(theirs)
  })
})
