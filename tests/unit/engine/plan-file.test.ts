import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import type { Change } from '../../../src/core/model'
import { PlanWriter, readPlan, type PlanHeader } from '../../../src/engine/plan-file'

let dir: string
let file: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-plan-'))
  file = path.join(dir, 'plan.jsonl')
})
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

const header: PlanHeader = {
  plan: 1,
  run: 'r1',
  created: '2026-01-01T00:00:00.000Z',
  archiveSha256: 'aa',
  source: { id: '1', url: 'http://old', version: '3.8.1' },
  target: { id: '2', url: 'http://new', version: '3.9.0', user: 'st2admin' },
  kinds: ['keys', 'packs'],
  onConflict: 'fail',
  otherUsers: false,
}
const changes: Change[] = [
  { kind: 'keys', identity: 'st2kv.system:{"blockers":', action: 'create' },
  { kind: 'keys', identity: 'st2kv.system:b', action: 'conflict', before: 'ff' },
  { kind: 'packs', identity: 'p', action: 'create', details: { url: 'http://x' } },
]

async function write() {
  const writer = await PlanWriter.create(file, header)
  for (const change of changes) await writer.change(change)
  await writer.finish({ identical: { keys: 7, packs: 0 }, blockers: [] })
}

async function all(kind?: string) {
  const found = []
  for await (const change of (await readPlan(file)).changes(kind)) found.push(change)
  return found
}

test('what was written is read, numbered over all kinds', async () => {
  await write()
  expect(await all()).toEqual(changes.map((change, n) => ({ ...change, n })))
  expect(await all('packs')).toEqual([{ ...changes[2], n: 2 }])
  const { end, header: read } = await readPlan(file)
  expect(read).toEqual(header)
  expect(end).toMatchObject({ changes: 3, identical: { keys: 7 }, counts: { keys: { create: 1, conflict: 1 }, packs: { create: 1 } } })
})

test('a plan is private and appears only when it is whole', async () => {
  const writer = await PlanWriter.create(file, header)
  expect(fs.existsSync(file)).toBe(false)
  await writer.finish({ identical: {}, blockers: [] })
  expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  expect(fs.readdirSync(dir)).toEqual(['plan.jsonl'])
})

test.each([
  ['cut off in the middle', (text: string) => text.slice(0, text.indexOf('\n', 400) + 1), 'its end is missing'],
  ['a changed identity', (text: string) => text.replace('st2kv.system:b', 'st2kv.system:c'), 'its checksum does not fit'],
  ['a line left out', (text: string) => text.split('\n').filter((_, i) => i !== 2).join('\n'), 'its checksum does not fit'],
  ['a line behind the end', (text: string) => `${text}{"action":"create"}\n`, 'there are lines behind its end'],
  ['an empty file', () => '', 'it is empty'],
  ['something else', () => 'hello\n', 'it is not a plan'],
  ['JSON of another sort', () => '{"a":1}\n', 'it is not a plan'],
])('%s is refused', async (_what, spoil, why) => {
  await write()
  fs.writeFileSync(file, spoil(fs.readFileSync(file, 'utf8')))
  await expect(readPlan(file)).rejects.toThrow(why)
})

test('a plan of another version is refused by its number', async () => {
  await write()
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('"plan":1', '"plan":2'))
  await expect(readPlan(file)).rejects.toMatchObject({ message: expect.stringContaining('version 2'), exit: 2 })
})
