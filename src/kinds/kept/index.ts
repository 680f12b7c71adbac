/** The second registry: what is kept and never planned. The order is the one in which an export gathers them. */
import { AUDIT_LOGS } from './audit-logs'
import type { KeptHistory } from './kept'
import { RECORD_HISTORIES } from './records'

export const KEPT: readonly KeptHistory[] = [...RECORD_HISTORIES, AUDIT_LOGS]

export { refuseAuditFolder } from './audit-folder'
export { historyPrefix } from './day-files'
export { maskRecord } from './masking'
export { RECORD_KINDS, timeOf, type HistoryRecord, type RecordKind, type Told } from './record-kind'
export { STATUSES } from './unfinished'
export type { HistoryFilters, Keeping, KeptHistory } from './kept'
