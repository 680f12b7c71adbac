import type { Change } from '../../../src/core/model'
import { JournalStates } from '../../../src/engine/journal'
import { closeLedger, entryOf, Ledger, personLines } from '../../../src/engine/ledger'
import type { JsonLinesFile } from '../../../src/system/json-lines'

const change: Change & { n: number } = { n: 0, kind: 'host_files', identity: 'etc/st2/st2.conf', action: 'leave', note: 'put beside, not in place' }
const outcome = (more: Partial<Change>) => entryOf({ ...change, ...more }, new JournalStates()).outcome

test('an item that an earlier run put there in another form is told as transformed, as the proof tells it', () => {
  expect(outcome({ transformed: true })).toBe('transformed')
  expect(outcome({})).toBe('left')
})

test('what failed stands before what needs a person, and both before questions of the past, however many there are', async () => {
  const ledger = new Ledger({ line: () => Promise.resolve(), finish: () => Promise.resolve() } as unknown as JsonLinesFile)
  for (let n = 0; n < 25; n++) await ledger.add({ kind: 'inquiries', identity: `q${n}`, outcome: 'manual', note: 'waits' })
  await ledger.add({ kind: 'packs', identity: 'net', outcome: 'manual', note: 'no origin', advice: 'install it' })
  await ledger.add({ kind: 'keys', identity: 'a', outcome: 'failed', note: 'refused' })
  const told = personLines(await closeLedger(ledger))
  expect(told.slice(0, 3)).toEqual(['failed: keys a: refused', 'needs a person: packs net: no origin (install it)', 'needs a person: inquiries q0: waits'])
  expect(told[told.length - 1]).toBe('... and 22 more in the ledger')
})
