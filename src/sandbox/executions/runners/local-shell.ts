/**
 * Runs shell commands and scripts on this machine, as StackStorm's local runners do: one shell text, own session, `/` as directory,
 * the ST2_ACTION_* variables. `sudo` gains no rights here: everything runs as the user of the sandbox.
 */
import { spawn } from 'child_process'
import * as os from 'os'
import * as path from 'path'
import { pyStr } from '../../python'
import type { Json, Outcome } from '../model'
import type { Run, Runner } from './types'
import { quote, scriptArguments } from './arguments'
import { shellOutcome, type Ended } from './shell-result'

export const shellCommandRunner: Runner = (run) => runShell(run, String((run.parameters.runner.cmd as string | null) ?? ''))

export const shellScriptRunner: Runner = (run) => {
  const { action } = run.execution
  const script = path.join(run.sandbox.paths.packs, action.pack, 'actions', String(action.entry_point))
  const words = scriptArguments(run.parameters.action, action.parameters ?? {}, pyStr(run.parameters.runner.kwarg_op ?? '--'))
  const command = words ? `${quote(script)} ${words}` : quote(script)
  return runShell(run, `chmod +x ${script} ; ${command}`)
}

async function runShell(run: Run, command: string): Promise<Outcome> {
  const { env, cwd, timeout } = run.parameters.runner
  const environment = { ...machineEnvironment(process.env), ...textsOf(env as Json | undefined), ...actionEnvironment(run) }
  if (command.includes('\0')) throw new Error('embedded null byte')
  const ended = await execute(run, command, environment, (cwd as string | null) || '/', Number(timeout ?? 60))
  return shellOutcome(ended, run.sandbox.traits.bigIntegersInOutput)
}

/** StackStorm hands its runner's environment on; what a client of the sandbox has set for itself is not part of that. */
export function machineEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^ST2_|^ST2UPGRADE_(?!NODE$)/.test(name)))
}

/** Values of `env` must be texts. */
function textsOf(env: Json | undefined): Record<string, string> {
  for (const value of Object.values(env ?? {})) {
    if (typeof value !== 'string') throw new Error(`expected str, bytes or os.PathLike object, not ${value === null ? 'NoneType' : typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? 'int' : 'dict'}`)
  }
  return (env ?? {}) as Record<string, string>
}

function actionEnvironment({ sandbox, execution, token }: Run): Record<string, string> {
  return {
    ST2_ACTION_PACK_NAME: execution.action.pack,
    ST2_ACTION_EXECUTION_ID: execution.id,
    ST2_ACTION_API_URL: `${sandbox.apiUrl}/v1`,
    ST2_ACTION_AUTH_TOKEN: token,
    ...(sandbox.traits.actionDebugVariable && { ST2_ACTION_DEBUG: 'False' }),
  }
}

/** A longer timer would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

function execute(run: Run, command: string, env: NodeJS.ProcessEnv, cwd: string, timeout: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', command], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const parts: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
    let timedOut = false
    const finish = (code: number): void => {
      clearTimeout(timer)
      resolve({ code, stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr), ...(timedOut && { timedOutAfter: timeout }) })
    }
    for (const type of ['stdout', 'stderr'] as const) {
      child[type].on('data', (chunk: Buffer) => {
        parts[type].push(chunk)
        run.output(type, chunk.toString())
      })
    }
    const timer = setTimeout(() => {
      timedOut = true
      killGroup(child.pid)
      // The pipes are closed at once; what the process still writes is lost.
      child.stdout.destroy()
      child.stderr.destroy()
    }, Math.min(timeout * 1000, LONGEST_TIMER_MS))
    if (child.pid !== undefined) run.started(child.pid)
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      reject(new Error(error.code === 'E2BIG' ? "[Errno 7] Argument list too long: '/bin/sh'" : error.message))
    })
    // A child that holds the pipes open keeps the action running: `close` comes after both are closed.
    child.on('close', (code, signal) => finish(code ?? -(os.constants.signals[signal ?? 'SIGKILL'] ?? 9)))
  })
}

/** Ends a process and its session's group by TERM; one that is gone already is no error. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // It ended between the decision and the signal.
  }
}
