/** POST, PUT, DELETE and re-run of executions. Texts and statuses as recorded. */
import { lacking } from '../auth/permissions'
import type { Schema } from '../schema'
import { Fault, type Handler, type Reply, type Sandbox, type SandboxRequest } from '../types'
import { readBody } from './body'
import { engineOf } from './engine'
import { CANCELABLE, COMPLETED, type Execution, type Json, type Status } from './model'
import { executionsOf, moveTo } from './records'
import { requestExecution, type ExecutionRequest } from './request'
import { showsSecrets } from './query'
import { executionFrom } from './single'
import { traceOfExecution } from './traces'
import { viewExecution } from './view'
import { findAction } from './world'

const STATUSES: Status[] = ['requested', 'scheduled', 'delayed', 'running', 'succeeded', 'failed', 'timeout', 'abandoned', 'canceling', 'canceled', 'pending', 'pausing', 'paused', 'resuming']
const anyOf = (...types: string[]): Schema => ({ anyOf: types.map((type) => ({ type })) })

const REQUEST: Schema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    status: { type: 'string', enum: STATUSES },
    start_timestamp: { type: 'string' },
    end_timestamp: { type: 'string' },
    action: { type: 'string', required: true },
    parameters: { type: 'object', patternProperties: { '^\\w+$': anyOf('array', 'boolean', 'integer', 'number', 'object', 'string', 'null') }, additionalProperties: false },
    result: anyOf('array', 'boolean', 'integer', 'number', 'object', 'string'),
    context: { type: 'object' },
    callback: { type: 'object' },
    runner_info: { type: 'object' },
    notify: { type: 'object' },
    delay: { type: 'integer' },
    user: { type: ['string', 'null'] },
  },
  additionalProperties: false,
}

/** Requests the execution, starts it, and answers 201 with its record as it is at this moment. */
export function start(sandbox: Sandbox, wanted: ExecutionRequest, showSecrets: boolean): { execution: Execution; reply: Reply } {
  const execution = requestExecution(sandbox, wanted)
  engineOf(sandbox).launch(execution)
  return { execution, reply: { status: 201, json: viewExecution(execution, { showSecrets, traits: sandbox.traits, fresh: true }) } }
}

export const postExecution: Handler = (request, sandbox) => {
  const body = readBody(request, REQUEST)
  mayExecute(request, body.action as string, sandbox)
  const user = actingUser(request, body.user as string | undefined)
  const context = { ...(body.context as Json | undefined), ...headerContext(request) }
  const parameters = (body.parameters as Json | undefined) ?? {}
  return start(sandbox, { action: body.action as string, parameters, user, context, result: body.result }, showsSecrets(request)).reply
}

/** With RBAC on only an admin may run actions here: nobody else has a role. */
export function mayExecute({ caller }: SandboxRequest, ref: string, sandbox: Sandbox): void {
  const action = caller.isAdmin ? undefined : findAction(sandbox, ref)
  if (action) throw lacking(caller.user, 'action_execute', action.uid)
}

/** Another user than the caller may be named; with RBAC on only by an admin. */
function actingUser({ caller }: SandboxRequest, named: string | undefined): string {
  if (!named || named === caller.user) return caller.user
  if (!caller.isAdmin) throw new Fault(403, `User "${caller.user}" is not authorized to specify "user" query parameter. Only admins can specify this parameter.`)
  return named
}

function headerContext({ headers }: SandboxRequest): Json {
  const text = headers['st2-context']
  if (typeof text !== 'string' || text === '') return {}
  try {
    return JSON.parse(text) as Json
  } catch {
    throw new Fault(400, "Unable to convert st2-context from the headers into JSON (was <class 'str'>).")
  }
}

const RE_RUN: Schema = {
  type: 'object',
  properties: { parameters: { type: 'object' }, tasks: { type: 'array' }, reset: { type: 'array' }, user: { type: 'string' }, delay: { type: 'integer' } },
}

export const reRunExecution: Handler = (request, sandbox) => {
  const body = readBody(request, RE_RUN)
  const [tasks, reset] = [(body.tasks as string[] | undefined) ?? [], (body.reset as string[] | undefined) ?? []]
  const parameters = (body.parameters as Json | undefined) ?? {}
  if ((tasks.length > 0 || reset.length > 0) && Object.keys(parameters).length > 0) throw new Fault(400, 'Parameters override is not supported when re-running task(s) for a workflow.')
  if (reset.some((task) => !tasks.includes(task))) throw new Fault(400, 'List of tasks to reset does not match the tasks to rerun.')
  const before = executionFrom(request, sandbox)
  if (tasks.length > 0 && before.runner.name !== 'orquesta') throw new Fault(400, 'Task option is only supported for Orquesta workflows.')
  const trace = traceOfExecution(sandbox, before.id)
  const context: Json = {
    're-run': { ref: before.id, ...(tasks.length > 0 && { tasks }), ...(reset.length > 0 && { reset }) },
    ...(trace && { trace_context: { id_: trace.id } }),
  }
  const user = actingUser(request, body.user as string | undefined)
  return start(sandbox, { action: before.action.ref, parameters: { ...before.parameters, ...parameters }, user, context }, showsSecrets(request)).reply
}

const UPDATE: Schema = { type: 'object', properties: { status: { type: 'string', enum: STATUSES }, result: { type: 'object' } }, additionalProperties: false }

export const putExecution: Handler = (request, sandbox) => {
  const { status, result } = readBody(request, UPDATE) as { status?: Status; result?: Json }
  const execution = executionFrom(request, sandbox, 'execution_stop')
  if (COMPLETED.includes(execution.status)) throw new Fault(400, 'Execution is already in completed state.')
  const changed = change(sandbox, execution, request.caller.user, status, result)
  return { status: 200, json: viewExecution(changed ?? execution, { showSecrets: showsSecrets(request), traits: sandbox.traits }) }
}

function change(sandbox: Sandbox, execution: Execution, user: string, status?: Status, result?: Json): Execution | undefined {
  if (status === 'canceling' || status === 'canceled') return cancel(sandbox, execution, user)
  if (status === 'pausing' || status === 'paused') return pause(sandbox, execution)
  if (status === 'resuming') return resume(sandbox, execution)
  if (status === undefined) throw new Fault(500, 'Failed updating execution due to unexpected error.')
  return moveTo(sandbox, execution.id, status, result === undefined ? {} : { result })
}

/** Only workflows can be paused. */
function pause(sandbox: Sandbox, { id, status, runner, liveaction }: Execution): Execution | undefined {
  if (!liveaction.action_is_workflow) throw new Fault(400, `Failed updating execution. Failed to pause liveaction "${liveaction.id}" because it is invoked by the "${runner.name}" runner that does not support pause.`)
  if (status === 'pausing' || status === 'paused') return undefined
  if (status !== 'running') throw new Fault(400, `Failed updating execution. Unable to pause liveaction "${liveaction.id}" because it is not in a running state.`)
  for (const workflow of workflowsBelow(sandbox, id, ['running'])) moveTo(sandbox, workflow.id, 'pausing')
  return moveTo(sandbox, id, 'pausing')
}

/** Workflows that this one runs, at all depths; what happens to it happens to them. */
function workflowsBelow(sandbox: Sandbox, id: string, statuses: readonly Status[]): Execution[] {
  const children = executionsOf(sandbox).all().filter(({ parent, status, liveaction }) => parent === id && liveaction.action_is_workflow && statuses.includes(status))
  return children.flatMap((child) => [child, ...workflowsBelow(sandbox, child.id, statuses)])
}

function resume(sandbox: Sandbox, { id, status, liveaction }: Execution): Execution | undefined {
  if (status === 'running' || status === 'resuming') return undefined
  if (status !== 'paused') throw new Fault(400, `Failed updating execution. Unable to resume liveaction "${liveaction.id}" because it is in "${status}" state and not in "paused" state.`)
  for (const workflow of workflowsBelow(sandbox, id, ['paused'])) moveTo(sandbox, workflow.id, 'resuming')
  return moveTo(sandbox, id, 'resuming')
}

export const deleteExecution: Handler = (request, sandbox) => {
  const execution = executionFrom(request, sandbox, 'execution_stop')
  const options = { showSecrets: showsSecrets(request), traits: sandbox.traits }
  if (execution.status === 'canceled') return { status: 200, json: viewExecution(execution, options) }
  if (!CANCELABLE.includes(execution.status)) return { status: 200, json: { faultstring: `Action cannot be canceled. State = ${execution.status}.` } }
  return { status: 200, json: viewExecution(cancel(sandbox, execution, request.caller.user) ?? execution, options) }
}

/** What runs goes through `canceling`; its process is not stopped, but its result is thrown away. */
function cancel(sandbox: Sandbox, { id, status, parent }: Execution, user: string): Execution | undefined {
  const result = { message: 'Action canceled by user.', user }
  const context = sandbox.traits.contextTellsCanceler ? { cancelled_by: user } : undefined
  const passesCanceling = status === 'running' || parent !== undefined
  for (const workflow of workflowsBelow(sandbox, id, CANCELABLE)) cancel(sandbox, workflow, user)
  const canceled = moveTo(sandbox, id, passesCanceling ? 'canceling' : 'canceled', { result, context })
  if (passesCanceling) setTimeout(() => moveTo(sandbox, id, 'canceled', { result }), CANCEL_MS).unref()
  return canceled
}

/** So long a runner takes to notice. */
const CANCEL_MS = 20
