/** Undo of a quiet landing: the overrides that stood on the target come back, before packs are registered again. */
import { mayBeQuiet, quietRunOf, takeQuietBack } from './quiet-file'
import type { UndoStep } from './undoing'

export const undoQuietLanding: UndoStep = {
  name: 'quiet landing',
  when: 'first',
  look: async ({ run, target, context }) => ((await quietRunOf(target, context.system)) === run.record.run ? ['the _global.yaml that keeps the target quiet'] : []),
  inFiles: async ({ run, target }) => ((await mayBeQuiet(run, target)) ? [{ identity: '_global.yaml, which keeps the target quiet' }] : []),
  undo: async ({ run, target, context }) => {
    await takeQuietBack(run, target, context.system)
    return []
  },
}
