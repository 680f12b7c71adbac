/** Runs one task of a workflow: its action, or one for each of its items. */
import { looseId } from '../records'
import type { Execution } from '../model'
import type { Run } from '../runners/types'
import type { Ended } from './conductor'
import type { ReadyAction, ReadyTask } from './ready'

/** Waits for the end of all that the task runs. Rejects when an execution could not be requested. */
export async function runTask(run: Run, workflow: string, ready: ReadyTask): Promise<Ended> {
  if (ready.actions.length === 0) return { status: 'succeeded', result: ready.hasItems ? [] : null, failures: [] }
  const request = requester(run, workflow, ready)
  if (ready.hasItems) return runItems(ready, request)
  const ended = await request(ready.actions[0] as ReadyAction)
  return { status: statusOf(ended), result: ended.result ?? null, failures: failureOf(ended) }
}

type Request = (action: ReadyAction, item?: number) => Promise<Execution>

function requester(run: Run, workflow_execution: string, { task, route, delay, concurrency = Infinity }: ReadyTask): Request {
  const task_execution = looseId()
  const orquesta = { workflow_execution_id: workflow_execution, task_execution_id: task_execution, task_name: task.name, task_id: task.name, task_route: route }
  return ({ action, input }, item) =>
    run.child({
      action,
      parameters: input,
      context: { orquesta: { ...orquesta, ...(item !== undefined && { item_id: item }) } },
      workflow_execution,
      task_execution,
      // Of items that wait for others only the first ones wait for the delay too.
      ...(delay !== undefined && (item ?? 0) < concurrency && { delay }),
    })
}

const statusOf = ({ status }: Execution): Ended['status'] => (status === 'succeeded' || status === 'canceled' ? status : 'failed')
/** A time limit or a lost runner leaves no entry in the list of errors. */
const failureOf = ({ status, result }: Execution): unknown[] => (status === 'failed' ? [result] : [])

/**
 * So many at a time. New items are begun as long as others run, also after one has failed; when none runs any more and one has
 * failed the task has failed, with items left out.
 */
async function runItems({ actions, concurrency = Infinity }: ReadyTask, request: Request): Promise<Ended> {
  const results: unknown[] = actions.map(() => null)
  const failures: unknown[] = []
  const ends: Ended['status'][] = []
  let running = 0
  let begun = 0
  const isStuck = (): boolean => running === 0 && ends.some((status) => status !== 'succeeded')
  const runNext = async (): Promise<void> => {
    while (begun < actions.length && !isStuck()) {
      const item = begun++
      running++
      const ended = await request(actions[item] as ReadyAction, item)
      running--
      results[item] = ended.result ?? null
      failures.push(...failureOf(ended))
      ends.push(statusOf(ended))
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, actions.length) }, runNext))
  const status = ends.includes('canceled') ? 'canceled' : ends.every((one) => one === 'succeeded') ? 'succeeded' : 'failed'
  return { status, result: results, failures }
}
