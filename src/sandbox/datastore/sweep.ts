/** Expired keys stay listed until a sweep removes them, as StackStorm's database does every minute. */
import { sweepTokens } from '../auth/token-store'
import type { Sandbox } from '../types'
import { keysOf } from './store'

/** A sweep looks at all keys: more often would be nothing else. */
const SHORTEST_MS = 10

const timers = new WeakMap<Sandbox, NodeJS.Timeout>()

export function startSweeping(sandbox: Sandbox): void {
  const sweep = (): void => {
    keysOf(sandbox).sweep(Date.now())
    sweepTokens(sandbox.store)
  }
  const timer = setInterval(sweep, Math.max(SHORTEST_MS, sandbox.ttlSweepMs))
  timer.unref()
  timers.set(sandbox, timer)
}

export function stopSweeping(sandbox: Sandbox): void {
  const timer = timers.get(sandbox)
  if (timer) clearInterval(timer)
}
