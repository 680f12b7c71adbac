/**
 * What happened: trigger instances, rule enforcements, traces. Lists come newest first. Knowledge: recordings triggers; content.md,
 * Triggers.
 */
import { listReply, type ListRules } from '../content/listing'
import { triggers } from '../content/documents'
import { textParameter } from '../http/parameters'
import { Fault, type Collection, type Doc, type Handler, type Sandbox, type SandboxRequest } from '../types'
import type { Json } from './model'
import { executionsOf } from './records'
import { cutTime, parseTime } from './time'
import { tracesOf, type Trace } from './traces'

export interface TriggerInstance extends Doc {
  /** Ref of the trigger. */
  trigger: string
  occurrence_time: string
  status: 'pending' | 'processing' | 'processing_failed' | 'processed'
  payload: Json
}

interface RuleEnforcement extends Doc {
  trigger_instance_id: string
  execution_id?: string
  failure_reason?: string
  rule: { ref: string; id: string; uid: string }
  enforced_at: string
  status: 'succeeded' | 'failed'
}

export const triggerInstancesOf = ({ store }: Sandbox): Collection<TriggerInstance> => store.collection<TriggerInstance>('trigger_instances')
export const ruleEnforcementsOf = ({ store }: Sandbox): Collection<RuleEnforcement> => store.collection<RuleEnforcement>('rule_enforcements')

/** Documents newest first, or oldest first, of those between two times of the query. */
function inTime<T extends Doc>(docs: T[], timeOf: (doc: T) => string, request: SandboxRequest, [after, before]: [string, string], ascending = false): T[] {
  const [from, to] = [timeParameter(request, after), timeParameter(request, before)]
  const found = docs.filter((doc) => (from === undefined || timeOf(doc) > from) && (to === undefined || timeOf(doc) < to))
  return found.sort((a, b) => (timeOf(a) < timeOf(b) === ascending ? -1 : 1))
}

function timeParameter({ query }: SandboxRequest, name: string): string | undefined {
  const text = textParameter(query, name)
  const time = text ? parseTime(text) : undefined
  if (text && time === undefined) throw new Fault(400, 'Datetime value does not match expected format.')
  return time
}

function one<T extends Doc>(collection: Collection<T>, { params }: SandboxRequest): T {
  const found = collection.get(params.id ?? '')
  if (!found) throw new Fault(404, `Unable to identify resource with id "${params.id}".`)
  return found
}

const INSTANCES: ListRules<TriggerInstance> = {
  filters: { status: ({ status }) => status, trigger: ({ trigger }) => trigger },
  sortable: ['status', 'trigger'],
  defaultLimit: 100,
  always: ['id'],
}

/** The database keeps whole milliseconds of the time, on 3.4.1 whole seconds. */
const viewInstance = (instance: TriggerInstance, { traits }: Sandbox): Json => ({ ...instance, occurrence_time: cutTime(instance.occurrence_time, traits.executionLogDigits) })

export const listTriggerInstances: Handler = (request, sandbox) => {
  const type = textParameter(request.query, 'trigger_type')
  const ofType = type ? new Set(triggers(sandbox).all().filter((trigger) => trigger.type === type).map(({ ref }) => ref)) : undefined
  if (ofType?.size === 0) return { status: 200, json: [] }
  const all = triggerInstancesOf(sandbox).all().filter(({ trigger }) => !ofType || ofType.has(trigger))
  const found = inTime(all, ({ occurrence_time }) => occurrence_time, request, ['timestamp_gt', 'timestamp_lt'])
  return listReply(found, INSTANCES, request, sandbox, (instance) => viewInstance(instance, sandbox))
}

export const getTriggerInstance: Handler = (request, sandbox) => ({ status: 200, json: viewInstance(one(triggerInstancesOf(sandbox), request), sandbox) })

const ENFORCEMENTS: ListRules<RuleEnforcement> = {
  filters: {
    rule_ref: ({ rule }) => rule.ref,
    rule_id: ({ rule }) => rule.id,
    execution: ({ execution_id }) => execution_id,
    trigger_instance: ({ trigger_instance_id }) => trigger_instance_id,
  },
  sortable: [],
  defaultLimit: 100,
  always: ['id'],
}

const enforcements = (request: SandboxRequest, sandbox: Sandbox): RuleEnforcement[] =>
  inTime(ruleEnforcementsOf(sandbox).all(), ({ enforced_at }) => enforced_at, request, ['enforced_at_gt', 'enforced_at_lt'])

export const listEnforcements: Handler = (request, sandbox) => listReply(enforcements(request, sandbox), ENFORCEMENTS, request, sandbox, (doc) => ({ ...doc }))
export const getEnforcement: Handler = (request, sandbox) => ({ status: 200, json: one(ruleEnforcementsOf(sandbox), request) })

/** With the trigger instance and a part of the execution beside each. */
export const listEnforcementViews: Handler = (request, sandbox) => listReply(enforcements(request, sandbox), ENFORCEMENTS, request, sandbox, (doc) => enforcementView(doc, sandbox))

function enforcementView(doc: RuleEnforcement, sandbox: Sandbox): Json {
  const instance = triggerInstancesOf(sandbox).get(doc.trigger_instance_id)
  const execution = executionsOf(sandbox).get(doc.execution_id ?? '')
  const { action, runner, status, start_timestamp, parameters, id } = execution ?? ({} as Partial<NonNullable<typeof execution>>)
  return {
    ...doc,
    trigger_instance: instance ? viewInstance(instance, sandbox) : {},
    execution: execution
      ? { action: { ref: action?.ref, parameters: action?.parameters }, runner: { name: runner?.name, runner_parameters: runner?.runner_parameters }, status, start_timestamp, parameters, id }
      : {},
  }
}

const TRACES: ListRules<Trace> = {
  filters: {
    trace_tag: ({ trace_tag }) => trace_tag,
    execution: ({ action_executions }) => action_executions.map(({ object_id }) => object_id),
    rule: ({ rules }) => rules.map(({ object_id }) => object_id),
    trigger_instance: ({ trigger_instances }) => trigger_instances.map(({ object_id }) => object_id),
  },
  sortable: ['trace_tag'],
  defaultLimit: 100,
  always: ['id'],
}

export const listTraces: Handler = (request, sandbox) => {
  const ascending = textParameter(request.query, 'sort_asc') === 'True'
  const found = inTime(tracesOf(sandbox).all(), ({ start_timestamp }) => start_timestamp, request, ['', ''], ascending)
  return listReply(found, TRACES, request, sandbox, (trace) => ({ ...trace }))
}

export const getTrace: Handler = (request, sandbox) => ({ status: 200, json: one(tracesOf(sandbox), request) })
