/** The state directory's lock for this process, renewed while it is held. */
import { takeLock } from '../system/lockfile'
import type { System } from '../system/ports'
import { startHeartbeat } from './heartbeat'

/** Milliseconds between signs of life, and after which a lock without one is nobody's. */
const RENEW_MS = 30_000
const TTL_MS = 180_000

interface StateLock {
  release(): Promise<void>
  /** Throws when the lock was lost (this process was silent for too long, and another took it): called between writes. */
  check(): void
}

/** @throws Refusal with exit 7 that names the run which holds it. */
export async function lockStateDir(stateDir: string, run: string, system: System): Promise<StateLock> {
  const lock = await takeLock(stateDir, {
    run,
    host: system.hostname,
    pid: process.pid,
    now: () => system.clock.now(),
    ttlMs: TTL_MS,
    pidAlive,
    randomHex: (bytes) => system.randomHex(bytes),
  })
  const heart = startHeartbeat(RENEW_MS, () => lock.renew(), (error) => system.progress.warn(error.message))
  return {
    check: () => heart.check(),
    release: async () => {
      await heart.stop()
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
