/** Which runner does the work of which runner type. */
import { orquestaRunner } from '../workflows/run'
import { builtInWorkflow, pythonRunner, refuse } from './built-in'
import { inquirerRunner } from './inquirer'
import { shellCommandRunner, shellScriptRunner } from './local-shell'
import { noopRunner } from './noop'
import type { Runner } from './types'

const RUNNERS: Record<string, Runner> = {
  'local-shell-cmd': shellCommandRunner,
  'local-shell-script': shellScriptRunner,
  'python-script': pythonRunner,
  orquesta: (run) => (builtInWorkflow(run) ?? orquestaRunner)(run),
  'action-chain': (run) => (builtInWorkflow(run) ?? refuseChain)(run),
  inquirer: inquirerRunner,
  noop: noopRunner,
}

const refuseChain: Runner = async (run) => refuse(run, 'action chains of packs')
const unknownRunner: Runner = async (run) => refuse(run, 'actions of this runner')

export const runnerFor = (name: string): Runner => RUNNERS[name] ?? unknownRunner
