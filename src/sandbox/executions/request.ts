/** Requests an execution: finds the action, renders and checks the parameters, puts the record into the store. */
import { Fault, type Sandbox } from '../types'
import { ParameterError } from './graph'
import type { ActionRecord, Execution, ExecutionContext, Json, RunnerRecord } from './model'
import { renderLive } from './parameters'
import { createExecution, moveTo } from './records'
import { addToTrace } from './traces'
import { checkParameters } from './validate-parameters'
import { findAction, findRunner, surroundings } from './world'

export interface ExecutionRequest {
  /** Ref of the action. */
  action: string
  parameters: Json
  user: string
  /** Merged into the execution's context. */
  context?: Json
  result?: unknown
  workflow_execution?: string
  task_execution?: string
  /** Whom to tell when it has ended. */
  notify?: Json
  /** More names that templates in the parameters may use. */
  names?: Json
  /** What caused an execution that a rule started. */
  cause?: Pick<Execution, 'rule' | 'trigger' | 'trigger_type' | 'trigger_instance'>
}

/** Puts a new execution into the store; throws the {@link Fault} that a caller of the API gets. It does not start it. */
export function requestExecution(sandbox: Sandbox, request: ExecutionRequest): Execution {
  const action = findAction(sandbox, request.action)
  if (!action) throw new Fault(400, `Action "${request.action}" cannot be found.`)
  const runner = findRunner(sandbox, action.runner_type)
  if (!runner) throw new Fault(400, `RunnerType ${action.runner_type} is not found.`)
  const context: ExecutionContext = { ...request.context, user: request.user, pack: action.pack }
  const parameters = render(sandbox, request, action, runner, context)
  checkEnabled(action)
  checkParameters(parameters, action, runner, sandbox.traits)
  const { result, workflow_execution, task_execution } = request
  const execution = createExecution(sandbox, {
    action: snapshot(action),
    runner: snapshot(runner),
    parameters,
    context,
    ...(result !== undefined && { result }),
    ...(workflow_execution !== undefined && { workflow_execution }),
    ...(task_execution !== undefined && { task_execution }),
    ...request.cause,
    ...(request.notify && { notify: request.notify }),
  })
  addToTrace(sandbox, execution)
  sandbox.audit('st2api', `Action execution requested. LiveAction.id=${execution.liveaction.id}, ActionExecution.id=${execution.id}`)
  return execution
}

function checkEnabled({ enabled, ref }: ActionRecord): void {
  if (!enabled) throw new Fault(400, `Unable to execute. Action "${ref}" is disabled.`)
}

/** A template that fails leaves a failed execution behind, unless a workflow asked for it. */
function render(sandbox: Sandbox, request: ExecutionRequest, action: ActionRecord, runner: RunnerRecord, context: ExecutionContext): Json {
  try {
    return renderLive(request.parameters, { action: action.parameters ?? {}, runner: runner.runner_parameters ?? {} }, surroundings(sandbox, context, request.names))
  } catch (error) {
    if (!(error instanceof ParameterError) || request.workflow_execution !== undefined) throw error
    checkEnabled(action)
    const failed = createExecution(sandbox, { action: snapshot(action), runner: snapshot(runner), parameters: request.parameters, context })
    moveTo(sandbox, failed.id, 'failed', { result: { error: error.message, traceback: '' } })
    throw new Fault(400, error.message)
  }
}

/** The record keeps action and runner as they were. */
const snapshot = <T>(doc: T): T => ({ ...doc })
