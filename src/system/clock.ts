/** The machine's clock; its sleep ends at once when a stop is asked for. */
import { Interrupted } from './stop'
import type { Clock, Stop } from './ports'

export function createClock(stop?: Stop): Clock {
  const sleeping = new Set<() => void>()
  stop?.onStop(() => {
    for (const wake of [...sleeping]) wake()
  })
  return {
    now: () => new Date(),
    sleep: (ms) =>
      new Promise((resolve, reject) => {
        if (stop?.requested) return reject(stopError(stop))
        const wake = () => {
          clearTimeout(timer)
          sleeping.delete(wake)
          reject(stopError(stop as Stop))
        }
        const timer = setTimeout(() => {
          sleeping.delete(wake)
          resolve()
        }, ms)
        sleeping.add(wake)
      }),
  }
}

/** The reason is the stop's own business: it throws it. */
function stopError(stop: Stop): Error {
  try {
    stop.check()
  } catch (error) {
    return error as Error
  }
  return new Interrupted('asked to stop')
}
