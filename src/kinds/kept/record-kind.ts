/** What is known of the records that an instance keeps of the past: where they are listed, what their time is, how one is told in a line. */
import { exactTime, timeOfId } from '../../core/moments'
import type { Query } from '../../st2/port'

/** A record as the API shows it. */
export type HistoryRecord = Readonly<Record<string, unknown>>

/** What a table tells of a record. */
export interface Told {
  /** The action, rule, trigger or tag. */
  name: string
  user?: string
  status?: string
  /** How long it took. */
  seconds?: number
  /** Refs of the actions that it is about. */
  actions?: string[]
}

export interface RecordKind {
  readonly name: string
  readonly title: string
  readonly path: string
  /** Its member with the time that lists are ordered by. */
  readonly time: string
  /** Query parameters for records after and before a time; a list without them is read from its other end. */
  readonly bounds?: readonly [after: string, before: string]
  /** Microseconds that a shown time may be cut by. */
  readonly tick: number
  /** Asked with every page. */
  readonly query?: Query
  /** Only they have actions and statuses that can be filtered. */
  readonly filtered?: true
  tell(record: HistoryRecord): Told
}

/** When it began; a record without a time of its own has that of its database id. */
export function timeOf({ time }: Pick<RecordKind, 'time'>, record: HistoryRecord): string | undefined {
  return exactTime(record[time]) ?? timeOfId(record.id)
}

const objectOf = (value: unknown): HistoryRecord => (value !== null && typeof value === 'object' ? (value as HistoryRecord) : {})
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const listOf = (value: unknown): HistoryRecord[] => (Array.isArray(value) ? value.map(objectOf) : [])
const refsOf = (value: unknown): string[] => listOf(value).flatMap(({ ref }) => textOf(ref) ?? [])

const tellExecution = ({ action, context, status, elapsed_seconds: seconds }: HistoryRecord): Told => {
  const ref = textOf(objectOf(action).ref)
  return { name: ref ?? '', user: textOf(objectOf(context).user), status: textOf(status), ...(typeof seconds === 'number' && { seconds }), actions: ref === undefined ? [] : [ref] }
}

/** Histories behind lists of their own. Recorded on 3.4.1, 3.8.1 and 3.9.0 (executions, triggers). */
export const EXECUTIONS: RecordKind = {
  name: 'executions',
  title: 'executions',
  path: '/v1/executions',
  time: 'start_timestamp',
  tick: 1,
  bounds: ['timestamp_gt', 'timestamp_lt'],
  query: { show_secrets: true },
  filtered: true,
  tell: tellExecution,
}

/** Questions that wait for an answer; each with a part of the execution that asks. */
export const INQUIRIES: RecordKind = {
  name: 'inquiries',
  title: 'pending inquiries',
  path: '/v1/inquiries',
  time: 'start_timestamp',
  tick: 1,
  tell: ({ execution }) => ({ ...tellExecution(objectOf(execution)), status: 'pending' }),
}

/** Their list takes no times. */
export const TRACES: RecordKind = {
  name: 'traces',
  title: 'traces',
  path: '/v1/traces',
  time: 'start_timestamp',
  tick: 1,
  tell: ({ trace_tag: tag, action_executions: actions }) => ({ name: textOf(tag) ?? '', actions: refsOf(actions) }),
}

export const RULE_ENFORCEMENTS: RecordKind = {
  name: 'rule_enforcements',
  title: 'rule enforcements',
  path: '/v1/ruleenforcements',
  time: 'enforced_at',
  tick: 1,
  bounds: ['enforced_at_gt', 'enforced_at_lt'],
  tell: ({ rule, status }) => ({ name: textOf(objectOf(rule).ref) ?? '', status: textOf(status) }),
}

/** 3.4.1 shows whole seconds. */
export const TRIGGER_INSTANCES: RecordKind = {
  name: 'trigger_instances',
  title: 'trigger instances',
  path: '/v1/triggerinstances',
  time: 'occurrence_time',
  tick: 1_000_000,
  bounds: ['timestamp_gt', 'timestamp_lt'],
  tell: ({ trigger, status }) => ({ name: textOf(trigger) ?? '', status: textOf(status) }),
}

export const RECORD_KINDS: readonly RecordKind[] = [EXECUTIONS, INQUIRIES, TRACES, RULE_ENFORCEMENTS, TRIGGER_INSTANCES]
