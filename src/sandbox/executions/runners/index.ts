/** Which runner does the work of which runner type. */
import { pythonRunner, refuse, workflowRunner } from './built-in'
import { inquirerRunner } from './inquirer'
import { shellCommandRunner, shellScriptRunner } from './local-shell'
import { noopRunner } from './noop'
import type { Runner } from './types'

const RUNNERS: Record<string, Runner> = {
  'local-shell-cmd': shellCommandRunner,
  'local-shell-script': shellScriptRunner,
  'python-script': pythonRunner,
  orquesta: workflowRunner,
  'action-chain': workflowRunner,
  inquirer: inquirerRunner,
  noop: noopRunner,
}

const unknownRunner: Runner = async (run) => refuse(run, 'actions of this runner')

export const runnerFor = (name: string): Runner => RUNNERS[name] ?? unknownRunner
