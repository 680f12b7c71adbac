/** What happens by itself as time goes on: questions time out, and timers fire where the sandbox was started with them. */
import type { Sandbox } from '../types'
import { expireInquiries } from './inquiries'
import { fireTimers } from './rules/timers'

const TIMERS_MS = 1000
/** As often as StackStorm's garbage collector looks at them. */
const INQUIRIES_MS = 60_000

const running = new WeakMap<Sandbox, NodeJS.Timeout[]>()

export function startClockwork(sandbox: Sandbox): void {
  let last = Date.now()
  const tick = (): void => {
    const now = Date.now()
    fireTimers(sandbox, last, now)
    last = now
  }
  const intervals = [setInterval(() => expireInquiries(sandbox, Date.now()), INQUIRIES_MS), ...(sandbox.timers ? [setInterval(tick, TIMERS_MS)] : [])]
  for (const interval of intervals) interval.unref()
  running.set(sandbox, intervals)
}

export function stopClockwork(sandbox: Sandbox): void {
  for (const interval of running.get(sandbox) ?? []) clearInterval(interval)
}
