/**
 * What of the sample estate may end in another way than being carried, each with its reason. Whatever else is left, fails or
 * waits for a person makes the demo fail.
 */
import { EXPIRED_NAME } from './keys'

export interface Declared {
  kind: string
  /** The item's name. */
  name: string
  reason: string
}

export const DECLARED: readonly Declared[] = [
  { kind: 'keys', name: EXPIRED_NAME, reason: 'its time was over before the migration; the database had only not removed it yet' },
  ...['chatops', 'core', 'default', 'examples', 'packs'].map((name) => ({
    kind: 'packs',
    name,
    reason: 'comes with StackStorm itself, the new instance has its own',
  })),
]
