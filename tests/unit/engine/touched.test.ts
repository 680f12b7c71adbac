/** What a run wrote, read from its journals: the earliest pre-image, what is half done, what was taken back already. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import type { Item } from '../../../src/core/model'
import { Journal } from '../../../src/engine/journal'
import { readTouched, type Touched } from '../../../src/engine/touched'
import { keptName, keptNameAt, undoHeads, UndoJournal } from '../../../src/engine/undo-journal'
import { collect } from '../../support/migration'

let dir: string
beforeEach(() => (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-touched-'))))
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

const files = () => ({ journal: path.join(dir, 'journal.jsonl'), undo: path.join(dir, 'undo.jsonl'), workDir: path.join(dir, 'work') })
type Step = [identity: string, state: 'intent' | 'carried' | 'failed' | 'left', before?: Item]

/** An apply that writes these lines. */
async function apply(plan: string, steps: Step[], { target = 't', kind = 'keys' } = {}): Promise<void> {
  const journal = await Journal.open(files().journal, 'r', plan, target)
  steps.forEach(([identity, state, before], n) => (state === 'intent' ? journal.intend({ n, kind, identity }, before) : journal.confirm({ n, kind, identity }, { outcome: state })))
  await journal.close()
}
async function undo(lines: [identity: string, state: 'intent' | 'removed' | 'left' | 'failed'][]): Promise<void> {
  const { lines: journal } = (await readTouched(files(), 't'))!
  const log = await UndoJournal.open(files().undo, 'r', journal, new Date(0))
  for (const [identity, state] of lines) log.confirm({ kind: 'keys', identity, state })
  await log.close()
}
async function touched(kind = 'keys'): Promise<Record<string, Omit<Touched, 'identity'>>> {
  const found = await collect((await readTouched(files(), 't'))!.of(kind))
  return Object.fromEntries(found.map(({ identity, ...rest }) => [identity, rest]))
}
const old = (value: string): Item => ({ identity: 'x', value })

test('nothing was journaled: there is nothing to take back', async () => {
  expect(await readTouched(files(), 't')).toBeUndefined()
})

test('created and overwritten, confirmed, cut off and failed', async () => {
  await apply('p', [
    ['a', 'intent'], ['a', 'carried'],
    ['b', 'intent', old('b')], ['b', 'carried'],
    ['c', 'intent', old('c')],
    ['d', 'intent'], ['d', 'failed'],
    // Found there already, and a write that wrote nothing.
    ['e', 'carried'],
    ['f', 'intent'], ['f', 'left'],
  ])
  expect(await touched()).toEqual({
    a: { settled: true, kept: 'replaced' },
    b: { settled: true, before: old('b'), kept: 'replaced' },
    c: { settled: false, before: old('c'), kept: 'replaced' },
    d: { settled: false, kept: 'replaced' },
  })
})

test('of several writes the first pre-image counts, over all plans of the run', async () => {
  await apply('p1', [['a', 'intent', old('first')], ['a', 'intent', old('half done')], ['a', 'carried']])
  await apply('p2', [['a', 'intent', old('second')], ['a', 'carried']])
  expect(await touched()).toEqual({ a: { settled: true, before: old('first'), kept: 'replaced' } })
})

test('what was taken back does not count any more; what was left does; a write after that begins anew, with a kept directory of its own', async () => {
  await apply('p', [['a', 'intent', old('1')], ['a', 'carried'], ['b', 'intent'], ['b', 'carried'], ['c', 'intent'], ['c', 'carried']])
  await undo([['a', 'removed'], ['b', 'left'], ['c', 'intent']])
  expect(await touched()).toEqual({ b: { settled: true, kept: 'replaced' }, c: { settled: false, kept: 'replaced' } })
  await apply('p', [['a', 'intent', old('2')], ['a', 'carried'], ['c', 'intent'], ['c', 'carried']])
  expect(await touched()).toEqual({ a: { settled: true, before: old('2'), kept: 'replaced-1' }, b: { settled: true, kept: 'replaced' }, c: { settled: true, kept: 'replaced' } })
})

test('an undo that goes on has one head; one after another apply has its own', async () => {
  await apply('p', [['a', 'intent'], ['a', 'carried']])
  await undo([['a', 'intent']])
  await undo([['a', 'removed']])
  expect(await undoHeads(files().undo)).toEqual([3])
  await apply('q', [['a', 'intent'], ['a', 'carried']])
  await undo([['a', 'removed']])
  expect(await undoHeads(files().undo)).toEqual([3, 6])
  expect([keptName([]), keptName([3]), keptNameAt([3, 6], 3), keptNameAt([3, 6], 4), keptNameAt([3, 6], 7)]).toEqual(['replaced', 'replaced-1', 'replaced', 'replaced-1', 'replaced-2'])
})

test('identities come in order, whatever is in them, each once', async () => {
  const names = ['a', 'a\0', 'a\0\u0001', 'a\u0001', 'a b', 'ab', '\u{1f600}', '\uffff', 'A']
  await apply('p', names.flatMap((name): Step[] => [[name, 'intent'], [name, 'carried']]))
  expect(Object.keys(await touched())).toEqual(['A', 'a', 'a\0', 'a\0\u0001', 'a\u0001', 'a b', 'ab', '\uffff', '\u{1f600}'])
})

test('kinds are kept apart; what went to another target does not count, and a run that wrote only there is refused', async () => {
  await apply('p', [['a', 'intent'], ['a', 'carried']], { kind: 'rules' })
  await apply('q', [['b', 'intent'], ['b', 'carried']], { target: 'other' })
  expect(await touched('rules')).toEqual({ a: { settled: true, kept: 'replaced' } })
  expect(await touched('keys')).toEqual({})
  fs.rmSync(files().journal)
  await apply('q', [['b', 'intent'], ['b', 'carried']], { target: 'other' })
  await expect(readTouched(files(), 't')).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('another instance') })
})

test('a journal of another version is refused', async () => {
  fs.writeFileSync(files().journal, '{"journal":2,"run":"r","plan":"p"}\n')
  await expect(readTouched(files(), 't')).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('version 2') })
})
