/**
 * Python for the tests that need the real thing (the published st2 client, orquesta): finds an interpreter, makes a
 * private virtual environment with exact packages below node_modules/.cache, and uses it again next time.
 */
import { execFile } from 'child_process'
import { createHash } from 'crypto'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'

export interface Wanted {
  /** With versions, for example `st2client==3.9.0`. */
  packages: string[]
  /** Which Python versions will do, best first, for example `['3.11', '3.10']`. */
  versions: string[]
}

export interface Environment {
  python: string
  /** The directory of the packages' programs. */
  bin: string
}

export interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** Runs a program without a shell; rejects only when it cannot be started. */
export function run(program: string, args: string[], options: { env?: Record<string, string>; cwd?: string; timeoutMs?: number } = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env: options.env ?? process.env, cwd: options.cwd, timeout: options.timeoutMs ?? 0, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number' && !error.killed) reject(new Error(`${program}: ${error.message}`))
      else resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr })
    })
  })
}

/** The interpreter of the first version that is there, on the PATH or as pyenv keeps them. */
export async function findPython(versions: string[]): Promise<string | undefined> {
  for (const version of versions) {
    for (const candidate of candidates(version)) {
      const told = await run(candidate, ['-c', 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])']).catch(() => undefined)
      if (told?.code === 0 && told.stdout.trim() === version) return candidate
    }
  }
  return undefined
}

function candidates(version: string): string[] {
  const pyenv = path.join(process.env.PYENV_ROOT ?? path.join(os.homedir(), '.pyenv'), 'versions')
  const kept = fs.existsSync(pyenv) ? fs.readdirSync(pyenv).filter((name) => name.startsWith(`${version}.`)) : []
  return [...kept.map((name) => path.join(pyenv, name, 'bin', 'python3')), `python${version}`, 'python3']
}

/** The environment, or in words why there is none: a test then prints them and ends. */
export async function pythonWith(wanted: Wanted): Promise<Environment | string> {
  const python = await findPython(wanted.versions)
  if (!python) return `no Python ${wanted.versions.join(', ')} was found`
  const directory = path.resolve('node_modules', '.cache', 'python', createHash('sha256').update([python, ...wanted.packages].join('\n')).digest('hex').slice(0, 12))
  const bin = path.join(directory, 'bin')
  const ready = { python: path.join(bin, 'python'), bin }
  const mark = path.join(directory, 'complete')
  return alone(`${directory}.making`, async () => {
    if (fs.existsSync(mark)) return ready
    fs.rmSync(directory, { recursive: true, force: true })
    const made = await run(python, ['-m', 'venv', directory])
    const installed = made.code === 0 ? await run(ready.python, ['-m', 'pip', 'install', '--quiet', '--no-compile', '--disable-pip-version-check', ...wanted.packages]) : made
    if (installed.code !== 0) return `${wanted.packages.join(', ')} could not be installed: ${installed.stderr.trim().split('\n').pop() ?? ''}`
    fs.writeFileSync(mark, '')
    return ready
  })
}

/** Longer than any installation takes: who holds the lock then was killed. */
const STALE_MS = 300_000

/** Does `work` while no other worker of jest does it: suites that want the same environment may begin together. */
async function alone<T>(lock: string, work: () => Promise<T>): Promise<T> {
  fs.mkdirSync(path.dirname(lock), { recursive: true })
  while (!took(lock)) {
    if (Date.now() - (fs.statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > STALE_MS) fs.rmSync(lock, { recursive: true, force: true })
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  try {
    return await work()
  } finally {
    fs.rmSync(lock, { recursive: true, force: true })
  }
}

function took(lock: string): boolean {
  try {
    fs.mkdirSync(lock)
    return true
  } catch {
    return false
  }
}
