/** What the parts of an undo hand to each other. */
import type { Archive } from '../archive/types'
import type { Item } from '../core/model'
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
  /** Where the applies that are taken back kept what no item holds. */
  keepDir: string
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

/** One of the things that an undo takes back beside items: see undo-steps.ts. */
export interface UndoStep {
  readonly name: string
  /** `first`: before any item is touched; `between`: when what was created is gone, before what was overwritten comes back; `last`: when all is as it was. */
  readonly when: 'first' | 'between' | 'last'
  /** What there is to take back, one line each; none when there is nothing. Reads only. */
  look(undoing: Undoing): Promise<string[]>
  /** What of it lies in files of the target, by its names: asked where they cannot be reached, so that `look` cannot see it. */
  inFiles?(undoing: Undoing): Promise<Item[]>
  /** Takes it back. Lines for the answer: what could not be, and why. */
  undo(writer: Writer): Promise<string[]>
}
