/** What no instance takes back: kept in the archive, told in the ledger, searched afterwards. */
import * as fs from 'fs'
import * as path from 'path'
import { gunzipSync } from 'zlib'
import { openArchive } from '../../src/archive/read'
import type { Archive } from '../../src/archive/types'
import { applyStage, exportStage, planStage, verifyStage, type StageResult } from '../../src/engine'
import { St2Error } from '../../src/st2/errors'
import { inspectFile } from '../../src/report/inspect'
import { tempDir } from '../support/archives'
import { jsonLines, startMigration, type Migration } from '../support/migration'

type Row = Record<string, unknown>

let m: Migration
let dir: string
const archives: Archive[] = []
beforeEach(async () => {
  dir = tempDir()
  m = await startMigration()
})
afterEach(async () => {
  for (const archive of archives.splice(0)) await archive.close()
  await m.end()
  fs.rmSync(dir, { recursive: true, force: true })
})

const old = () => m.on('old')

const exported = async (settings: Parameters<Migration['settings']>[0] = {}, more: Parameters<Migration['context']>[0] = {}) =>
  opened(await exportStage(await m.context({ histories: true, ...more }), m.settings(settings)))

async function opened(result: StageResult): Promise<{ result: StageResult; archive: Archive; rows: (kind: string) => Row[] }> {
  const archive = await openArchive(String(result.data.archive), {}, dir)
  archives.push(archive)
  const rows = (kind: string): Row[] =>
    archive.members(`history/${kind}/`).flatMap((name) => gunzipSync(fs.readFileSync(archive.member(name)!)).toString().split('\n').filter(Boolean).map((line) => JSON.parse(line) as Row))
  return { result, archive, rows }
}

const start = (action: string, parameters: Row = {}): Promise<{ id: string }> => old().post('/v1/executions', { action, parameters })
async function reached(id: string, status: string): Promise<void> {
  while ((await old().get<Row>(`/v1/executions/${id}`)).status !== status) await new Promise((go) => setTimeout(go, 20))
}

test('every record is in the archive once, with secrets and results, and the ledger tells of them as kept', async () => {
  for (let n = 0; n < 12; n++) await old().run('core.local', { cmd: `echo run ${n}` })
  await old().run('core.local', { cmd: 'exit 3' })
  const { result, archive, rows } = await exported()
  const executions = rows('executions')
  // The one that an install leaves, and those above.
  expect(executions).toHaveLength(14)
  expect(new Set(executions.map(({ id }) => id)).size).toBe(14)
  expect(executions.filter(({ status }) => status === 'failed')).toHaveLength(1)
  expect(executions.map(({ result: one }) => (one as Row).stdout)).toEqual(expect.arrayContaining(['run 0', 'run 11']))
  expect(archive.manifest.kept).toMatchObject({ executions: { count: 14, listed: 0, filters: {} }, traces: { count: 14 }, inquiries: { count: 0, members: [] }, audit_logs: { count: archive.members('audit/').length } })
  expect(archive.manifest.format).toBe('1.1.0')
  expect(result).toMatchObject({ exit: 0, data: { kept: { executions: 14, traces: 14 } } })
  expect(result.summary.find((line) => line.startsWith('kept, since'))).toContain('14 executions')

  await planStage(await m.context(), m.settings())
  const applied = await applyStage(await m.context(), m.settings())
  expect(applied.exit).toBe(0)
  const proof = await verifyStage(await m.context(), m.settings())
  expect(proof).toMatchObject({ exit: 0, data: { counts: { executions: { left: 14, carried: 0, manual: 0 }, traces: { left: 14 } } } })
  expect(proof.summary.join('\n')).toMatch(/\d+ kept in the archive/)
  const facts = jsonLines(path.join(m.stateDir, 'runs', 'r1', 'ledger.jsonl')).filter((line) => (line as Row).counted) as Row[]
  expect((await inspectFile(path.join(m.stateDir, 'runs', 'r1', 'ledger.jsonl'), { unseal: {}, only: [] })).data.counts).toMatchObject({ executions: { left: 14 } })
  expect(facts).toContainEqual({ kind: 'executions', fact: '14 executions kept in the archive: StackStorm has no import for them; search them with st2upgrade history', counted: { left: 14 } })
})

test('a question that waits and a running execution are for a person, once each', async () => {
  const asked = await start('core.ask', { schema: { type: 'object', properties: { go: { type: 'boolean', required: true } } }, users: ['alice'] })
  const running = await start('core.local', { cmd: 'sleep 60' })
  await reached(asked.id, 'pending')
  await reached(running.id, 'running')
  const { result, archive, rows } = await exported({ only: ['executions', 'inquiries'] })
  expect(result.exit).toBe(3)
  expect(result.summary[0]).toContain('exported no items')
  expect(archive.manifest.remarks).toMatchObject({
    executions: [{ identity: running.id, outcome: 'manual', note: expect.stringContaining('core.local of st2admin') }],
    inquiries: [{ identity: asked.id, outcome: 'manual', note: expect.stringContaining('a question for alice'), advice: expect.stringContaining(`st2 inquiry respond ${asked.id}`) }],
  })
  expect(archive.manifest.kept).toMatchObject({ executions: { count: 3, listed: 1 }, inquiries: { count: 1, listed: 1 } })
  expect(rows('inquiries')).toMatchObject([{ id: asked.id, users: ['alice'], execution: { status: 'pending', action: { ref: 'core.ask' } } }])

  await planStage(await m.context(), m.settings())
  const proof = await verifyStage(await m.context(), m.settings())
  expect(proof).toMatchObject({ exit: 3, data: { counts: { executions: { left: 2, manual: 1 }, inquiries: { left: 0, manual: 1 } } } })
  expect(proof.summary.join('\n')).toContain(`needs a person: inquiries ${asked.id}`)
  await old().delete(`/v1/executions/${running.id}`)
  await reached(running.id, 'canceled')
})

test('filters choose what is kept, and are told', async () => {
  for (const cmd of ['echo a', 'exit 1']) await old().run('core.local', { cmd })
  await old().run('core.noop', {})
  const { archive, rows, result } = await exported({ only: ['executions', 'traces'], history: { actions: ['core.local'], statuses: ['failed'] } })
  expect(rows('executions')).toMatchObject([{ status: 'failed', action: { ref: 'core.local' } }])
  expect(archive.manifest.kept).toMatchObject({ executions: { count: 1, filters: { action: ['core.local'], status: ['failed'] } }, traces: { filters: {} } })
  expect(result.exit).toBe(0)
  const several = await exported({ run: 'r2', only: ['executions'], history: { actions: ['core.local', 'core.noop'] } }, { run: 'r2' })
  expect(several.rows('executions')).toHaveLength(4)
  const since = await exported({ run: 'r3', only: ['executions', 'traces', 'trigger_instances'], history: { since: '2999-01-01T00:00:00.000000Z' } }, { run: 'r3' })
  expect(since.archive.manifest.kept).toMatchObject({ executions: { count: 0 }, traces: { count: 0 }, trigger_instances: { count: 0 } })
})

test('executions that are started while they are read cost none of those that were there', async () => {
  for (let n = 0; n < 5; n++) await old().run('core.noop', {})
  const before = (await old().get<Row[]>('/v1/executions', { limit: -1 })).map(({ id }) => id)
  const context = await m.context({ histories: true })
  const api = context.source!.api
  const list: typeof api.list = async function* (where, options) {
    for await (const row of api.list(where, options)) {
      if (where === '/v1/executions') await start('core.noop')
      yield row as never
    }
  }
  const source = { ...context.source!, api: Object.assign(Object.create(api), { list }) as typeof api }
  const { rows } = await opened(await exportStage({ ...context, source }, m.settings({ only: ['executions'] })))
  const ids = rows('executions').map(({ id }) => id)
  expect(ids.sort()).toEqual(before.sort())
})

test('audit logs go into the archive, or a folder of their own', async () => {
  const { archive } = await exported({ only: ['audit_logs'] })
  expect(archive.members('audit/')).toContain('audit/st2api.audit.log')
  const folder = path.join(dir, 'audit')
  const apart = await exported({ run: 'r2', only: ['audit_logs'], auditLogsTo: folder }, { run: 'r2' })
  expect(apart.archive.members('audit/')).toEqual([])
  expect(fs.readdirSync(folder)).toEqual(expect.arrayContaining(['SHA256SUMS', 'audit-logs.json', 'st2api.audit.log']))
  expect(apart.result.summary).toContain(`audit logs: ${folder}`)
  const used = path.join(dir, 'used')
  fs.mkdirSync(used)
  fs.writeFileSync(path.join(used, 'mine'), '')
  await expect(exportStage(await m.context({ histories: true, run: 'r4' }), m.settings({ run: 'r4', auditLogsTo: used }))).rejects.toMatchObject({ exit: 2, message: `${used} is not empty` })
  const far = await exported({ run: 'r3', only: ['audit_logs'] }, { run: 'r3', files: false })
  expect(far.result.summary.join('\n')).toContain('audit logs: the log files are not at hand')
  expect(far.archive.manifest).toMatchObject({ kept: { audit_logs: { count: 0 } }, notes: { audit_logs: [expect.stringContaining('not at hand')] } })
})

test('from 3.4.1, whose times of trigger instances are cut to seconds', async () => {
  const older = await startMigration({ old: { version: '3.4.1' } })
  try {
    const api = older.on('old')
    await api.post('/v1/rules', { name: 'hook', pack: 'default', enabled: true, trigger: { type: 'core.st2.webhook', parameters: { url: 'sample' } }, action: { ref: 'core.noop', parameters: {} } })
    for (let n = 0; n < 6; n++) await api.post('/v1/webhooks/sample', { n })
    const enforced = async (): Promise<number> => (await api.get<Row[]>('/v1/ruleenforcements', { limit: -1 })).length
    while ((await enforced()) < 6) await new Promise((go) => setTimeout(go, 20))
    const { archive, rows } = await opened(await exportStage(await older.context({ histories: true }), older.settings()))
    expect(archive.manifest.kept).toMatchObject({ trigger_instances: { count: 6 }, rule_enforcements: { count: 6 } })
    expect(rows('trigger_instances').map(({ payload }) => ((payload as Row).body as Row).n).sort()).toEqual([0, 1, 2, 3, 4, 5])
    expect(new Set(rows('rule_enforcements').map(({ id }) => id)).size).toBe(6)
  } finally {
    await older.end()
  }
})

test('a history that cannot be read is told, and does not end the export', async () => {
  const context = await m.context({ histories: true })
  const { api } = context.source!
  const broken = new St2Error('http://old answered GET /v1/traces with 500.', 'look', { code: 'server', status: 500 })
  const get: typeof api.get = (where, query) => (where === '/v1/traces' ? Promise.reject(broken) : api.get(where, query))
  const source = { ...context.source!, api: Object.assign(Object.create(api), { get }) as typeof api }
  const { result, archive } = await opened(await exportStage({ ...context, source }, m.settings({ only: ['traces', 'executions'] })))
  expect(result.exit).toBe(3)
  expect(archive.manifest).toMatchObject({ kept: { traces: { count: 0 }, executions: { count: 1 } }, remarks: { traces: [{ identity: 'traces', outcome: 'failed', note: expect.stringContaining('500') }] } })
  await planStage(await m.context(), m.settings())
  expect(await verifyStage(await m.context(), m.settings())).toMatchObject({ exit: 3, data: { counts: { traces: { failed: 1, left: 0 } } } })
})

test('two exports of an instance that rests keep the same', async () => {
  for (let n = 0; n < 3; n++) await old().run('core.local', { cmd: `echo run ${n}` })
  const kinds = { only: ['executions', 'traces', 'rule_enforcements', 'trigger_instances'] }
  const [one, two] = [await exported(kinds), await exported({ ...kinds, run: 'r2' }, { run: 'r2' })]
  expect(two.archive.manifest.kept).toEqual(one.archive.manifest.kept)
})

test('a stop ends it between two records', async () => {
  const context = await m.context({ histories: true })
  m.system.stop.request('stop')
  await expect(exportStage(context, m.settings({ only: ['executions'] }))).rejects.toThrow()
  expect(fs.readdirSync(path.join(m.stateDir, 'runs')).flatMap((run) => fs.readdirSync(path.join(m.stateDir, 'runs', run)))).toEqual([])
})

test('an archive with histories wants sealing, and they are selected whole', async () => {
  const open = { plainArchive: false, only: ['executions'] }
  await expect(exportStage(await m.context({ histories: true }), m.settings(open))).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('plain secrets (executions)') })
  await expect(exportStage(await m.context({ histories: true }), m.settings({ only: ['executions:core.*'] }))).rejects.toMatchObject({ exit: 2, advice: expect.stringContaining('history_action') })
  await expect(planStage(await m.context(), m.settings({ only: ['executions'] }))).rejects.toMatchObject({ exit: 2 })
  await exportStage(await m.context({ histories: true, run: 'r9' }), m.settings({ run: 'r9', plainArchive: false, only: ['audit_logs'], auditLogsTo: path.join(dir, 'logs') }))
  expect((await exported({ only: ['keys'] })).archive.manifest.kept).toEqual({})
})
