/**
 * The state directory: where runs leave their journals, plans and archives. It outlives the pack directory, which is
 * replaced at each install. Mode 0700, files 0600; each run has a directory of its own below `runs/`.
 */
import * as fs from 'fs'
import * as path from 'path'
import { EXIT, Refusal } from '../core/exit-codes'
import { makeDirectories } from './directories'
import { withPath } from './file-errors'
import type { Clock } from './ports'

export interface StateFacts {
  /** As the `state_dir` setting gives it. */
  given?: string
  env: Record<string, string | undefined>
  /** Numeric user id; undefined where the system has none. */
  uid?: number
  home: string
}

/** /var/lib/st2upgrade for root, else the user's XDG state directory. */
export function stateDirectory({ given, env, uid, home }: StateFacts): string {
  if (given) return path.resolve(given)
  if (uid === 0) return '/var/lib/st2upgrade'
  const state = env.XDG_STATE_HOME
  return path.join(state && path.isAbsolute(state) ? state : path.join(home, '.local', 'state'), 'st2upgrade')
}

/** Makes a private directory with all above it; one that is there keeps its mode. Throws when it cannot be written to. */
export async function privateDirectory(directory: string): Promise<void> {
  await withPath('make the directory', directory, async () => {
    await makeDirectories(directory, 0o700)
    await fs.promises.access(directory, fs.constants.W_OK | fs.constants.X_OK)
  })
}

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

/** Throws for a run id that could lead out of the state directory or is no fit name. */
export function checkRunId(run: string): string {
  if (!RUN_ID.test(run)) throw new Refusal(`${JSON.stringify(run)} is no run id.`, 'A run id has 1 to 64 letters, digits, - or _.', EXIT.usage)
  return run
}

/** For example `20240102-030405-1a2b3c`: sorted by time, unique. */
export function newRunId(clock: Pick<Clock, 'now'>, randomHex: (bytes: number) => string): string {
  const time = clock.now().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `${time}-${randomHex(3)}`
}

/** `runs/<id>` below the state directory; not made. */
export function runPath(state: string, run: string): string {
  return path.join(state, 'runs', checkRunId(run))
}

/** The run's directory, made when it is missing. */
export async function runDirectory(state: string, run: string): Promise<string> {
  const directory = runPath(state, run)
  await privateDirectory(state)
  await privateDirectory(path.join(state, 'runs'))
  await privateDirectory(directory)
  return directory
}
