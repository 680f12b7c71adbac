/** Undo: the target's own rules that writing keys would have set off are switched on again, when the last key is taken back. */
import type { UndoStep } from './undoing'
import { heldWatchers, wakeWatchers } from './watchers'

export const undoWatchers: UndoStep = {
  name: 'rules that keys set off',
  when: 'last',
  look: async ({ run, target }) => (await heldWatchers(run, target)).map((ref) => `rule ${ref}, switched off while keys were written`),
  undo: async ({ run, target }) => {
    await wakeWatchers(run, target)
    return []
  },
}
