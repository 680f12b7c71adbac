/**
 * Actions of StackStorm's own packs that the sandbox does itself: Python actions (a function instead of a script) and the
 * workflows around pack installs. Other rooms register theirs here.
 */
import type { Json, Outcome } from '../model'
import type { Run, Runner } from './types'

export interface PythonRun extends Run {
  /** Adds a line to the action's stderr, in the form of StackStorm's action logger. */
  log: (line: string) => void
  given: Json
}

export type PythonAction = (run: PythonRun) => Promise<unknown>

const pythonActions = new Map<string, PythonAction>()
const workflows = new Map<string, Runner>()

export function registerPythonAction(ref: string, action: PythonAction): void {
  pythonActions.set(ref, action)
}
export function registerWorkflow(ref: string, workflow: Runner): void {
  workflows.set(ref, workflow)
}

/** Runs a Python action; an error it throws fails the execution, with the traceback's last line in stderr. */
export const pythonRunner: Runner = async (run) => {
  const action = pythonActions.get(run.execution.action.ref)
  if (!action) return refuse(run, 'Python actions of packs')
  const lines: string[] = []
  const log = (line: string): void => {
    lines.push(line)
    run.output('stderr', `${line}\n`)
  }
  const finish = (status: 'succeeded' | 'failed', exit_code: number, result: unknown): Outcome => ({
    status,
    result: { stdout: '', stderr: lines.map((line) => `${line}\n`).join(''), exit_code, result },
  })
  try {
    return finish('succeeded', 0, (await action({ ...run, log, given: run.parameters.action })) ?? null)
  } catch (error) {
    log(`Traceback (most recent call last):\n${(error as Error).name === 'Error' ? 'ValueError' : (error as Error).name}: ${(error as Error).message}`)
    return finish('failed', 1, 'None')
  }
}

/** Runs a workflow that the sandbox knows; workflows of packs it does not. */
export const workflowRunner: Runner = async (run) => workflows.get(run.execution.action.ref)?.(run) ?? refuseWorkflow(run)

/** What the sandbox cannot run fails, and says so. */
export function refuse(run: Run, what: string): Outcome {
  return { status: 'failed', result: { error: refusal(run, what), traceback: '' } }
}

const refusal = ({ execution }: Run, what: string): string => `The sandbox does not run ${what}: ${execution.action.ref} (${execution.runner.name})`

/** In the form in which a workflow tells its errors. */
function refuseWorkflow(run: Run): Outcome {
  return { status: 'failed', result: { output: null, errors: [{ type: 'error', message: refusal(run, 'workflows of packs') }] } }
}
