/**
 * What of the sample estate may end in another way than being carried, each with its reason. Whatever else is left, fails or
 * waits for a person makes the demo fail.
 */
import { EXPIRED_NAME } from './keys'

export interface Declared {
  kind: string
  /** As the ledger names the item. */
  identity: string
  reason: string
}

export const DECLARED: readonly Declared[] = [
  { kind: 'keys', identity: `st2kv.system:${EXPIRED_NAME}`, reason: 'its time was over before the migration; the database had only not removed it yet' },
  ...['chatops', 'core', 'default', 'examples', 'packs'].map((identity) => ({
    kind: 'packs',
    identity,
    reason: 'comes with StackStorm itself, the new instance has its own',
  })),
]
