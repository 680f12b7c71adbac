/**
 * What else an apply or an activation has done to a target beside the items of kinds, and how it is taken back. Each of these
 * knows its own traces, in the run's directory or on the target, and can be called again after a crash.
 */
import { undoQuietLanding } from './undo-quiet'
import type { Undoing, Writer } from './undoing'

export interface UndoStep {
  readonly name: string
  /** `first`: before any item is touched; `between`: when what was created is gone, before what was overwritten comes back. */
  readonly when: 'first' | 'between'
  /** What there is to take back, one line each; none when there is nothing. Reads only. */
  look(undoing: Undoing): Promise<string[]>
  /** Takes it back. Lines for the answer: what could not be, and why. */
  undo(writer: Writer): Promise<string[]>
}

export const UNDO_STEPS: readonly UndoStep[] = [undoQuietLanding]
