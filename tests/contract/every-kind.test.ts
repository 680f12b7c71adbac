/**
 * What must hold for every kind of the registry, over one estate: the round trip loses nothing, a second apply writes
 * nothing, exports are deterministic, and verify finds what was changed afterwards.
 */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { openArchive } from '../../src/archive/read'
import { activateStage, applyStage, exportStage, planStage, verifyStage } from '../../src/engine'
import { KINDS } from '../../src/kinds'
import { KEPT } from '../../src/kinds/kept'
import { accountOf } from '../../src/report/demo/account'
import { declaredFor, seedEstate, type Estate } from '../../src/sandbox/estate'
import { FIXTURES } from '../fixtures/kinds'
import { startMigration, type Migration } from '../support/migration'

jest.setTimeout(180_000)
let m: Migration
let estate: Estate
let workDir: string

beforeAll(async () => {
  workDir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-every-kind-'))
  m = await startMigration({ old: { ttlSweepMs: 3_600_000 } })
  estate = await seedEstate({ apiUrl: m.old.apiUrl, authUrl: m.old.authUrl, root: m.old.sandbox.paths.root }, { size: 'small', workDir })
})
afterAll(async () => {
  await estate.close()
  await m.end()
  fs.rmSync(workDir, { recursive: true, force: true })
})

const settings = (run: string) => m.settings({ run, allowActive: true, servePacks: true, users: ['alice', 'bob'] })
const declared = declaredFor('3.8.1', [...KINDS, ...KEPT].map(({ name }) => name))

test('each kind of the registry has a fixture, and comes after the kinds that it needs', () => {
  expect(Object.keys(FIXTURES).sort()).toEqual(KINDS.map((kind) => kind.name).sort())
  KINDS.forEach((kind, i) => {
    for (const before of kind.after) expect(KINDS.findIndex((k) => k.name === before)).toBeLessThan(i)
  })
})

test('the round trip: everything of every kind arrives, but what is declared', async () => {
  const context = await m.context({ run: 'e1' })
  expect(await exportStage(context, settings('e1'))).toMatchObject({ exit: 0 })
  expect(await planStage(context, settings('e1'))).toMatchObject({ exit: 0 })
  expect(await applyStage(context, settings('e1'))).toMatchObject({ exit: 0 })
  expect(await activateStage(context, settings('e1'))).toMatchObject({ exit: 0 })
  expect(await verifyStage(context, settings('e1'))).toMatchObject({ exit: 0 })
  const ledger = m.ledger('e1')
  for (const kind of KINDS) expect(ledger.filter((e) => e.kind === kind.name && (e.outcome === 'carried' || e.outcome === 'transformed')).length).toBeGreaterThan(0)
  expect(accountOf(ledger, declared).faults).toEqual([])
  for (const e of ledger) if (!['carried', 'identical', 'transformed'].includes(e.outcome)) expect(e.note).toBeTruthy()
})

test('a second apply writes nothing, and a new plan finds nothing to do', async () => {
  const context = await m.context({ run: 'e1' })
  expect((await applyStage(context, settings('e1'))).data.writes).toBe(0)
  const again = settings('e2')
  await exportStage({ ...context }, again)
  const planned = await planStage(context, again)
  for (const counts of Object.values(planned.data.counts as Record<string, Record<string, number>>)) expect([counts.create, counts.update, counts.conflict]).toEqual([undefined, undefined, undefined])
})

test('two exports of the unchanged instance hold the same items, byte for byte', async () => {
  const items = []
  for (const run of ['e1', 'e2']) {
    const { archive: file } = JSON.parse(fs.readFileSync(path.join(m.stateDir, 'runs', run, 'run.json'), 'utf8')) as { archive: string }
    const archive = await openArchive(file, {}, workDir)
    items.push(Object.fromEntries(KINDS.map((kind) => [kind.name, fs.readFileSync(archive.member(`items/${kind.name}.jsonl`)!, 'utf8')])))
    await archive.close()
  }
  expect(items[1]).toEqual(items[0])
})

test.each(KINDS.map((kind) => kind.name))('verify finds a change behind its back: %s', async (name) => {
  const identity = await FIXTURES[name]!.meddle(m)
  const verified = await verifyStage(await m.context({ run: 'e1' }), { ...settings('e1'), only: [name] })
  expect(verified.exit).toBe(4)
  expect(verified.data.differing).toEqual([expect.objectContaining({ kind: name, identity, outcome: 'failed' })])
})
