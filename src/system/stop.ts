/** A stop that was asked for: by Ctrl-C, TERM, or the cancellation of the own execution. Work looks at it between items. */
import { EXIT, Refusal } from '../core/exit-codes'
import type { Stop } from './ports'

/** Thrown out of the work when a stop was asked for; everything done so far is safe on disk. */
export class Interrupted extends Refusal {
  constructor(readonly reason: string) {
    super(`Stopped: ${reason}.`, 'Run the same command again to go on from here.', EXIT.interrupted)
    this.name = 'Interrupted'
  }
}

/** A stop that can be asked for; the first reason stays. */
export interface StopSource extends Stop {
  request(reason: string): void
}

export function createStop(): StopSource {
  const listeners: (() => void)[] = []
  let reason: string | undefined
  return {
    get requested() {
      return reason !== undefined
    },
    check() {
      if (reason !== undefined) throw new Interrupted(reason)
    },
    onStop(listener) {
      if (reason === undefined) listeners.push(listener)
      else listener()
    },
    request(why) {
      if (reason !== undefined) return
      reason = why
      for (const listener of listeners.splice(0)) listener()
    },
  }
}

/** What sends signals: `process`, or an emitter in tests. */
export interface Signals {
  on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown
}

const REASONS = { SIGINT: 'interrupted (Ctrl-C)', SIGTERM: 'asked to end (TERM)', SIGHUP: 'the terminal was closed' } as const

/** The first signal asks for a stop after the item in work; a second Ctrl-C calls `atOnce`. */
export function stopOnSignals(signals: Signals, stop: StopSource, atOnce: () => void): void {
  let interrupts = 0
  signals.on('SIGINT', () => (++interrupts > 1 ? atOnce() : stop.request(REASONS.SIGINT)))
  signals.on('SIGTERM', () => stop.request(REASONS.SIGTERM))
  signals.on('SIGHUP', () => stop.request(REASONS.SIGHUP))
}
