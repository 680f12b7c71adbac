/** A clock that tests move: sleeping moves it at once and is remembered. */
import type { Clock } from '../../src/system/ports'

export interface FakeClock extends Clock {
  readonly slept: number[]
  advance(ms: number): void
}

export function fakeClock(start = '2024-01-02T03:04:05.000Z'): FakeClock {
  let time = Date.parse(start)
  const slept: number[] = []
  return {
    slept,
    now: () => new Date(time),
    advance: (ms) => void (time += ms),
    sleep: async (ms) => {
      slept.push(ms)
      time += ms
    },
  }
}
