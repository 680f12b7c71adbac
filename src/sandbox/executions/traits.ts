/** What the versions do differently with executions and with the installation of packs. */
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
  /** Executions have `result_size`, their results can be limited by it and read raw, and parts of a result cannot be asked for. */
  executionResultSize: boolean
  /** Digits of a second that the log of an execution keeps. */
  executionLogDigits: number
  /** Parts of an action are read together with its output schema. */
  executionReadsOutputSchema: boolean
  /** The context of a canceled execution says who did it. */
  contextTellsCanceler: boolean
  /** Refs that no pack may have. */
  reservedPackRefs: readonly string[]
  /** The branch that packs.get compares with can be chosen. */
  packsGetTakesBranch: boolean
  /** An install request without `packs` is refused with 400; else it ends in a 500. */
  installBodyIsChecked: boolean
  /** Payloads of webhooks hold the names of headers in lower case too. */
  webhookLowerHeaders: boolean
  /** A form sent to a webhook is answered, but its trigger instance is lost. */
  webhookFormsAreLost: boolean
  /** Blanks by which the status of the pack index is indented in an error. */
  indexStatusIndent: number
}

const NEWER: ExecutionTraits = {
  bigIntegersInOutput: 'text',
  actionDebugVariable: true,
  parameterOrder: 'first',
  pythonVersion: '3.10.12',
  executionResultSize: true,
  executionLogDigits: 3,
  executionReadsOutputSchema: true,
  contextTellsCanceler: true,
  reservedPackRefs: ['_global'],
  packsGetTakesBranch: true,
  installBodyIsChecked: true,
  webhookLowerHeaders: true,
  webhookFormsAreLost: false,
  indexStatusIndent: 2,
}

export const EXECUTION_TRAITS: Record<StackStormVersion, ExecutionTraits> = {
  '3.9.0': NEWER,
  '3.8.1': { ...NEWER, pythonVersion: '3.8.10', packsGetTakesBranch: false },
  '3.4.1': {
    bigIntegersInOutput: 'fail',
    actionDebugVariable: false,
    parameterOrder: 'last',
    pythonVersion: '3.6.8',
    executionResultSize: false,
    executionLogDigits: 0,
    executionReadsOutputSchema: false,
    contextTellsCanceler: false,
    reservedPackRefs: [],
    packsGetTakesBranch: false,
    installBodyIsChecked: false,
    webhookLowerHeaders: false,
    webhookFormsAreLost: true,
    indexStatusIndent: 4,
  },
}
