import * as fs from 'fs'
import * as path from 'path'
import { inspectFile, inspectRun } from '../../../src/report/inspect'
import { Journal } from '../../../src/engine/journal'
import { PlanWriter } from '../../../src/engine/plan-file'
import { makeArchive, MANIFEST, tempDir } from '../../support/archives'

let dir: string
beforeEach(() => (dir = tempDir()))
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

const at = (name: string): string => path.join(dir, name)
const inspect = (file: string, only: string[] = [], unseal = {}) => inspectFile(file, { unseal, only })

describe('an archive', () => {
  const remarks = { keys: [{ identity: 'st2kv.system:gone', outcome: 'left' as const, note: 'it has expired' }] }

  it('is told with where it comes from, how much it holds, and what it left out', async () => {
    const { path: file } = await makeArchive(dir, { items: { keys: [{ identity: 'st2kv.system:a', value: 'v4lue' }] } }, undefined, { ...MANIFEST, remarks, kinds: { keys: { count: 1, fingerprint: '' } } })
    const told = await inspect(file, ['keys'])
    expect(told).toMatchObject({ stage: 'inspect', exit: 0, data: { type: 'archive', sealed: 'plain', left_total: 1, identities: { keys: ['st2kv.system:a'] } } })
    expect(told.summary.join('\n')).toMatch(/NOT sealed.*\n.*https:\/\/old\.example\.org\/api \(StackStorm 3\.8\.1\)/)
    expect(told.summary).toContain('keys "st2kv.system:gone": it has expired')
    expect(JSON.stringify(told)).not.toContain('v4lue')
  })

  it('that is sealed opens with its passphrase only', async () => {
    const { path: file } = await makeArchive(dir, { items: { keys: [{ identity: 'a' }] } }, { passphrase: 'open sesame' }, { ...MANIFEST, sealed: 'passphrase', kinds: { keys: { count: 1, fingerprint: '' } } })
    await expect(inspect(file)).rejects.toMatchObject({ problem: 'needs-passphrase' })
    expect((await inspect(file, [], { passphrase: 'open sesame' })).summary[0]).toContain('sealed with passphrase')
  })

  it('that was cut off is refused', async () => {
    const { path: file } = await makeArchive(dir, { items: { keys: [{ identity: 'a' }] } }, undefined, { ...MANIFEST, kinds: { keys: { count: 1, fingerprint: '' } } })
    fs.truncateSync(file, 100)
    await expect(inspect(file)).rejects.toThrow()
  })
})

async function aPlan(): Promise<string> {
  const header = {
    plan: 1,
    run: 'r1',
    created: '2024-01-01T00:00:00Z',
    archiveSha256: 'a'.repeat(64),
    source: { id: '1', url: 'https://old.example/api', version: '3.8.1' },
    target: { id: '2', url: 'https://new.example/api', version: '3.9.0', user: 'st2admin' },
    kinds: ['keys'],
    onConflict: 'fail',
    otherUsers: false,
  }
  const writer = await PlanWriter.create(at('plan.jsonl'), header)
  await writer.change({ kind: 'keys', identity: 'a', action: 'create' })
  await writer.change({ kind: 'keys', identity: 'b', action: 'conflict', note: 'another value' })
  await writer.finish({ identical: { keys: 7 }, blockers: [{ kind: 'packs', what: 'rule net.alarm would be live', advice: 'look', unless: 'allow_active' }] })
  return at('plan.jsonl')
}

describe('a plan', () => {
  it('is told with its counts, what blocks it, and what a person must look at', async () => {
    const { summary, data } = await inspect(await aPlan())
    expect(data).toMatchObject({ type: 'plan', run: 'r1', counts: { keys: { create: 1, conflict: 1 } } })
    expect(summary).toEqual(expect.arrayContaining(['keys: 1 conflict, 1 create, 7 identical', 'apply will stop: rule net.alarm would be live (unless allow_active=true)', 'conflict keys "b": another value']))
    expect(summary.join()).not.toContain('create keys "a"')
  })

  it('lists all changes of the kinds that were asked for', async () => {
    expect((await inspect(await aPlan(), ['keys'])).summary).toContain('create keys "a"')
  })

  it('whose end is missing is refused', async () => {
    const file = await aPlan()
    fs.truncateSync(file, fs.statSync(file).size - 5)
    await expect(inspect(file)).rejects.toMatchObject({ exit: 2 })
  })
})

it('a journal is told with what was begun and not confirmed', async () => {
  const journal = await Journal.open(at('journal.jsonl'), 'r1', 'p'.repeat(64))
  journal.intend({ n: 0, kind: 'keys', identity: 'a' }, undefined)
  journal.confirm({ n: 0, kind: 'keys', identity: 'a' }, { outcome: 'carried' })
  journal.intend({ n: 1, kind: 'keys', identity: 'b' }, undefined)
  journal.intend({ n: 2, kind: 'states', identity: 'runner:x' }, { identity: 'runner:x' })
  await journal.close()
  const { summary, data } = await inspect(at('journal.jsonl'))
  expect(data).toMatchObject({ type: 'journal', run: 'r1', states: { carried: 1, intent: 1, waiting: 1 } })
  expect(summary.join('\n')).toContain('1 state or override not set yet')
  expect(summary.join('\n')).not.toContain('runner:x')
  expect(summary).toContain('begun: keys "b"')
})

it('a ledger is told with its sums and what needs a person', async () => {
  const lines = [
    { kind: 'keys', identity: 'a', outcome: 'carried' },
    { kind: 'keys', identity: 'b', outcome: 'manual', note: 'it cannot be decrypted', advice: 'set it by hand' },
  ]
  fs.writeFileSync(at('ledger.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const { summary, data } = await inspect(at('ledger.jsonl'))
  expect(data).toMatchObject({ type: 'ledger', counts: { keys: { carried: 1, manual: 1 } } })
  expect(summary).toContain('manual keys "b": it cannot be decrypted: -> set it by hand')
  expect(summary.join()).not.toContain('carried keys')
})

it('what is not listed is counted', async () => {
  const lines = Array.from({ length: 33 }, (_, n) => ({ kind: 'keys', identity: `k${n}`, outcome: 'carried' }))
  fs.writeFileSync(at('ledger.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  expect((await inspect(at('ledger.jsonl'), ['keys'])).summary).toContain('... and 3 more')
  const items = lines.map(({ identity }) => ({ identity }))
  const { path: file } = await makeArchive(dir, { items: { keys: items } }, undefined, { ...MANIFEST, kinds: { keys: { count: 33, fingerprint: '' } } })
  expect((await inspect(file, ['keys'])).summary).toContain('... and 3 more keys: only=keys:PATTERN lists some of them')
})

it('an undo journal is told with what the last undo came to, item by item', async () => {
  const lines = [
    { undo: 1, run: 'r1', journal: 2, at: '2024-01-01T00:00:00Z' },
    { kind: 'keys', identity: 'gone before', state: 'removed' },
    { undo: 1, run: 'r1', journal: 8, at: '2024-01-02T00:00:00Z' },
    { kind: 'keys', identity: 'a', state: 'intent' },
    { kind: 'keys', identity: 'a', state: 'removed' },
    { kind: 'keys', identity: 'b', state: 'restored' },
    { kind: 'packs', identity: 'c', state: 'left', note: 'it was changed since' },
  ]
  fs.writeFileSync(at('undo.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const { summary, data } = await inspect(at('undo.jsonl'))
  expect(data).toMatchObject({ type: 'undo journal', run: 'r1', undos: 2, states: { removed: 1, restored: 1, left: 1 } })
  expect(summary).toContain('left packs "c": it was changed since')
})

it('a ledger that names a kind __proto__ changes nothing but its own sums', async () => {
  fs.writeFileSync(at('ledger.jsonl'), '{"kind":"__proto__","identity":"a","outcome":"carried"}\n')
  const { summary } = await inspect(at('ledger.jsonl'))
  expect(summary).toContain('__proto__: 1 carried')
  expect(({} as Record<string, unknown>).carried).toBeUndefined()
})

it('anything else is refused, and what is not there is named', async () => {
  fs.writeFileSync(at('other.txt'), 'hello\n')
  await expect(inspect(at('other.txt'))).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('other.txt') })
  await expect(inspect(at('nothing'))).rejects.toMatchObject({ message: expect.stringContaining(at('nothing')) })
})

describe('a run', () => {
  it('is told with its host and which of its files are there', async () => {
    const run = at('runs/r1')
    fs.mkdirSync(run, { recursive: true })
    fs.writeFileSync(path.join(run, 'run.json'), JSON.stringify({ run: 'r1', host: 'runner-2', started: '2024-01-01T00:00:00Z', plan: path.join(run, 'plan.jsonl'), undone: '2024-01-03T00:00:00Z' }))
    fs.writeFileSync(path.join(run, 'ledger.jsonl'), '')
    const { summary } = await inspectRun(dir, 'r1')
    expect(summary[0]).toBe('run r1, begun 2024-01-01T00:00:00Z on host runner-2')
    expect(summary).toEqual(expect.arrayContaining(['last taken back 2024-01-03T00:00:00Z', `lacks ${path.join(run, 'plan.jsonl')}`, `holds ${path.join(run, 'ledger.jsonl')}`]))
  })

  it('that is not there is wrong usage', async () => {
    await expect(inspectRun(dir, 'none')).rejects.toMatchObject({ exit: 2 })
  })
})
