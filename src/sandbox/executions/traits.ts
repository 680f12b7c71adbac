/** What the versions do differently with executions. */
import type { StackStormVersion } from '../versions'

export interface ExecutionTraits {
  /** What a JSON integer beyond 8 bytes on an action's stdout does: it leaves the output a text, or fails the run. */
  bigIntegersInOutput: 'text' | 'fail'
  /** Actions get ST2_ACTION_DEBUG in their environment. */
  actionDebugVariable: boolean
  /** In which order parameters without dependencies are taken, and so reach a script. */
  parameterOrder: 'first' | 'last'
  /** The Python that the version runs on, as its errors name it. */
  pythonVersion: string
  /** Executions have `result_size`, and parts of a result cannot be asked for. */
  executionResultSize: boolean
  /** Digits of a second that the log of an execution keeps. */
  executionLogDigits: number
  /** Parts of an action are read together with its output schema. */
  executionReadsOutputSchema: boolean
}

const NEWER: ExecutionTraits = {
  bigIntegersInOutput: 'text',
  actionDebugVariable: true,
  parameterOrder: 'first',
  pythonVersion: '3.8.10',
  executionResultSize: true,
  executionLogDigits: 3,
  executionReadsOutputSchema: true,
}

export const EXECUTION_TRAITS: Record<StackStormVersion, ExecutionTraits> = {
  '3.9.0': NEWER,
  '3.8.1': NEWER,
  '3.4.1': {
    bigIntegersInOutput: 'fail',
    actionDebugVariable: false,
    parameterOrder: 'last',
    pythonVersion: '3.6.8',
    executionResultSize: false,
    executionLogDigits: 0,
    executionReadsOutputSchema: false,
  },
}
