/** The machine as tests see it: the real clock, processes and disk, progress kept in memory, a stop that tests can ask for. */
import { randomBytes } from 'crypto'
import { createClock } from '../../src/system/clock'
import { createProcesses } from '../../src/system/processes'
import { createStop, type StopSource } from '../../src/system/stop'
import type { System } from '../../src/system/ports'

export interface TestSystem extends System {
  stop: StopSource
  said: string[]
}

export function testSystem(more: Partial<System> = {}): TestSystem {
  const stop = createStop()
  const said: string[] = []
  return {
    clock: createClock(stop),
    processes: createProcesses(process.env),
    progress: { stage: (name) => said.push(name), step: () => undefined, say: (m) => said.push(m), warn: (m) => said.push(m) },
    stop,
    said,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    hostname: 'testhost',
    env: process.env,
    ...more,
  } as TestSystem
}
