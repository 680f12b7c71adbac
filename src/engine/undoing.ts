/** What the parts of an undo hand to each other. */
import type { Archive } from '../archive/types'
import type { Instance } from '../kinds/kind'
import type { Run } from './runs'
import type { TouchedKinds } from './touched'
import type { StageContext, StageSettings } from './types'
import type { UndoLine } from './undo-journal'

export interface Undoing {
  context: StageContext
  settings: StageSettings
  run: Run
  target: Instance
  archive: Archive
  wrote: TouchedKinds
  /** An earlier undo of the same writes was stopped: parts of what it began with may be gone already. */
  resumed: boolean
}

/** An undo that writes. */
export interface Writer extends Undoing {
  intend(kind: string, identity: string): void
  confirm(line: UndoLine): void
  /** Throws when a lock was lost. */
  checkLock(): void
}
