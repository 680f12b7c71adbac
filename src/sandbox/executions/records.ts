/** Execution records in the store: made, moved from status to status, found. */
import { randomBytes } from 'crypto'
import type { Collection, Sandbox } from '../types'
import { COMPLETED, type ActionRecord, type Execution, type ExecutionContext, type Json, type RunnerRecord, type Status } from './model'
import { now } from './time'

export function executionsOf(sandbox: Sandbox): Collection<Execution> {
  return sandbox.store.collection<Execution>('executions')
}

interface NewExecution extends Pick<Execution, 'rule' | 'trigger' | 'trigger_type' | 'trigger_instance'> {
  action: ActionRecord
  runner: RunnerRecord
  parameters: Json
  context: ExecutionContext
  /** What a caller sent along as result is kept until the action's own comes. */
  result?: unknown
  workflow_execution?: string
  task_execution?: string
  notify?: Json
}

const WORKFLOW_RUNNERS: readonly string[] = ['action-chain', 'orquesta']

/** Puts a new execution with status `requested` into the store and into its parent's list of children. */
export function createExecution(sandbox: Sandbox, { action, runner, parameters, context, notify, ...rest }: NewExecution): Execution {
  const start = now()
  const liveaction = {
    id: sandbox.store.newId(),
    action: action.ref,
    action_is_workflow: WORKFLOW_RUNNERS.includes(runner.name),
    parameters,
    callback: {},
    runner_info: {},
    ...(notify && { notify }),
  }
  const log = [{ timestamp: now(), status: 'requested' as const }]
  const parent = context.parent?.execution_id
  const execution: Execution = {
    id: sandbox.store.newId(),
    action,
    runner,
    liveaction,
    status: 'requested',
    start_timestamp: start,
    parameters,
    context,
    log,
    children: [],
    ...(parent !== undefined && { parent }),
    ...rest,
  }
  const stored = executionsOf(sandbox).put(execution)
  if (parent !== undefined) change(sandbox, parent, ({ children }) => ({ children: [...children, stored.id] }))
  return stored
}

/** Changes members of an execution; undefined when there is none any more (after a reset). */
export function change(sandbox: Sandbox, id: string, changes: (before: Execution) => Partial<Execution>): Execution | undefined {
  const before = executionsOf(sandbox).get(id)
  return before && executionsOf(sandbox).put({ ...before, ...changes(before) })
}

/**
 * Moves an execution to a status, with a line in its log. One that is completed stays as it is. With a result its size is kept;
 * the end is set with a completed status.
 */
export function moveTo(sandbox: Sandbox, id: string, status: Status, more: { result?: unknown; context?: Json } = {}): Execution | undefined {
  return change(sandbox, id, (before) => {
    if (COMPLETED.includes(before.status)) return {}
    const time = now()
    return {
      status,
      ...(before.status !== status && { log: [...before.log, { timestamp: time, status }] }),
      ...(COMPLETED.includes(status) && { end_timestamp: time, result_size: sizeOf(more.result ?? before.result) }),
      ...('result' in more && { result: more.result }),
      ...(more.context && { context: { ...before.context, ...more.context } }),
    }
  })
}

/** Bytes of a result in StackStorm's compact JSON. */
function sizeOf(result: unknown): number {
  return Buffer.byteLength(JSON.stringify(result ?? {}))
}

/** An id that no document has, in the form of StackStorm's: for workflow and task executions, which the sandbox does not keep. */
export const looseId = (): string => Math.floor(Date.now() / 1000).toString(16) + randomBytes(8).toString('hex')
