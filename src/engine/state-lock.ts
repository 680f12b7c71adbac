/** The state directory's lock for this process, renewed while it is held. */
import { takeLock, type Lock } from '../system/lockfile'
import type { System } from '../system/ports'

/** Milliseconds between signs of life, and after which a lock without one is nobody's. */
const RENEW_MS = 30_000
const TTL_MS = 180_000

/** @throws Refusal with exit 7 that names the run which holds it. */
export async function lockStateDir(stateDir: string, run: string, system: System): Promise<Pick<Lock, 'release'>> {
  const lock = await takeLock(stateDir, {
    run,
    host: system.hostname,
    pid: process.pid,
    now: () => system.clock.now(),
    ttlMs: TTL_MS,
    pidAlive,
    randomHex: (bytes) => system.randomHex(bytes),
  })
  const timer = setInterval(() => {
    lock.renew().catch((error: Error) => system.progress.warn(error.message))
  }, RENEW_MS)
  timer.unref()
  return {
    release: async () => {
      clearInterval(timer)
      await lock.release()
    },
  }
}

/** Signal 0 asks only; EPERM means that it lives as another user's. */
export function pidAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
