/** What the parts of an apply hand to each other. */
import type { Archive } from '../archive/types'
import type { Instance } from '../kinds/kind'
import type { Journal } from './journal'
import type { Plan } from './plan-file'
import type { Run } from './runs'
import type { StageContext, StageSettings } from './types'

/** What an apply has at hand. */
export interface Applying {
  context: StageContext
  settings: StageSettings
  run: Run
  plan: Plan
  archive: Archive
  target: Instance
  journal: Journal
  /** Throws when a lock was lost, the state directory's or the target's. */
  checkLock: () => void
}
