/**
 * Cancelling an execution does not end its process (seen on 3.4.1 to 3.9.0), so long work looks at its own execution and
 * stops by itself. The execution's parent, a workflow, is looked at too: cancelling it leaves its running tasks alone.
 */
import type { Clock } from '../system/ports'
import { isSt2Error } from './errors'
import type { StackStorm } from './port'

/** What the watch needs of a stop: `request` asks the work to end. */
export interface Stoppable {
  readonly requested: boolean
  request(reason: string): void
}

export interface Watch {
  /** Resolves when nothing is asked any more. */
  end(): Promise<void>
}

const CANCELED = new Set(['canceling', 'canceled'])
const ASK_EVERY_MS = 5000
interface Execution {
  status: string
  parent?: string | null
}

/**
 * Asks for a stop when the own execution, or a workflow above it, is being cancelled. Errors of single questions are
 * passed over: the work itself meets them too. A token that ended with its action (401) ends the watch.
 */
export function watchOwnExecution(api: Pick<StackStorm, 'find'>, executionId: string, stop: Stoppable, clock: Clock, everyMs = ASK_EVERY_MS): Watch {
  let ended = false
  let wake: () => void = () => undefined
  const woken = new Promise<void>((resolve) => (wake = resolve))
  const done = (async () => {
    while (!ended && !stop.requested) {
      const line = await lineOf(api, executionId)
      if (line === 'refused') return
      const canceled = line.find(({ status }) => CANCELED.has(status))
      if (canceled && !ended) return stop.request(`the execution ${canceled.id} was canceled in StackStorm`)
      await Promise.race([woken, clock.sleep(everyMs).catch(() => undefined)])
    }
  })()
  return {
    end: () => {
      ended = true
      wake()
      return done
    },
  }
}

/** The execution and those above it, as far as they can be read. */
async function lineOf(api: Pick<StackStorm, 'find'>, executionId: string): Promise<(Execution & { id: string })[] | 'refused'> {
  const line: (Execution & { id: string })[] = []
  try {
    for (let id: string | undefined | null = executionId; id && line.length < 20; ) {
      const found: Execution | undefined = await api.find<Execution>(`/v1/executions/${id}`, { include_attributes: 'status,parent' })
      if (!found) break
      line.push({ ...found, id })
      id = found.parent
    }
  } catch (error) {
    if (isSt2Error(error, 'unauthorized')) return 'refused'
  }
  return line
}
