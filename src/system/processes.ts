/**
 * Other programs (git, above all), run without a shell: arguments arrive as they are. Output is bounded, messages are in
 * English (LC_ALL=C), so that what is read from them is the same everywhere.
 */
import { spawn, type ChildProcess } from 'child_process'
import { Refusal } from '../core/exit-codes'
import type { ProcessOptions, ProcessResult, Processes } from './ports'

const MAX_OUTPUT = 256 * 1024 * 1024
const STDERR_KEPT = 64 * 1024
/** Between TERM and KILL for a program that ran too long. */
const GRACE_MS = 5000

/** `base` is the environment that programs start with; `options.env` comes on top. */
export function createProcesses(base: Record<string, string | undefined>): Processes {
  return { run: (program, args, options = {}) => run(base, program, args, options) }
}

function run(base: Record<string, string | undefined>, program: string, args: string[], options: ProcessOptions): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: { ...base, LC_ALL: 'C', ...options.env }, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true })
    const output = collect(child, options.maxOutput ?? MAX_OUTPUT, program)
    const timers = limitTime(child, options.timeoutMs)
    child.once('error', (error: NodeJS.ErrnoException) => {
      timers.clear()
      reject(startError(program, error, options.cwd))
    })
    child.once('close', (code, signal) => {
      timers.clear()
      const failure = output.failure() ?? (timers.fired() ? tooLong(program, options.timeoutMs!) : undefined)
      if (failure) return reject(failure)
      resolve({ code: code ?? signalCode(signal), stdout: output.stdout(), stderr: output.stderr() })
    })
    // A program that ends without reading its input closes the pipe; its exit code tells what matters.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(options.input)
  })
}

/** As shells count: 128 and the signal's number. */
const signalCode = (signal: NodeJS.Signals | null) => 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal as string] ?? 0)

/** stdout whole up to a bound, of stderr the end. */
function collect(child: ChildProcess, most: number, program: string) {
  const parts: Buffer[] = []
  let [size, tail, failure] = [0, Buffer.alloc(0), undefined as Error | undefined]
  child.stdout?.on('data', (part: Buffer) => {
    size += part.length
    if (size <= most) return parts.push(part)
    failure ??= new Refusal(`${program} wrote more than ${most} bytes.`, 'This is not expected; see what it prints when run by hand.')
    child.kill('SIGKILL')
  })
  child.stderr?.on('data', (part: Buffer) => (tail = Buffer.concat([tail, part]).subarray(-STDERR_KEPT)))
  return { stdout: () => Buffer.concat(parts), stderr: () => tail.toString('utf8'), failure: () => failure }
}

function limitTime(child: ChildProcess, timeoutMs?: number) {
  let fired = false
  const timers: NodeJS.Timeout[] = []
  if (timeoutMs !== undefined) {
    timers.push(
      setTimeout(() => {
        fired = true
        child.kill('SIGTERM')
        timers.push(setTimeout(() => child.kill('SIGKILL'), GRACE_MS))
      }, timeoutMs),
    )
  }
  return { fired: () => fired, clear: () => timers.forEach(clearTimeout) }
}

const tooLong = (program: string, ms: number) => new Refusal(`${program} did not end within ${Math.round(ms / 1000)} s and was stopped.`, 'Check the network or the disk it waits for, then run again.')

function startError(program: string, error: NodeJS.ErrnoException, cwd?: string): Error {
  if (error.code === 'ENOENT') return new Refusal(`${program} cannot be started: it is not installed, or the directory ${cwd ?? '.'} is missing.`, `Install ${program} on this machine (it must be in PATH).`)
  if (error.code === 'EACCES') return new Refusal(`${program} cannot be started: not allowed.`, 'Check its mode, and the user this runs as.')
  if (error.code === 'E2BIG') return new Refusal(`${program} cannot be started: its arguments are too long.`, 'Fewer items at once.')
  return new Refusal(`${program} cannot be started (${error.code ?? 'no reason told'}).`, 'Run it by hand to see why.')
}
