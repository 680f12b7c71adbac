import type { Change } from '../../../src/core/model'
import { JournalStates } from '../../../src/engine/journal'
import { entryOf } from '../../../src/engine/ledger'

const change: Change & { n: number } = { n: 0, kind: 'host_files', identity: 'etc/st2/st2.conf', action: 'leave', note: 'put beside, not in place' }
const outcome = (more: Partial<Change>) => entryOf({ ...change, ...more }, new JournalStates()).outcome

test('an item that an earlier run put there in another form is told as transformed, as the proof tells it', () => {
  expect(outcome({ transformed: true })).toBe('transformed')
  expect(outcome({})).toBe('left')
})
