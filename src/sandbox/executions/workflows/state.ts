/** What is known of a workflow under way. Plain data: it is kept in the store so that a run can be taken up again from a task. */
import type { Json } from '../model'

export type TaskStatus = 'running' | 'retrying' | 'succeeded' | 'failed' | 'canceled'
export type WorkflowStatus = 'running' | 'succeeded' | 'failed' | 'canceled'

/** As StackStorm tells it in a failed workflow's result. */
export interface WorkflowError {
  type: 'error'
  message: string
  task_id?: string
  route?: number
  task_transition_id?: string
  result?: unknown
}

/** A task that ran or runs. Ways that part are told apart by their route; the same task may run on several. */
export interface Entry {
  task: string
  route: number
  status: TaskStatus
  /** The contexts that it sees, the later over the earlier; the first is the workflow's own. */
  layers: Json[]
  /** Which ways out were open, by {@link edgeId}. */
  open: Record<string, boolean>
  /** Its context is part of what the output is made from. */
  last?: boolean
  /** It runs although the workflow has failed. */
  onFail?: boolean
  retries: number
}

/** A task that shall run, or a join that still waits. */
export interface Staged {
  task: string
  route: number
  layers: Json[]
  ready: boolean
  /** Runs also when the workflow has failed: it stands beside a `fail`. */
  onFail?: boolean
  /** Seconds to wait before it is tried again. */
  retryDelay?: number
}

export interface State {
  status: WorkflowStatus
  entries: Entry[]
  staged: Staged[]
  /** Each route is the list of ways by which it left others. */
  routes: string[][]
  errors: WorkflowError[]
}

export const edgeId = (task: string, transition: number): string => `${task}__t${transition}`

