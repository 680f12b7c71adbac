/** What changes when a runner takes an execution. */
import * as os from 'os'
import type { Execution } from './model'
import { now } from './time'

/** A runner takes the execution: scheduled and running at once. */
export function taken({ liveaction, log }: Execution): Partial<Execution> {
  const steps = (['scheduled', 'running'] as const).map((status) => ({ timestamp: now(), status }))
  return { status: 'running', log: [...log, ...steps], liveaction: { ...liveaction, runner_info: { hostname: os.hostname(), pid: process.pid } } }
}
