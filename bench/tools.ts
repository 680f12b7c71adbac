/** What every measure needs: programs that run and are timed, sandboxes, our own command line, tokens. */
import { spawn } from 'child_process'
import * as fs from 'fs'
import * as path from 'path'
import { PASSWORD, rawClient } from '../src/sandbox/estate'
import { startSandboxChild, type SandboxChild } from '../src/sandbox/child'
import type { SandboxOptions } from '../src/sandbox/start'

export interface Ran {
  /** Wall time of the whole process, its start included. */
  seconds: number
  code: number
  stdout: string
  stderr: string
}

/** Runs a program to its end. A code other than 0 throws, unless `mayFail`. */
export async function run(program: string, args: string[], options: { env?: Record<string, string>; cwd?: string; mayFail?: boolean } = {}): Promise<Ran> {
  const started = process.hrtime.bigint()
  const child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  const code = await new Promise<number>((resolve, reject) => child.on('error', reject).on('close', (status, signal) => resolve(status ?? (signal ? 128 : 1))))
  const ran = { seconds: Number(process.hrtime.bigint() - started) / 1e9, code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
  if (code !== 0 && !options.mayFail) throw new Error(`${path.basename(program)} ${args[0]} ${args[1] ?? ''} ended with ${code}: ${ran.stderr.slice(-3000)} ${ran.stdout.slice(-3000)}`)
  return ran
}

/** Where the built programs lie, and a scratch directory that is removed at the end. */
export interface Bench {
  dir: string
  quick: boolean
  say(line: string): void
}

export type Instance = Pick<SandboxChild, 'apiUrl' | 'authUrl' | 'root' | 'stop'>

let serial = 0
export const scratch = (bench: Bench, name: string): string => {
  const directory = path.join(bench.dir, `${++serial}-${name}`)
  fs.mkdirSync(directory, { recursive: true })
  return directory
}

const open = new Set<SandboxChild>()

/** Starts a sandbox; without `root` on an empty one. Expired keys stay. */
export async function sandbox(bench: Bench, options: Partial<SandboxOptions>): Promise<Instance> {
  const child = await startSandboxChild(path.join(bench.dir, 'programs/sandbox.js'), [JSON.stringify({ root: scratch(bench, 'sandbox'), ttlSweepMs: 86_400_000, ...options })])
  open.add(child)
  const stop = async (): Promise<void> => {
    open.delete(child)
    await child.stop()
  }
  return { apiUrl: child.apiUrl, authUrl: child.authUrl, root: child.root, stop }
}

export async function stopAll(): Promise<void> {
  for (const child of open) await child.stop()
}

export async function tokenOf({ authUrl }: Pick<Instance, 'authUrl'>, user = 'st2admin'): Promise<string> {
  const client = rawClient(authUrl, { authorization: `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}` }, 1)
  const { token } = await client.call<{ token: string }>('POST', '/v1/tokens', {})
  client.close()
  return token
}

/** One command of ours, as a user runs it, between two instances. */
export async function st2upgrade(bench: Bench, command: string, args: string[], sides: { source?: Instance; target?: Instance; stateDir: string }, peakFile?: string): Promise<Ran & { data: Record<string, unknown> }> {
  const env: Record<string, string> = {}
  const words = [`--state-dir=${sides.stateDir}`, '--format=json', ...args]
  for (const side of ['source', 'target'] as const) {
    const instance = sides[side]
    if (!instance) continue
    env[`ST2UPGRADE_${side.toUpperCase()}_AUTH_TOKEN`] = await tokenOf(instance)
    words.push(`--${side}-url=${instance.apiUrl}`, `--${side}-root=${instance.root}`)
  }
  const hook = peakFile === undefined ? [] : ['--require', path.join(bench.dir, 'programs/peak-memory.js')]
  if (peakFile !== undefined) env['PEAK_MEMORY_FILE'] = peakFile
  const ran = await run(process.execPath, [...hook, path.join(bench.dir, 'st2upgrade.js'), command, ...words], { env, mayFail: true })
  // 3: all is done, and something is for a person, such as the questions that are open on the sample estate.
  if (ran.code !== 0 && ran.code !== 3) throw new Error(`${command} ended with ${ran.code}: ${ran.stderr.slice(-3000)} ${ran.stdout.slice(-3000)}`)
  return { ...ran, data: JSON.parse(ran.stdout) as Record<string, unknown> }
}

/** The middle one. */
export function median(list: number[]): number {
  const sorted = [...list].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2
}
