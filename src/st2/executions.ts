/** Starting an action and waiting for its end by asking again and again, in growing steps. */
import type { Clock } from '../system/ports'
import { St2Error } from './errors'
import type { ExecutionEnd, StackStorm } from './port'

/** States that an execution does not leave any more. */
const FINAL = new Set(['succeeded', 'failed', 'timeout', 'canceled', 'abandoned'])
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 3000
/** Half an hour: a pack with many requirements takes minutes. */
const DEFAULT_TIMEOUT_MS = 30 * 60_000

interface Execution {
  id: string
  status: string
  result?: unknown
}

type Asking = Pick<StackStorm, 'get' | 'post'>

/**
 * The end of an execution, whatever it is: judge by `status` only (a failed packs.install says "Successfully installed").
 * Throws `timeout` when it has not ended after `timeoutMs`; the execution itself is left alone.
 */
export async function waitForExecution(api: Asking, id: string, clock: Clock, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<ExecutionEnd> {
  const began = clock.now().getTime()
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 1.5)) {
    const now = await api.get<Execution>(`/v1/executions/${id}`, { include_attributes: 'status,result' })
    if (FINAL.has(now.status)) return { id, status: now.status, result: now.result }
    if (clock.now().getTime() - began + wait > timeoutMs) {
      throw new St2Error(`The execution ${id} is still ${now.status} after ${Math.round(timeoutMs / 1000)} s.`, `See \`st2 execution get ${id}\`; run again when it has ended.`, { code: 'timeout', item: id })
    }
    await clock.sleep(wait)
  }
}

/** Runs an action as the caller. */
export async function runAction(api: Asking, action: string, parameters: Record<string, unknown>, clock: Clock, timeoutMs?: number): Promise<ExecutionEnd> {
  const { id } = await api.post<Execution>('/v1/executions', { action, parameters })
  return waitForExecution(api, id, clock, timeoutMs)
}
