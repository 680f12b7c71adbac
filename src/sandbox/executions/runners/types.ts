/** What a runner gets and gives back. A runner does the work of an execution: a shell command, a built-in action, a question. */
import type { Sandbox } from '../../types'
import type { Execution, Json, Outcome } from '../model'
import type { FinalParameters } from '../parameters'

export interface ChildTask {
  action: string
  parameters: Json
  /** Added to the child's context, for example under `orquesta` or `chain`. */
  context?: Json
  workflow_execution?: string
  task_execution?: string
  /** Seconds that it waits before it starts. */
  delay?: number
}

export interface Run {
  sandbox: Sandbox
  execution: Execution
  parameters: FinalParameters
  /** The execution's own token; revoked about a second after its end. */
  token: string
  /** Adds to what `/v1/executions/{id}/output` shows. */
  output: (type: 'stdout' | 'stderr', text: string) => void
  /** Runs an action as a child of this execution and waits for its end. */
  child: (task: ChildTask) => Promise<Execution>
  /** Called with the id of a started process group, so that nothing is left running when the sandbox stops. */
  started: (processGroup: number) => void
}

export type Runner = (run: Run) => Promise<Outcome>
