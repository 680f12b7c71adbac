/**
 * The committed bundle as a process, and what each of its answers must be whatever went wrong: one JSON document that begins
 * with its summary, the exit code in it, a next step, no trace, no secret.
 */
import { spawn, type ChildProcess } from 'child_process'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { EXIT_MEANING } from '../../src/core/exit-codes'
import { startMigration, type Migration } from './migration'

/** The committed one, unless another is to be tried. */
export const BUNDLE = process.env.ST2UPGRADE_BUNDLE ?? path.resolve(__dirname, '../../actions/st2upgrade.js')

export type Env = Record<string, string | undefined>

export interface Answer {
  exit: number
  /** The summary's lines. */
  told: string
  code?: string
  message: string
  next: string
  details: string[]
  data: Record<string, unknown>
  /** What came on stderr. */
  log: string
}

export interface Running {
  child: ChildProcess
  /** Resolves when stderr has said something that matches. */
  said(pattern: RegExp): Promise<void>
  /** The exit code, or the signal. */
  ended: Promise<number | NodeJS.Signals | null>
  /** Rejects when the answer is not as every answer must be. */
  answer: Promise<Answer>
}

/** Starts the bundle; `secrets` must not be in anything that it prints. */
export function startBundle(argv: readonly string[], env: Env, secrets: readonly string[] = []): Running {
  const child = spawn(process.execPath, [BUNDLE, ...argv], { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, log] = ['', '']
  const ears = new Set<() => void>()
  child.stdout.on('data', (piece: Buffer) => (out += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => {
    log += piece.toString()
    ears.forEach((listen) => listen())
  })
  const ended = new Promise<number | NodeJS.Signals | null>((done) => child.on('close', (code, signal) => done(signal ?? code)))
  const said = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const listen = (): void => void (pattern.test(log) && (ears.delete(listen), resolve()))
      ears.add(listen)
      listen()
      void ended.then(() => reject(new Error(`it ended without saying ${pattern.source}:\n${log}${out}`)))
    })
  const answer = ended.then((code) => answerOf(code, out, log, secrets))
  // A test that ends it without an answer looks at the exit code alone.
  answer.catch(() => undefined)
  return { child, said, ended, answer }
}

function answerOf(code: number | NodeJS.Signals | null, out: string, log: string, secrets: readonly string[]): Answer {
  const fault = (what: string): never => {
    throw new Error(`${what}\nended with ${code}\nstdout: ${out}\nstderr: ${log}`)
  }
  if (!/^\{"summary":\[".*\}\n$/.test(out) || out.indexOf('\n') !== out.length - 1) fault('stdout is not one line of JSON that begins with a summary')
  if (/[^\n\x20-\x7e]/.test(out) || out.length > 12_001) fault('stdout is not short ASCII')
  const { summary, exit, error, ...data } = JSON.parse(out) as { summary: string[]; exit: number; error?: { code: string; message: string; next: string; details: string[] } }
  if (code !== exit || !(exit in EXIT_MEANING)) fault(`the exit code is not the documented one of the answer (${exit})`)
  if (error && summary[summary.length - 1] !== `Next: ${error.next}`) fault('the summary does not end with the next step')
  if (error && (error.next.length < 5 || error.message.length < 5)) fault('a failure without a message or a next step')
  if (error?.code === 'E_UNEXPECTED') fault('a fault of the tool itself')
  if (/\n\s+at \S|\bat .*\.js:\d+|Traceback|\[object Object\]|undefined|\(node:/.test(out + log)) fault('a trace, or what a program says by mistake')
  for (const secret of secrets) if ((out + log).includes(secret)) fault(`a secret is told: ${secret}`)
  return { exit, told: summary.join('\n'), code: error?.code, message: error?.message ?? '', next: error?.next ?? '', details: error?.details ?? [], data, log }
}

export interface World extends Migration {
  /** A directory of the test's own, removed at the end. */
  dir: string
  at(...names: string[]): string
  /** Credentials and addresses that are right. */
  env: Env
  /** What must not be told: credentials, passwords, values. Tests add theirs. */
  secrets: string[]
  /** Runs the bundle with `--format json` and this world's state directory. */
  run(argv: readonly string[], env?: Env): Promise<Answer>
  start(argv: readonly string[], env?: Env): Running
  /** Everything below the state directory that is half written: parts, work directories with something in them. */
  halves(stateDir?: string): string[]
  /** Requests that wrote to either side so far. */
  writes(): { old: number; new: number }
}

/** Two sandboxes, and the bundle that is called with right credentials for both, unless a test gives others. */
export async function startWorld(options?: Parameters<typeof startMigration>[0]): Promise<World> {
  const migration = await startMigration(options)
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-bad-input-'))
  const at = (...names: string[]): string => path.join(dir, ...names)
  const mint = (side: 'old' | 'new'): string => migration[side].sandbox.mintToken('st2admin', 3600).token
  const env: Env = {
    HOME: dir,
    ST2UPGRADE_SOURCE_URL: migration.old.apiUrl,
    ST2UPGRADE_TARGET_URL: migration.new.apiUrl,
    ST2UPGRADE_SOURCE_AUTH_URL: migration.old.authUrl,
    ST2UPGRADE_TARGET_AUTH_URL: migration.new.authUrl,
    ST2UPGRADE_SOURCE_AUTH_TOKEN: mint('old'),
    ST2UPGRADE_TARGET_AUTH_TOKEN: mint('new'),
    ST2UPGRADE_STATE_DIR: at('state'),
  }
  const secrets = [env.ST2UPGRADE_SOURCE_AUTH_TOKEN!, env.ST2UPGRADE_TARGET_AUTH_TOKEN!, 'Ch@ngeMe']
  const start = (argv: readonly string[], more: Env = {}): Running => startBundle([...argv, '--format=json'], { ...env, ...more }, secrets)
  return {
    ...migration,
    dir,
    at,
    env,
    secrets,
    start,
    run: (argv, more) => start(argv, more).answer,
    halves: (stateDir = at('state')) => filesBelow(stateDir).filter((file) => /\.part$|\/work-/.test(file)),
    writes: () => ({ old: migration.old.counts.writes, new: migration.new.counts.writes }),
    end: async () => {
      await migration.end()
      fs.rmSync(dir, { recursive: true, force: true })
    },
  }
}

export function filesBelow(directory: string): string[] {
  if (!fs.existsSync(directory)) return []
  return fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name)
    return entry.isDirectory() ? filesBelow(file) : [file]
  })
}
