/**
 * What of the sample estate may end in another way than being carried, each with its reason. Whatever else is left, fails or
 * waits for a person makes the demo fail.
 */
import type { StackStormVersion } from '../versions'
import { OVERRIDES } from './files/overrides'
import { EXPIRED_NAME } from './keys'

export interface Declared {
  kind: string
  /** As the ledger names the item; none: whatever there is of the kind. */
  identity?: string
  reason: string
  /** How it ends. Default: left. */
  outcome?: 'left' | 'manual'
  /** Only where the old instance is older than this. */
  before?: StackStormVersion
}

export const DECLARED: readonly Declared[] = [
  { kind: 'keys', identity: `st2kv.system:${EXPIRED_NAME}`, reason: 'its time was over before the migration; the database had only not removed it yet' },
  ...['chatops', 'core', 'default', 'examples', 'packs'].map((identity) => ({
    kind: 'packs',
    identity,
    reason: 'comes with StackStorm itself, the new instance has its own',
  })),
  ...Object.keys(OVERRIDES).map((file): Declared => ({
    kind: 'overrides',
    identity: file.replace('.yaml', ''),
    reason: 'StackStorm before 3.7 never read it: whether it shall act now is for a person',
    outcome: 'manual',
    before: '3.8.1',
  })),
  { kind: 'inquiries', reason: 'a question that waits for an answer waits on the old instance: no other one can take the answer', outcome: 'manual' },
]

/** What holds for an old instance of this version, of these kinds. */
export function declaredFor(version: StackStormVersion, kinds: readonly string[]): Declared[] {
  return DECLARED.filter(({ kind, before }) => kinds.includes(kind) && (before === undefined || version < before))
}
