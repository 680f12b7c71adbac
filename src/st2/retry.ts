/**
 * Trying again what is safe to repeat: after connection errors, 429, 502, 503 and 504, with growing pauses, jitter and a
 * deadline. A wrapper around one attempt; the client says of each request whether it may be repeated (never a POST unless
 * its caller marked it).
 */
import type { Clock } from '../system/ports'
import { isSt2Error, type St2Error } from './errors'

export interface RetryPolicy {
  clock: Clock
  /** No attempt begins later than this many milliseconds after the first. */
  deadlineMs: number
  /** In [0, 1); for jitter. */
  random: () => number
  /** Errors that are not worth another attempt here, though they may pass. */
  final?: (error: St2Error) => boolean
  /** Told before each pause. */
  onRetry?: (error: St2Error, waitMs: number, attempt: number) => void
}

const FIRST_PAUSE_MS = 300
const LONGEST_PAUSE_MS = 20_000

export type Retry = <T>(attempt: (n: number) => Promise<T>, repeatable: boolean) => Promise<T>

const passing = (error: unknown): error is St2Error => isSt2Error(error, 'unreachable', 'timeout', 'interrupted_answer', 'rate_limited', 'unavailable')

/** Exponential, between half and the whole of the step, never less than the server asked for. */
export function pauseMs(attempt: number, random: number, retryAfterMs = 0): number {
  const step = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1))
  return Math.max(retryAfterMs, Math.round(step * (0.5 + random / 2)))
}

/** The returned function throws the last error when the deadline comes before the next attempt could begin. */
export function createRetry(policy: RetryPolicy): Retry {
  return async (attempt, repeatable) => {
    const began = policy.clock.now().getTime()
    for (let n = 1; ; n++) {
      try {
        return await attempt(n)
      } catch (error) {
        if (!repeatable || !passing(error) || policy.final?.(error)) throw error
        const wait = pauseMs(n, policy.random(), error.retryAfterMs)
        if (policy.clock.now().getTime() + wait - began > policy.deadlineMs) throw error
        policy.onRetry?.(error, wait, n)
        await policy.clock.sleep(wait)
      }
    }
  }
}
