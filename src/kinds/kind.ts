/**
 * What is known of one kind: a small descriptor. The engine owns loops, concurrency, retries, journal and results; a kind
 * tells its schema, identity, how to list it on an instance, how two items compare, and how to write one. A new kind costs
 * its file, one line in index.ts, one fixture, one unit test and one README row (docs/adding-a-kind.md).
 */
import type { ZodType } from 'zod'
import type { DatastoreKey as CryptoKey } from '../core/datastore-cipher'
import type { Change, Difference, Item, Remark } from '../core/model'
import type { Archive } from '../archive/types'
import type { StackStorm } from '../st2/port'
import type { System } from '../system/ports'

/** Where an instance's files lie, when the command runs on its host (or the instance is a sandbox). Absolute paths. */
export interface InstanceFiles {
  root: string
  packs: string
  configs: string
  overrides: string
  cryptoKey: string
  htpasswd: string
  rbac: string
  /** Service configuration: st2.conf, logging files. */
  etc: string
  /** Service logs, the audit logs among them. */
  logs: string
  chatops: string
  nginx: string
}

/** What to do with a different value on the target. */
export type OnConflict = 'fail' | 'skip' | 'overwrite'

/**
 * How a target comes up. `quiet`: overrides switch rules, sensors and aliases off before the first pack lands; `api`: the
 * same through the API, right after each pack; `active`: as its packs ship it.
 */
export type Landing = 'quiet' | 'api' | 'active'

/** One StackStorm, reached by its API, and by its files where the command runs on it. */
export interface Instance {
  readonly side: 'source' | 'target'
  readonly api: StackStorm
  readonly url: string
  /** Database id of the pack `core`. */
  readonly id: string
  readonly version: string
  readonly user: string
  readonly isAdmin: boolean
  readonly rbac: boolean
  readonly files?: InstanceFiles
  /** The datastore crypto key, when its file can be read. */
  readonly crypto?: CryptoKey
  /** Users whose temporary keys, left behind by a killed run, were deleted when it was opened. */
  readonly swept?: readonly string[]
  /** The same instance asked as another user; undefined when that is not possible or not allowed. Temporary keys are the engine's business. */
  asUser?(user: string): Promise<StackStorm | undefined>
}

/** Settings of a run that kinds look at; every one is an option of the commands. */
export interface Settings {
  run: string
  otherUsers: boolean
  /** Users named by the `users` setting. */
  users: string[]
  /** Git URL template for packs, with `{pack}`. */
  gitTemplate?: string
  servePacks: boolean
  serveAddress?: string
  servePort?: number
  onConflict: OnConflict
  /** Kinds that have another one of their own. */
  conflictsOf?: Readonly<Record<string, OnConflict>>
  landing: Landing
  concurrency?: number
}

/** What holds for one kind. */
export const conflictPolicy = ({ onConflict, conflictsOf }: Settings, kind: string): OnConflict => conflictsOf?.[kind] ?? onConflict

/** A listing under way, on either side. */
export interface Reading {
  readonly system: System
  readonly instance: Instance
  readonly settings: Settings
  /** Something found that cannot be carried. */
  readonly remark: (remark: Remark) => void
  /** A free fact for the ledger, for example which users were looked at. */
  readonly note: (text: string) => void
  /** Export only: the staging path of an archive member. */
  readonly stage?: (member: string) => Promise<string>
  /** The identities the archive holds for this kind, when the target is listed for a plan (so that only those users or packs are looked at). */
  readonly wanted?: Archive
  /** A private directory for this listing's temporary files. */
  readonly workDir: string
  /**
   * Whether the selection leaves this item out, told from its names alone (and `pack`): a kind that asks before it reads or
   * stages a large thing, and is told true, does not yield it. What it yields all the same is left out by the engine.
   */
  readonly leftOut?: (about: Item) => boolean
}

/** Where plain text of secrets can come from. `instance` is absent when the source is only an archive. */
export interface SecretSide {
  instance?: Instance
  crypto?: CryptoKey
}

/** A comparison or a plan under way. */
export interface Weighing {
  readonly system: System
  readonly settings: Settings
  readonly archive: Archive
  readonly source: SecretSide
  readonly target: Instance
  /** `verify` compares only; `plan` may also probe (for example a git remote). */
  readonly phase: 'plan' | 'apply' | 'verify'
  /** `quiet`: until it is activated, what acts by itself is expected to be off on the target, whatever it was on the source. */
  readonly activity: 'quiet' | 'active'
  readonly workDir: string
  /** Names of the kinds that are planned together; absent where that does not matter. */
  readonly kinds?: readonly string[]
}

/** An apply under way. */
export interface Writing extends Weighing {
  readonly phase: 'apply'
  /** The plan's changes of this kind, for kinds that prepare something for all of them. */
  readonly changes: Change[]
  /** A private directory of the run, for what a write replaces: it survives a crash, unlike `workDir`. */
  readonly keepDir: string
  /** In an undo: whether the same undo takes that item away too. */
  readonly goes?: (kind: string, identity: string) => Promise<boolean>
}

/** What became of a write. */
export interface Written {
  outcome: 'carried' | 'transformed' | 'left' | 'manual' | 'failed'
  note?: string
  advice?: string
}

/** What a kind decides or tells about an item that is new or different; the engine adds what it leaves open (action, kind, identity, before). */
export type Verdict = Partial<Change>

/** An item that another one needs. */
export interface Need {
  kind: string
  identity: string
  /** Not in an older form either. */
  asItIs?: true
}

export interface Kind<T extends Item = Item> {
  readonly name: string
  /** In plain words, plural, for summaries: `datastore keys`. */
  readonly title: string
  /** Kinds that must be in place before this one. */
  readonly after: readonly string[]
  /** Unknown members survive. */
  readonly schema: ZodType
  /** True when items or files of this kind may hold plain secrets, so that an archive wants sealing. */
  readonly plainSecrets: boolean
  /** Everything of this kind on an instance, in any order. What the tool itself made is never listed. */
  list(reading: Reading): AsyncIterable<T>
  /** Second listing of an export, to see changes made meanwhile; `list` unless given (packs: hashes only). */
  glance?(reading: Reading): AsyncIterable<Item>
  /** The members that differ; none = the same. Volatile members do not count. Secrets are compared decrypted, in memory. */
  compare(source: T, target: T, weighing: Weighing): Promise<Difference[]>
  /** A hash of everything that counts of an item as it stands on its instance; never reveals a secret. */
  fingerprint(item: T): string
  /**
   * What to do about an item that the target lacks or has otherwise. The default of the engine: create when lacking, and
   * when different: conflict, skip or update by `settings.onConflict`. A kind overrides it to leave an item or hand it to a person.
   */
  weigh?(source: T, target: T | undefined, differences: Difference[], weighing: Weighing): Promise<Verdict | undefined>
  /** What blocks an apply or would surprise the operator beyond single items: each blocker is one line. Called by plan with the changes of this kind. */
  blockers?(changes: Change[], weighing: Weighing): Promise<Blocker[]>
  /** What whoever approves a plan should know of these changes, one line each. */
  notices?(changes: Change[], weighing: Weighing): Promise<string[]>
  /** The same, where it does not hang on the changes, as soon as one of this kind is to be written. */
  caveats?(weighing: Weighing): Promise<string[]>
  /** The pack that an item belongs to, for selecting by pack. Default: its member `pack`. */
  packOf?(item: T): string | undefined
  /** Packs beside its own that an item is of no use without: those of what it runs, its dependencies. */
  needsPacks?(item: T): string[]
  /** What an item as it stands on an instance is of no use without, beside those packs: an undo that leaves it leaves that too. */
  needs?(item: T): Need[]
  /** True for a kind whose items belong to no pack. */
  readonly packless?: true
  /** Several at a time at most; the engine finds the knee below it. Default 32. */
  readonly maxConcurrent?: number
  /** Changes in waves, each waiting for the one before (dependencies). Default: one wave, streamed. Only for kinds of few items. */
  waves?(changes: Change[], items: Map<string, T>): Change[][]
  /** Starts what all writes of this kind need (a git server); the result's `close` is called at the end, also after errors. Throws to block before the first write. */
  open?(writing: Writing): Promise<{ close(): Promise<void> }>
  /** Writes one item. `before` is the target's item now. Must be repeatable: it may run again after a crash. */
  write(change: Change, item: T, before: T | undefined, writing: Writing): Promise<Written>
  /** True for a kind whose changes are staged: planned and told with the others, carried out by `activate` instead of `apply`. */
  readonly staged?: true
  /** True for a kind that activate looks at once more: its items land switched off, or registering packs sets them back. */
  readonly activated?: true
  /** True where what stands on the target is no reason not to write: a landing changes it, and to set it is what was asked for. */
  readonly sets?: true
  /**
   * True for what stands in the place of an item and is none: files that StackStorm has no record of. It counts for plans and
   * conflicts as an item does; an undo takes away what was written over it, and `remove` puts back what lay there.
   */
  isStranger?(found: T): boolean
  /**
   * Undo where the target's files cannot be reached: whether what was written of this item lies in them, so that it can be neither
   * seen nor taken back as it was. `keepDir` is where its writes kept what they replaced. Default: no.
   */
  needsFiles?(identity: string, keepDir: string): Promise<boolean>
  /** True for what an overwritten item of another kind may use until an undo has put that back: it goes after all that comes back. */
  readonly removedLast?: true
  /** Undo of a create: takes away what this tool made. `now` is what stands on the target, looked at just before and found as this tool left it. */
  remove?(now: T, writing: Writing): Promise<Written>
  /** Undo of an update: puts back what stood there before, byte for byte. Default: nothing can, it is for a person. */
  restore?(before: T, now: T | undefined, writing: Writing): Promise<Written>
  /** Undo of a create that was interrupted or failed and of which a listing shows nothing: takes away what may lie there all the same. Default: nothing can. */
  clear?(item: T, writing: Writing): Promise<Written>
  /** Before an undo looks at the target: waits for, or ends, what a killed apply or undo has started there. Not before a dry run. */
  settle?(writing: Writing): Promise<void>
  /** Whether a write that was cut off can have left an item that differs like this from the one to write. Default: it can; never, where one request is the whole write. */
  isHalfWritten?(differences: Difference[]): boolean
  /** Whether what was written goes by itself, so that its absence is nobody's doing (it has expired). */
  hasGone?(item: T, weighing: Weighing): boolean
  /** What StackStorm keeps after an undo, whatever one does; in plain words. */
  readonly staysBehind?: readonly string[]
  /** After the last write of the kind (for example one register call). */
  finish?(writing: Writing): Promise<void>
  /** The same after an undo, when the last item of any kind was taken back. A Refusal is told, and ends nothing. */
  finishUndo?(writing: Writing): Promise<void>
}

/** Something that stops an apply with exit 5 unless the named setting allows it. */
export interface Blocker {
  kind: string
  identity?: string
  what: string
  advice: string
  /** The setting that allows it, for example `allow_active`. */
  unless?: string
}
