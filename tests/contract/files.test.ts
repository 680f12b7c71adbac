/** RBAC definitions, host files and overrides between two sandboxes: everything of the sample estate, applied, proved, and what is out of reach told. */
import * as fs from 'fs'
import * as path from 'path'
import { activateStage, applyStage, exportStage, planStage, undoStage, verifyStage, type StageSettings } from '../../src/engine'
import { HOST_FILES } from '../../src/sandbox/estate/files/host'
import { RBAC } from '../../src/sandbox/estate/files/rbac'
import { seedFiles } from '../../src/sandbox/estate/seed-files'
import { plant, treeOf } from '../support/file-trees'
import { startMigration, type Migration } from '../support/migration'

jest.setTimeout(120_000)
let m: Migration
beforeEach(async () => {
  m = await startMigration()
  seedFiles(m.old.sandbox.paths.root, { services: 1, auditLines: 5 }, 1)
})
afterEach(() => m.end())

const only = ['rbac', 'host_files']
const settings = (run: string) => m.settings({ run, only })
const on = (side: 'old' | 'new', ...parts: string[]): string => path.join(m[side].sandbox.paths.root, ...parts)

test('definitions arrive, host files lie beside, and the ledger tells each', async () => {
  plant(on('new'), { 'opt/stackstorm/st2/bin/st2-apply-rbac-definitions': { text: `#!/bin/sh\necho ran >> ${on('new', 'ran')}\n`, mode: 0o755 } })
  const context = await m.context()
  expect(await exportStage(context, settings('r1'))).toMatchObject({ exit: 0 })
  expect(await planStage(context, settings('r1'))).toMatchObject({ exit: 0 })
  expect(await applyStage(context, settings('r1'))).toMatchObject({ exit: 0 })
  expect(await verifyStage(context, settings('r1'))).toMatchObject({ exit: 0 })
  for (const [name, text] of Object.entries(RBAC)) expect(fs.readFileSync(on('new', 'opt/stackstorm/rbac', name), 'utf8')).toBe(text)
  for (const [name, { text }] of Object.entries(HOST_FILES)) expect(fs.readFileSync(on('new', 'etc/st2/from-old-instance', name), 'utf8')).toBe(text)
  expect(fs.readFileSync(on('new', 'ran'), 'utf8')).toBe('ran\n')
  const ledger = m.ledger()
  expect(ledger.filter(({ kind, outcome }) => kind === 'rbac' && outcome === 'carried')).toHaveLength(Object.keys(RBAC).length)
  expect(ledger.filter(({ kind }) => kind === 'host_files').map(({ outcome }) => outcome)).toEqual(Array(Object.keys(HOST_FILES).length + 1).fill('transformed'))
  expect(ledger.find(({ identity }) => identity === 'etc/st2/htpasswd')).toMatchObject({ note: expect.stringContaining('only in the old one: auditor, operator'), advice: expect.stringContaining('restart st2auth') })
  expect(fs.readFileSync(path.join(m.stateDir, 'runs/r1/ledger.jsonl'), 'utf8')).not.toMatch(/Passw0rd|apr1|xoxb/)
})

test('applied twice nothing is written; a new plan finds nothing to do and tells again what lies beside', async () => {
  const context = await m.context()
  await exportStage(context, settings('r1'))
  await planStage(context, settings('r1'))
  await applyStage(context, settings('r1'))
  expect((await applyStage(context, settings('r1'))).data.writes).toBe(0)
  await exportStage(context, settings('r2'))
  const { counts, identical } = (await planStage(context, settings('r2'))).data as { counts: Record<string, Record<string, number>>; identical: Record<string, number> }
  expect(identical.rbac).toBe(Object.keys(RBAC).length)
  expect(counts.host_files).toEqual({ leave: Object.keys(HOST_FILES).length + 1 })
  await applyStage(context, settings('r2'))
  expect(await verifyStage(context, settings('r2'))).toMatchObject({ exit: 0 })
  expect(new Set(m.ledger('r2').filter(({ kind }) => kind === 'host_files').map(({ outcome }) => outcome))).toEqual(new Set(['transformed']))
})

test('a target whose files are out of reach: each is for a person, and the proof says so', async () => {
  const context = await m.context({ files: 'source' })
  await exportStage(context, settings('r1'))
  const planned = await planStage(context, settings('r1'))
  expect(planned.data.counts).toEqual({ rbac: { manual: Object.keys(RBAC).length }, host_files: { manual: Object.keys(HOST_FILES).length + 1 } })
  expect(await applyStage(context, settings('r1'))).toMatchObject({ exit: 3 })
  expect(await verifyStage(context, settings('r1'))).toMatchObject({ exit: 3 })
  for (const { outcome, advice } of m.ledger()) expect([outcome, advice]).toEqual(['manual', expect.stringContaining('st2upgrade.seed')])
})

test('a source whose files are out of reach: that is said', async () => {
  const context = await m.context({ files: 'target' })
  const exported = await exportStage(context, settings('r1'))
  const line = "not looked at: rbac, host_files: no access to the files; run on the instance's host"
  expect(exported.data.notes).toEqual(Array(2).fill("not looked at: no access to the files; run on the instance's host"))
  for (const { summary } of [exported, await planStage(context, settings('r1')), await verifyStage(context, settings('r1'))]) expect(summary).toContain(line)
})

test('another definition on the target is a conflict, listed before anything is written', async () => {
  plant(on('new'), { 'opt/stackstorm/rbac/roles/operators.yaml': 'name: operators\n' })
  const context = await m.context()
  await exportStage(context, settings('r1'))
  await planStage(context, settings('r1'))
  await expect(applyStage(context, settings('r1'))).rejects.toMatchObject({ details: ['rbac roles/operators.yaml: file differs'] })
  expect(fs.existsSync(on('new', 'etc/st2/from-old-instance'))).toBe(false)
  await planStage(context, { ...settings('r1'), onConflict: 'overwrite' })
  await applyStage(context, { ...settings('r1'), onConflict: 'overwrite' })
  expect(await verifyStage(context, settings('r1'))).toMatchObject({ exit: 0 })
})

const OFF = '---\n# ours\nactions:\n  defaults: {enabled: false}\n'
const OVERRIDES = 'opt/stackstorm/overrides'

test("overrides come with activate, in place of the target's own by decision, and an undo brings those back byte for byte", async () => {
  plant(on('old'), { [`${OVERRIDES}/_global.yaml`]: OFF, [`${OVERRIDES}/core.yaml`]: { text: OFF, mode: 0o640 } })
  plant(on('new'), { [`${OVERRIDES}/_global.yaml`]: { text: 'rules: {}\r\n', mode: 0o604 } })
  const before = treeOf(on('new', OVERRIDES))
  const only = m.settings({ only: ['overrides'], onConflict: 'overwrite', landing: 'quiet' })
  const stage = async (one: typeof applyStage) => one(await m.context(), only)
  expect(await stage(exportStage)).toMatchObject({ exit: 0 })
  expect((await stage(planStage)).data.counts).toEqual({ overrides: { create: 1, update: 1 } })
  expect(await stage(applyStage)).toMatchObject({ exit: 0 })
  expect(treeOf(on('new', OVERRIDES))['core.yaml']).toBeUndefined()
  expect(await stage(activateStage)).toMatchObject({ exit: 0 })
  expect(treeOf(on('new', OVERRIDES))).toEqual({ '_global.yaml': `644 ${OFF}`, 'core.yaml': `640 ${OFF}` })
  expect(await stage(verifyStage)).toMatchObject({ exit: 0 })
  expect(m.ledger().map(({ identity, outcome }) => [identity, outcome])).toEqual([['_global', 'carried'], ['core', 'carried']])
  expect(await stage(undoStage)).toMatchObject({ exit: 0 })
  expect(treeOf(on('new', OVERRIDES))).toEqual(before)
})

/** An undo that cannot see what lies in files neither passes over it nor takes half of it back; told to, it leaves each item for a person. */
async function withoutFiles(chosen: StageSettings): Promise<void> {
  const now = [treeOf(on('new', 'opt/stackstorm/rbac')), treeOf(on('new', 'etc'))]
  const items = Object.keys(RBAC).length + Object.keys(HOST_FILES).length + 1
  const dry = await undoStage(await m.context({ files: 'source' }), { ...chosen, dryRun: true })
  expect(dry).toMatchObject({ data: { left: items, stops: expect.stringMatching(/ files of .* that cannot be reached from here: \d+ rbac, \d+ host_files$/) } })
  expect(dry.summary.slice(-2)).toEqual([expect.stringContaining('undo will stop before its first write: run r1'), expect.stringMatching(/^next: .*target_root=/)])
  await expect(undoStage(await m.context({ files: 'source' }), chosen)).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('nothing was taken back'), advice: expect.stringContaining('api_only=true') })
  expect(await undoStage(await m.context({ files: 'source' }), { ...chosen, apiOnly: true })).toMatchObject({ exit: 3, data: { left: items } })
  expect([treeOf(on('new', 'opt/stackstorm/rbac')), treeOf(on('new', 'etc'))]).toEqual(now)
}

test('undo of an apply takes definitions and copies away again, and leaves what somebody changed since', async () => {
  plant(on('new'), { 'opt/stackstorm/rbac/roles/operators.yaml': { text: 'name: operators\nenabled: false\n', mode: 0o600 } })
  const before = [treeOf(on('new', 'opt/stackstorm/rbac')), treeOf(on('new', 'etc'))]
  const chosen = { ...settings('r1'), onConflict: 'overwrite' as const }
  for (const stage of [exportStage, planStage, applyStage]) await stage(await m.context(), chosen)
  await withoutFiles(chosen)
  expect((await undoStage(await m.context(), chosen)).data.for_person).toEqual([])
  expect([treeOf(on('new', 'opt/stackstorm/rbac')), treeOf(on('new', 'etc'))]).toEqual(before)
  const again = { ...chosen, run: 'r2' }
  for (const stage of [exportStage, planStage, applyStage]) await stage(await m.context({ run: 'r2' }), again)
  plant(on('new'), { 'opt/stackstorm/rbac/roles/auditors.yaml': 'name: auditors\n' })
  await undoStage(await m.context({ run: 'r2' }), again)
  expect(treeOf(on('new', 'opt/stackstorm/rbac'))).toEqual({ ...before[0], 'roles/auditors.yaml': '644 name: auditors\n' })
})
