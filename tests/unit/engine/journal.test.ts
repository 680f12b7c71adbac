import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { Journal, readJournal } from '../../../src/engine/journal'

let file: string
beforeEach(() => (file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'st2-journal-')), 'journal.jsonl')))
afterEach(() => fs.rmSync(path.dirname(file), { recursive: true, force: true }))

const change = (n: number) => ({ n, kind: 'keys', identity: `k${n}` })

test('states survive without a close, as after kill -9', async () => {
  const journal = await Journal.open(file, 'r', 'plan-a')
  journal.intend(change(0), undefined)
  journal.confirm(change(0), { outcome: 'carried' })
  journal.intend(change(5000), { identity: 'k5000', value: 'old' })
  const read = (await readJournal(file))!
  expect(read.states.get(0)).toBe('carried')
  expect(read.states.get(5000)).toBe('intent')
  expect(read.states.get(1)).toBe('none')
  expect(read.states.get(9999999)).toBe('none')
  await journal.close()
})

test('a line cut in half by a crash is dropped, and the journal goes on', async () => {
  const first = await Journal.open(file, 'r', 'plan-a')
  first.confirm(change(0), { outcome: 'carried' })
  await first.close()
  fs.appendFileSync(file, '{"n":1,"kind":"keys","identi')
  const second = await Journal.open(file, 'r', 'plan-a')
  expect(second.resumed).toBe(true)
  second.confirm(change(1), { outcome: 'failed', note: 'no' })
  await second.close()
  const { states } = (await readJournal(file))!
  expect([states.get(0), states.get(1)]).toEqual(['carried', 'failed'])
  expect(states.notes.get(1)).toEqual({ note: 'no', advice: undefined })
})

test('the journal of a new plan starts from nothing, and keeps the old lines for undo', async () => {
  const first = await Journal.open(file, 'r', 'plan-a')
  first.intend(change(3), { identity: 'k3', value: 'precious' })
  await first.close()
  const second = await Journal.open(file, 'r', 'plan-b')
  expect(second.resumed).toBe(false)
  expect(second.states.get(3)).toBe('none')
  await second.close()
  expect((await readJournal(file))!.states.get(3)).toBe('none')
  expect(fs.readFileSync(file, 'utf8')).toContain('precious')
})

test('the pre-image of an overwritten item is kept, privately', async () => {
  const journal = await Journal.open(file, 'r', 'p')
  journal.intend(change(0), { identity: 'k0', value: 'before' })
  await journal.close()
  expect(fs.readFileSync(file, 'utf8')).toContain('"before":{"identity":"k0","value":"before"}')
  expect(fs.statSync(file).mode & 0o777).toBe(0o600)
})
