/**
 * The lock of the state directory: one run at a time. The same run takes its own over (after a kill), another one only when
 * the holder's process is gone or the lock has not been renewed for `ttlMs`.
 */
import * as fs from 'fs'
import * as path from 'path'
import { EXIT, Refusal } from '../core/exit-codes'
import { withPath } from './file-errors'

export interface LockHolder {
  run: string
  host: string
  pid: number
  /** ISO time of the last renewal. */
  renewed: string
}

export interface LockOptions {
  run: string
  host: string
  pid: number
  now: () => Date
  ttlMs: number
  /** Whether a process with this id lives on this host. */
  pidAlive: (pid: number) => boolean
  /** Unique part of temporary names. */
  randomHex: (bytes: number) => string
}

export interface Lock {
  /** Says that the run is alive. Throws exit 7 when another run has taken the lock meanwhile. */
  renew(): Promise<void>
  release(): Promise<void>
}

const { link, mkdir, readFile, rename, rmdir, stat, unlink, writeFile } = fs.promises
const WAIT_MS = 20
const ATTEMPTS = 50

/** Takes the lock or throws a {@link Refusal} with exit 7 that names the holder. */
export async function takeLock(state: string, options: LockOptions): Promise<Lock> {
  const file = path.join(state, 'lock')
  const mine = (): LockHolder => ({ run: options.run, host: options.host, pid: options.pid, renewed: options.now().toISOString() })
  const isMine = (holder?: LockHolder) => holder?.run === options.run && holder.host === options.host && holder.pid === options.pid
  await withPath('take the lock', file, async () => {
    for (let attempt = 0; !(await put(file, mine(), options)); attempt++) {
      const holder = await read(file)
      if (holder && (attempt > ATTEMPTS || !mayTakeOver(holder, options))) throw held(holder, file)
      await takeAway(file, options)
    }
  })
  return {
    renew: () =>
      withPath('renew the lock', file, async () => {
        const holder = await read(file)
        if (!isMine(holder)) throw holder ? held(holder, file) : new Refusal(`The lock ${file} was removed while this run worked.`, 'See whether another run works there, then run again.', EXIT.locked)
        const part = `${file}.${options.randomHex(6)}`
        await writeFile(part, JSON.stringify(mine()), { mode: 0o600 })
        await rename(part, file)
      }),
    release: () => withPath('release the lock', file, async () => void (isMine(await read(file)) && (await unlink(file)))),
  }
}

/** The own run's lock is taken over unless its process still works; another's when it is dead or silent for too long. */
function mayTakeOver(holder: LockHolder, { run, host, pid, now, ttlMs, pidAlive }: LockOptions): boolean {
  const silentMs = now().getTime() - Date.parse(holder.renewed)
  if (holder.host === host) return holder.pid === pid || !pidAlive(holder.pid) || silentMs > ttlMs
  return holder.run === run || silentMs > ttlMs
}

/** A link to a whole file appears at once or not at all; false when there is a lock already. */
async function put(file: string, holder: LockHolder, options: LockOptions): Promise<boolean> {
  const part = `${file}.${options.randomHex(6)}`
  await writeFile(part, JSON.stringify(holder), { mode: 0o600, flag: 'wx' })
  try {
    await link(part, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(part)
  }
}

/** Undefined when there is none, or it cannot be read (a lock without a holder is nobody's). */
async function read(file: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LockHolder
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Removes a lock that may be taken over. Only one at a time does that, and judges again before it, so that the fresh lock
 * of one who was quicker stays. A taker that died in between is waited for until the ttl.
 */
async function takeAway(file: string, options: LockOptions): Promise<void> {
  const guard = `${file}.takeover`
  try {
    await mkdir(guard)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (await olderThan(guard, options.ttlMs)) await rmdir(guard).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
    return
  }
  try {
    const holder = await read(file)
    if (!holder || mayTakeOver(holder, options)) await unlink(file).catch(() => undefined)
  } finally {
    await rmdir(guard)
  }
}

async function olderThan(file: string, ms: number): Promise<boolean> {
  return stat(file).then(({ mtimeMs }) => Date.now() - mtimeMs > ms, () => false)
}

function held(holder: LockHolder, file: string): Refusal {
  return new Refusal(
    `The run ${holder.run} works here already (host ${holder.host}, process ${holder.pid}, last sign ${holder.renewed}).`,
    `Wait for it, or stop it; the lock ${file} is taken over by itself when that process is gone.`,
    EXIT.locked,
  )
}
