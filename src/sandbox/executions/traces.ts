/** Traces: which executions belong together. An execution that nothing caused starts one of its own. */
import type { Collection, Doc, Sandbox } from '../types'
import { createHash } from 'crypto'
import type { Execution } from './model'
import { change, executionsOf } from './records'
import { now } from './time'

export interface TraceComponent {
  object_id: string
  ref: string
  updated_at: string
  caused_by: Record<string, unknown>
}

export interface Trace extends Doc {
  uid: string
  trace_tag: string
  trigger_instances: TraceComponent[]
  rules: TraceComponent[]
  action_executions: TraceComponent[]
  start_timestamp: string
}

export function tracesOf(sandbox: Sandbox): Collection<Trace> {
  return sandbox.store.collection<Trace>('traces')
}

export function newTrace(sandbox: Sandbox, trace_tag: string): Trace {
  const start_timestamp = now()
  const uid = `trace:${createHash('md5').update(trace_tag + start_timestamp).digest('hex')}`
  return tracesOf(sandbox).put({ id: sandbox.store.newId(), uid, trace_tag, trigger_instances: [], rules: [], action_executions: [], start_timestamp })
}

export function traceOfExecution(sandbox: Sandbox, execution: string): Trace | undefined {
  return tracesOf(sandbox).get(executionsOf(sandbox).get(execution)?.trace ?? '')
}

/** Puts an execution into the trace that its context names, its parent's, or a new one. */
export function addToTrace(sandbox: Sandbox, { id, action, context, liveaction, parent }: Execution): void {
  const wanted = (context.trace_context as { id_?: string; trace_tag?: string } | undefined) ?? {}
  const found = (wanted.id_ ? tracesOf(sandbox).get(wanted.id_) : undefined) ?? (parent ? traceOfExecution(sandbox, parent) : undefined)
  const trace = found ?? newTrace(sandbox, wanted.trace_tag ?? `execution-${liveaction.id}`)
  const component: TraceComponent = { object_id: id, ref: action.ref, updated_at: now(), caused_by: parent ? { type: 'action_execution', id: parent } : {} }
  change(sandbox, id, () => ({ trace: trace.id }))
  tracesOf(sandbox).put({ ...trace, action_executions: [...trace.action_executions, component] })
}
