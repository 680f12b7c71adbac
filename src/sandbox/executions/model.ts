/** What an action execution is made of, in the members that StackStorm's API gives it. */
import type { Doc } from '../types'

export type Status =
  | 'requested'
  | 'scheduled'
  | 'delayed'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'timeout'
  | 'abandoned'
  | 'canceling'
  | 'canceled'
  | 'pending'
  | 'pausing'
  | 'paused'
  | 'resuming'

export const COMPLETED: readonly Status[] = ['succeeded', 'failed', 'timeout', 'canceled', 'abandoned']
export const CANCELABLE: readonly Status[] = ['requested', 'scheduled', 'delayed', 'running', 'pausing', 'paused', 'resuming']

export type Json = Record<string, unknown>

/** One parameter of an action or runner: a JSON schema with StackStorm's own members. */
export interface ParameterSchema extends Json {
  type?: string | string[]
  default?: unknown
  required?: boolean
  immutable?: boolean
  secret?: boolean
  position?: number
}
export type Parameters = Record<string, ParameterSchema>

/** An action as it was when it was run. */
export interface ActionRecord extends Json {
  id: string
  ref: string
  name: string
  pack: string
  uid: string
  enabled: boolean
  runner_type: string
  entry_point?: string
  description?: string
  parameters?: Parameters
  output_schema?: Json
}

/** A runner type as it was when an action was run. */
export interface RunnerRecord extends Json {
  id: string
  name: string
  enabled: boolean
  runner_parameters?: Parameters
  output_key?: string
}

export interface LogEntry {
  /** With microseconds. */
  timestamp: string
  status: Status
}

/** The context of an execution that belongs to another one. */
export interface ParentContext extends Json {
  execution_id: string
  user: string
  pack: string
}

export interface ExecutionContext extends Json {
  user: string
  pack: string
  parent?: ParentContext
}

export interface LiveAction extends Json {
  id: string
  action: string
  action_is_workflow: boolean
  parameters: Json
  callback: Json
  /** Filled when a runner takes the execution. */
  runner_info: { hostname?: string; pid?: number }
}

export interface Execution extends Doc {
  action: ActionRecord
  runner: RunnerRecord
  liveaction: LiveAction
  status: Status
  start_timestamp: string
  end_timestamp?: string
  /** As the caller gave them (rendered), in plain text: masked when shown. */
  parameters: Json
  context: ExecutionContext
  log: LogEntry[]
  result?: unknown
  result_size?: number
  parent?: string
  children: string[]
  workflow_execution?: string
  task_execution?: string
  /** Id of its trace; not shown. */
  trace?: string
  /** What caused an execution that a rule started. */
  rule?: Json
  trigger?: Json
  trigger_type?: Json
  trigger_instance?: Json
}

/** What a runner gives back. */
export interface Outcome {
  status: Status
  result: unknown
}
