/**
 * What is kept: things that an instance holds and that no StackStorm can take back, since it has no import for them. They go
 * into the archive to be looked at afterwards, and are told in the ledger as left, with that reason.
 */
import type { KeptSummary } from '../../archive/types'
import type { Remark } from '../../core/model'
import type { System } from '../../system/ports'
import type { Instance } from '../kind'

/** Which records are kept; without any, all. */
export interface HistoryFilters {
  /** In the form of src/core/moments.ts; nothing that began before. */
  since?: string
  /** Refs of actions; of executions only. */
  actions?: string[]
  /** Of executions only. */
  statuses?: string[]
}

/** A gathering under way. */
export interface Keeping {
  readonly system: System
  readonly instance: Instance
  readonly filters: HistoryFilters
  /** A folder for audit logs, in place of the archive. */
  readonly auditLogsTo?: string
  /** The staging path of an archive member; its directory is there. */
  readonly stage: (member: string) => Promise<string>
  /** Something that a person must see to. */
  readonly remark: (remark: Remark) => void
  /** A free fact for the ledger. */
  readonly note: (text: string) => void
  /** A private directory for temporary files. */
  readonly workDir: string
}

export interface KeptHistory {
  /** Named in `only` and `except` like a kind. */
  readonly name: string
  /** In plain words, plural. */
  readonly title: string
  keep(keeping: Keeping): Promise<KeptSummary>
}
