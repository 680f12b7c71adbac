/** Signs of life of a lock while it is held: renewed again and again; a lock that another run has taken ends the writing. */
import { EXIT, Refusal } from '../core/exit-codes'

export interface Heartbeat {
  readonly lost: boolean
  /** Throws when the lock was lost to another run: called between writes. */
  check(): void
  /** No sign comes any more, and one under way has ended. */
  stop(): Promise<void>
}

/** `renew` throws a Refusal with exit 7 when another run holds the lock; whatever else it throws is told by `warn`, and tried again. */
export function startHeartbeat(everyMs: number, renew: () => Promise<void>, warn: (error: Error) => void): Heartbeat {
  let lost: Error | undefined
  let renewing: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    renewing = renew().catch((error: Error) => {
      if (error instanceof Refusal && error.exit === EXIT.locked) lost = error
      else warn(error)
    })
  }, everyMs)
  timer.unref()
  return {
    get lost() {
      return lost !== undefined
    },
    check() {
      if (lost) throw lost
    },
    stop: async () => {
      clearInterval(timer)
      await renewing
    },
  }
}
