/**
 * The words that every room shares: items, outcomes, differences, changes. Plain data, no behaviour.
 * The account of promise 1 is made of these: each item found on the source ends in exactly one outcome.
 */

/** One thing of a kind. `identity` means the same on every instance (never a database id); other members belong to the kind. */
export interface Item {
  identity: string
  [member: string]: unknown
}

/** What became of an item. */
export const OUTCOMES = ['carried', 'identical', 'transformed', 'left', 'manual', 'failed'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** One line of the ledger. `note` says why or how, `advice` what a person does next; neither ever holds a secret. */
export interface LedgerEntry {
  kind: string
  identity: string
  outcome: Outcome
  note?: string
  advice?: string
}

/** A line of the ledger that tells of no single item: which users were looked at, what changed during the export. */
export interface LedgerFact {
  kind: string
  fact: string
  /** Things that have no line of their own and belong to the sums all the same. */
  counted?: Partial<Record<Outcome, number>>
}

/** One way in which two items differ: the path of the member, and short texts of both sides (never of a secret). */
export interface Difference {
  path: string
  source?: string
  target?: string
  /** Why the two could not be compared at all: that is no proof of a difference, nor of the contrary. */
  unknown?: string
}

/** A thing that a kind found but cannot carry: it goes to the ledger and the manifest, not to the items. */
export interface Remark {
  identity: string
  outcome: 'left' | 'manual' | 'failed'
  note: string
  advice?: string
}

/** A host name that was changed on the way, and the member in which it stood. */
export interface Rewritten {
  path: string
  from: string
  to: string
}

export const ACTIONS = ['create', 'update', 'skip', 'conflict', 'manual', 'leave'] as const
export type ChangeAction = (typeof ACTIONS)[number]

/**
 * One line of a plan. `before` is the fingerprint of the target's item when the plan was made (absent: there was none).
 * `note` says why for skip, conflict, manual and leave, and how for a transformed item.
 */
export interface Change {
  kind: string
  identity: string
  action: ChangeAction
  before?: string
  note?: string
  advice?: string
  /** What stands in its place on the target is no item: files that StackStorm has no record of. Other writes may register them before this one. */
  stranger?: true
  /** Why no undo can take it back, once it is written: whoever approves a plan is told. */
  stays?: string
  /** True when the item reaches the target in another form (see `note`). */
  transformed?: boolean
  differences?: Difference[]
  /** Host names that reach the target changed. */
  rewritten?: Rewritten[]
  /** Why an old host name in it stays. */
  kept?: string
  /** What the kind needs at apply beside the item, for example where a pack is installed from. Never a secret. */
  details?: Record<string, unknown>
}
