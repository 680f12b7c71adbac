/** Searching what an archive has kept. */
import * as fs from 'fs'
import * as path from 'path'
import { gunzipSync, gzipSync } from 'zlib'
import { load } from 'js-yaml'
import type { SealWith } from '../../../src/archive/types'
import { createArchive } from '../../../src/archive/write'
import { shifted } from '../../../src/core/moments'
import { sha256 } from '../../../src/core/canonical'
import { RECORD_KINDS, type HistoryRecord } from '../../../src/kinds/kept'
import { DayFiles } from '../../../src/kinds/kept/day-files'
import { historyOf, type HistoryOptions } from '../../../src/report/history'
import { inspectFile } from '../../../src/report/inspect'
import { MANIFEST, tempDir } from '../../support/archives'

let dir: string
beforeEach(() => (dir = tempDir()))
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

const at = (hours: number): string => shifted('2024-05-01T00:00:00.000000Z', hours * 3600 * 1e6)
const execution = (n: number, hours: number, more: object = {}): HistoryRecord => ({
  id: n.toString(16).padStart(24, '0'),
  start_timestamp: at(hours),
  action: { ref: 'core.local', parameters: { pw: { type: 'string', secret: true } } },
  context: { user: 'alice' },
  status: 'succeeded',
  elapsed_seconds: 1.25,
  parameters: { pw: 'hush', cmd: `echo ${n}` },
  ...more,
})
const EXECUTIONS = [
  execution(1, 1),
  execution(2, 2, { status: 'failed', context: { user: 'bob' }, result: { stderr: 'Disk FULL "really"' } }),
  execution(3, 30, { action: { ref: 'deploy.web' } }),
  execution(4, 31, { action: { ref: 'deploy.db' }, status: 'failed' }),
  execution(5, 60),
]
const OTHERS = {
  traces: [{ id: 'a'.repeat(24), trace_tag: 'release-7', start_timestamp: at(29), action_executions: [{ object_id: EXECUTIONS[2]!.id, ref: 'deploy.web' }] }],
  trigger_instances: [{ id: 'b'.repeat(24), trigger: 'core.st2.webhook', occurrence_time: at(33), status: 'processed', payload: {} }],
}

async function archived(records: Record<string, HistoryRecord[]> = { executions: EXECUTIONS, ...OTHERS }, seal?: SealWith): Promise<string> {
  const writer = await createArchive(path.join(dir, 'staging'))
  const kept: NonNullable<typeof MANIFEST.kept> = {}
  for (const kind of RECORD_KINDS.filter(({ name }) => records[name])) {
    const files = new DayFiles(kind, { stage: (member) => writer.stage(member), scratch: path.join(dir, 'scratch') })
    for (const record of records[kind.name]!) await files.add(record)
    kept[kind.name] = { count: records[kind.name]!.length, listed: 0, members: await files.close(), filters: {} }
  }
  return (await writer.finish({ ...MANIFEST, kept }, path.join(dir, 'a.st2.tar.gz'), seal)).path
}

const OPTIONS: HistoryOptions = { kinds: [], last: 50, showSecrets: false }
const find = (file: string, more: Partial<HistoryOptions> = {}) => historyOf(file, { ...OPTIONS, ...more }, { check: () => undefined })
const idsOf = async (file: string, more: Partial<HistoryOptions>): Promise<number[]> => ((await find(file, more)).data.rows as { id: string }[]).map(({ id }) => parseInt(id, 16))

test('executions newest first, as a table and as rows', async () => {
  const told = await find(await archived())
  expect(told).toMatchObject({ stage: 'history', exit: 0, data: { found: 5, more: false } })
  expect((told.data.rows as object[])[4]).toEqual({ kind: 'executions', id: EXECUTIONS[0]!.id, time: at(1), name: 'core.local', user: 'alice', status: 'succeeded', seconds: 1.25 })
  expect(told.summary[0]).toMatch(/^5 that fit of 5 executions in /)
  expect(told.summary[1]).toMatch(/^time +id +name +user +status +seconds$/)
  expect(told.summary[2]).toBe(`2024-05-03 12:00:00Z  ${String(EXECUTIONS[4]!.id)}  core.local  alice  succeeded  1.3`)
  expect(JSON.stringify(told)).not.toContain('hush')
})

test.each<[string, Partial<HistoryOptions>, number[]]>([
  ['action', { action: 'core.local' }, [5, 2, 1]],
  ['pattern', { action: 'deploy.*' }, [4, 3]],
  ['user', { user: 'bob' }, [2]],
  ['status', { status: 'failed' }, [4, 2]],
  ['since', { since: at(30) }, [5, 4, 3]],
  ['until', { until: at(30) }, [2, 1]],
  ['both', { since: at(2), until: at(31) }, [3, 2]],
  ['text in any case', { text: 'disk full' }, [2]],
  ['text as JSON writes it', { text: 'FULL "really"' }, [2]],
  ['all of them', { action: 'core.*', status: 'failed', user: 'bob', text: 'echo 2' }, [2]],
  ['none', { user: 'nobody' }, []],
])('by %s', async (_, asked, expected) => expect(await idsOf(await archived(), asked)).toEqual(expected))

test('the last ones only, and how to go on', async () => {
  const file = await archived()
  const told = await find(file, { last: 2 })
  expect((told.data.rows as { id: string }[]).map(({ id }) => parseInt(id, 16))).toEqual([5, 4])
  expect(told.data).toMatchObject({ more: true })
  expect(told.summary[0]).toContain('the newest 2 that fit')
  expect(told.summary).toContain(`there are more: until=${at(31)} lists older ones, a last above 2 lists more of them`)
  expect(await idsOf(file, { last: 2, until: at(31) })).toEqual([3, 2])
  expect((await find(file, { last: 5 })).data).toMatchObject({ more: false })
})

test('several kinds in one table, told apart', async () => {
  const file = await archived()
  const told = await find(file, { kinds: ['traces', 'trigger_instances', 'executions'], since: at(29), until: at(40) })
  expect((told.data.rows as { kind: string; name: string }[]).map(({ kind, name }) => [kind, name])).toEqual([
    ['trigger_instances', 'core.st2.webhook'],
    ['executions', 'deploy.db'],
    ['executions', 'deploy.web'],
    ['traces', 'release-7'],
  ])
  expect(told.summary[1]).toMatch(/^time +kind +id/)
  expect((await find(file, { kinds: ['traces'], action: 'deploy.w*' })).data.found).toBe(1)
})

test('one record as YAML, its secrets only when they are asked for', async () => {
  const file = await archived()
  const told = await find(file, { id: String(EXECUTIONS[1]!.id) })
  expect(load(told.summary.join('\n'))).toEqual({ ...EXECUTIONS[1], parameters: { pw: '********', cmd: 'echo 2' } })
  expect(told.summary[0]).toMatch(/^# executions, from /)
  expect(JSON.stringify(told)).not.toContain('hush')
  expect(load((await find(file, { id: String(EXECUTIONS[1]!.id), showSecrets: true })).summary.join('\n'))).toEqual(EXECUTIONS[1])
  expect((await find(file, { id: OTHERS.traces[0]!.id })).data).toMatchObject({ kind: 'traces', record: OTHERS.traces[0] })
  await expect(find(file, { id: 'f'.repeat(24) })).rejects.toMatchObject({ exit: 1, message: expect.stringContaining('holds no record') })
})

test('the whole answer goes to a file where one is named', async () => {
  const file = await archived()
  const to = path.join(dir, 'rows.jsonl')
  const told = await find(file, { to })
  expect(told.data).toEqual({ archive: file, to, found: 5, more: false })
  expect(fs.readFileSync(to, 'utf8').split('\n').filter(Boolean)).toHaveLength(5)
  expect(fs.statSync(to).mode & 0o777).toBe(0o600)
  await find(file, { to: `${to}.yaml`, id: String(EXECUTIONS[0]!.id) })
  expect(load(fs.readFileSync(`${to}.yaml`, 'utf8'))).toMatchObject({ id: EXECUTIONS[0]!.id })
})

test('a sealed archive, with its passphrase', async () => {
  const file = await archived(undefined, { passphrase: 'open sesame' })
  expect(file).toMatch(/\.age$/)
  await expect(find(file)).rejects.toMatchObject({ problem: 'needs-passphrase' })
  expect((await find(file, { unseal: { passphrase: 'open sesame' } })).data).toMatchObject({ found: 5 })
})

describe('what is refused', () => {
  test('an unknown kind, and audit logs, which are files', async () => {
    await expect(find('x', { kinds: ['executoins'] })).rejects.toMatchObject({ exit: 2, advice: expect.stringContaining('trigger_instances') })
    await expect(find('x', { kinds: ['audit_logs'] })).rejects.toMatchObject({ exit: 2, advice: expect.stringContaining('audit/') })
  })

  test('an archive without them, an older one too', async () => {
    await expect(find(await archived({ traces: [] }))).rejects.toMatchObject({ exit: 2, advice: 'it holds: traces' })
    const writer = await createArchive(path.join(dir, 'staging'))
    const old = await writer.finish(MANIFEST, path.join(dir, 'old.st2.tar.gz'))
    await expect(find(old.path)).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('was made without executions') })
  })

  test('a member that is cut off, damaged, or holds other than it should', async () => {
    const broken = async (change: (bytes: Buffer) => Buffer): Promise<Promise<unknown>> => {
      const writer = await createArchive(path.join(dir, 'staging'))
      const member = 'history/executions/2024-05-01.jsonl.gz'
      const bytes = change(gzipSync(EXECUTIONS.map((one) => `${JSON.stringify(one)}\n`).join('')))
      fs.writeFileSync(await writer.stage(member), bytes)
      const kept = { executions: { count: 5, listed: 0, members: [{ member, count: 5, sha256: sha256(bytes) }], filters: {} } }
      const file = path.join(dir, `${sha256(bytes).slice(0, 8)}.st2.tar.gz`)
      await writer.finish({ ...MANIFEST, kept }, file)
      return find(file)
    }
    const lines = (bytes: Buffer): string[] => gunzipSync(bytes).toString().split('\n').filter(Boolean)
    await expect(broken((bytes) => bytes.subarray(0, bytes.length - 30))).rejects.toMatchObject({ problem: 'truncated', message: expect.stringContaining('2024-05-01') })
    await expect(broken((bytes) => Buffer.concat([bytes.subarray(0, 20), Buffer.alloc(20, 255), bytes.subarray(40)]))).rejects.toMatchObject({ problem: 'damaged' })
    await expect(broken((bytes) => gzipSync(`${lines(bytes).slice(1).join('\n')}\n`))).rejects.toMatchObject({ problem: 'bad-manifest' })
    await expect(broken((bytes) => gzipSync(lines(bytes).join('\n')))).rejects.toMatchObject({ problem: 'bad-item' })
    await expect(broken(() => gzipSync('no json\n'.repeat(5)))).rejects.toMatchObject({ problem: 'bad-item' })
  })

  test('an archive whose manifest names a member that is not there, or another', async () => {
    const writer = await createArchive(path.join(dir, 'staging'))
    const kept = { executions: { count: 1, listed: 0, members: [{ member: 'history/executions/x.jsonl.gz', count: 1, sha256: 'a'.repeat(64) }], filters: {} } }
    await expect(writer.finish({ ...MANIFEST, kept }, path.join(dir, 'b.st2.tar.gz'))).rejects.toMatchObject({ problem: 'missing-member' })
    const again = await createArchive(path.join(dir, 'staging'))
    fs.writeFileSync(await again.stage('history/executions/x.jsonl.gz'), 'x')
    await expect(again.finish({ ...MANIFEST, kept }, path.join(dir, 'b.st2.tar.gz'))).rejects.toMatchObject({ problem: 'bad-manifest' })
  })
})

test('inspect tells what was kept, from when to when, and with which filters', async () => {
  const file = await archived()
  const told = await inspectFile(file, { unseal: {}, only: [] })
  expect(told.summary).toContain(`5 executions kept, from ${at(1)} to ${at(60)}`)
  expect(told.data.kept).toMatchObject({ executions: { count: 5, members: 3, from: at(1), to: at(60), filters: {} }, traces: { count: 1 } })
})
