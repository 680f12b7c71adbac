/**
 * What else an apply or an activation has done to a target beside the items of kinds, and how it is taken back. Each of these
 * knows its own traces, in the run's directory or on the target, and can be called again after a crash.
 */
import { undoQuietLanding } from './undo-quiet'
import { undoStatesFiles } from './undo-states'
import { undoWatchers } from './undo-watchers'
import type { UndoStep } from './undoing'

export const UNDO_STEPS: readonly UndoStep[] = [undoQuietLanding, undoStatesFiles, undoWatchers]
