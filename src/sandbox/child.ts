/**
 * A sandbox in a process of its own, for whoever needs two of them to work at the same time. It ends with its parent, even one
 * that is killed: its channel to the parent closes then, and the command `sandbox` takes that as the word to stop.
 */
import { fork, type ChildProcess } from 'child_process'

export interface SandboxChild {
  readonly version: string
  readonly apiUrl: string
  readonly authUrl: string
  readonly root: string
  readonly pid: number
  /** Ends the process and resolves when it is gone. */
  stop(): Promise<void>
}

/** Milliseconds that a sandbox may take to end by itself. */
const PATIENCE = 5000

/** Forks `script` (the bundle) with the command `sandbox` and these arguments; resolves when it is ready, rejects when it ends before. */
export async function startSandboxChild(script: string, args: readonly string[]): Promise<SandboxChild> {
  const child = fork(script, ['sandbox', ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] })
  const gone = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('exit', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`))
  })
  try {
    const ready = JSON.parse(await readyLine(child, gone)) as { version: string; api_url: string; auth_url: string; root: string }
    return { version: ready.version, apiUrl: ready.api_url, authUrl: ready.auth_url, root: ready.root, pid: child.pid as number, stop: () => stop(child, gone) }
  } catch (error) {
    await stop(child, gone)
    throw error
  }
}

/** The first line that the child prints. */
async function readyLine(child: ChildProcess, gone: Promise<string>): Promise<string> {
  let said = ''
  let complained = ''
  child.stderr?.on('data', (chunk: Buffer) => (complained = (complained + chunk.toString()).slice(-2000)))
  const line = new Promise<string>((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('\n')) resolve(said.slice(0, said.indexOf('\n')))
    })
  })
  const failed = gone.then((why) => {
    throw new Error(`a sandbox did not start: ${why}\n${complained}`)
  })
  failed.catch(() => undefined)
  return Promise.race([line, failed])
}

async function stop(child: ChildProcess, gone: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
  await gone
  clearTimeout(force)
}
