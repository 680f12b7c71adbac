/** A trigger happens: it is recorded, and the rules that wait for it run their actions. Knowledge: recordings triggers. */
import { rules, triggers, triggerTypes, type RuleDoc, type TriggerDoc } from '../../content/documents'
import type { Sandbox } from '../../types'
import { engineOf } from '../engine'
import { ruleEnforcementsOf, triggerInstancesOf, type TriggerInstance } from '../history'
import type { Execution, Json } from '../model'
import { requestExecution } from '../request'
import { now } from '../time'
import { newTrace, tracesOf, type Trace, type TraceComponent } from '../traces'
import { fits, type Criterion } from './criteria'

/** Who runs what rules start. */
const SYSTEM_USER = 'stanley'

/** Records that a trigger happened, with its payload, and starts the actions of the rules that fit; `launch` may do otherwise with them. */
export function dispatch(sandbox: Sandbox, trigger: TriggerDoc, payload: Json, traceTag: string, launch: Launch = (execution) => engineOf(sandbox).launch(execution)): TriggerInstance {
  const instance = triggerInstancesOf(sandbox).put({ id: sandbox.store.newId(), trigger: trigger.ref, occurrence_time: now(), status: 'processed', payload })
  const trace = newTrace(sandbox, traceTag)
  extend(sandbox, trace.id, 'trigger_instances', component(instance.id, trigger.ref))
  const waiting = rules(sandbox).all().filter((rule) => rule.trigger === trigger.ref && rule.enabled)
  const standard = waiting.filter((rule) => rule.type.ref !== 'backstop' && matches(rule, payload))
  const chosen = standard.length > 0 ? standard : waiting.filter((rule) => rule.type.ref === 'backstop' && matches(rule, payload))
  for (const rule of chosen) enforce({ sandbox, rule, trigger, instance, trace: trace.id, launch })
  return instance
}

const matches = (rule: RuleDoc, payload: Json): boolean => fits(rule.criteria as Record<string, Criterion>, payload)

type Launch = (execution: Execution) => void

interface Enforcement {
  sandbox: Sandbox
  rule: RuleDoc
  trigger: TriggerDoc
  instance: TriggerInstance
  /** Id of the trace. */
  trace: string
  launch: Launch
}

function enforce(what: Enforcement): void {
  const { sandbox, rule, instance, trace } = what
  extend(sandbox, trace, 'rules', component(rule.id, rule.ref, { type: 'trigger_instance', id: instance.id }))
  const enforcement = { trigger_instance_id: instance.id, rule: { ref: rule.ref, id: rule.id, uid: rule.uid }, enforced_at: now() }
  const record = (outcome: { status: 'succeeded' | 'failed'; execution_id?: string; failure_reason?: string }): void =>
    void ruleEnforcementsOf(sandbox).put({ id: sandbox.store.newId(), ...enforcement, ...outcome })
  try {
    const execution = startAction(what)
    record({ status: 'succeeded', execution_id: execution.id })
    sandbox.audit('st2rulesengine', 'Rule enforced. Execution %s, TriggerInstance %s and Rule %s.', { execution_db: execution.id, trigger_instance_db: instance, rule_db: rule })
  } catch (error) {
    record({ status: 'failed', failure_reason: (error as Error).message })
  }
}

function startAction({ sandbox, rule, trigger, instance, trace, launch }: Enforcement): Execution {
  const execution = requestExecution(sandbox, {
    action: rule.action.ref,
    parameters: rule.action.parameters,
    user: SYSTEM_USER,
    context: { trigger_instance: { id: instance.id, name: null }, rule: { id: rule.id, name: rule.name }, trace_context: { id_: trace } },
    names: { trigger: instance.payload },
    cause: { rule: { ...rule }, trigger: { ...trigger }, trigger_type: typeOf(sandbox, trigger), trigger_instance: { ...instance } },
  })
  launch(execution)
  return execution
}

function typeOf(sandbox: Sandbox, { type }: TriggerDoc): Json {
  return { ...triggerTypes(sandbox).by('uid_1', `trigger_type:${type.replace('.', ':')}`) }
}

const component = (object_id: string, ref: string, caused_by: Json = {}): TraceComponent => ({ object_id, ref, updated_at: now(), caused_by })

function extend(sandbox: Sandbox, id: string, list: 'trigger_instances' | 'rules', part: TraceComponent): void {
  const trace = tracesOf(sandbox).get(id) as Trace
  tracesOf(sandbox).put({ ...trace, [list]: [...trace[list], part] })
}

/** Sends a trigger instance's payload once more; undefined when its trigger is gone. */
export function dispatchAgain(sandbox: Sandbox, instance: TriggerInstance, payload: Json): void {
  const trigger = triggers(sandbox).all().find(({ ref }) => ref === instance.trigger)
  if (trigger) dispatch(sandbox, trigger, payload, `${trigger.type}-${sandbox.store.newId()}`)
}
