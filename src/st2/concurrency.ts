/**
 * As many at a time as an instance can use, and no more. A StackStorm answers about the same at 4 as at 32, only later
 * (measured on 3.8.1 and 3.9.0): the knee is found by the throughput that more concurrency really brings.
 */
import type { System } from '../system/ports'
import { AdaptiveLimit } from './adaptive-limit'

export interface AdaptiveOptions {
  /** At a time at most. */
  max: number
  system: Pick<System, 'clock' | 'stop'>
  /** How often the server has asked to slow down so far ({@link import('./port').StackStorm.pressure}). */
  pressure?: () => number
}

/**
 * Does `work` for each item. Items are taken one by one, when there is room, so that a source of any length needs no
 * memory. After the first error, or when a stop is asked for, no item is taken any more, those in work are finished, and
 * the error (or `Interrupted`) is thrown.
 */
export async function runAdaptive<T>(items: AsyncIterable<T>, work: (item: T) => Promise<void>, { max, system, pressure = () => 0 }: AdaptiveOptions): Promise<void> {
  const limit = new AdaptiveLimit(max)
  const now = () => system.clock.now().getTime()
  const inWork = new Set<Promise<void>>()
  const failures: unknown[] = []
  let felt = pressure()

  const one = async (item: T): Promise<void> => {
    const began = now()
    try {
      await work(item)
    } catch (error) {
      failures.push(error)
    }
    const ended = now()
    if (pressure() > felt) limit.slowDown(ended)
    else limit.completed(ended, ended - began)
    felt = pressure()
  }
  const halted = () => failures.length > 0 || system.stop.requested

  try {
    for await (const item of items) {
      while (inWork.size >= limit.current && !halted()) await Promise.race(inWork)
      if (halted()) break
      const task: Promise<void> = one(item).finally(() => inWork.delete(task))
      inWork.add(task)
    }
  } finally {
    // Also when the items themselves end with an error: whoever called closes what the work in flight still uses.
    await Promise.all(inWork)
  }
  if (failures.length > 0) throw failures[0]
  system.stop.check()
}
