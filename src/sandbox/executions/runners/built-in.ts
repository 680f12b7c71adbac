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

/** The sandbox's own form of a workflow of StackStorm's packs; undefined for one of another pack. */
export const builtInWorkflow = ({ execution }: Run): Runner | undefined => workflows.get(execution.action.ref)

/** What the sandbox cannot run fails, and says so. */
export function refuse(run: Run, what: string): Outcome {
  return { status: 'failed', result: { error: `The sandbox does not run ${what}: ${run.execution.action.ref} (${run.execution.runner.name})`, traceback: '' } }
}
