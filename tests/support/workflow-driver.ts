/** Takes a workflow through the sandbox's conductor without running anything: each action has the answer that the case gives. */
import { Conductor, newState, type Ended } from '../../src/sandbox/executions/workflows/conductor'
import { readDefinition } from '../../src/sandbox/executions/workflows/definition'
import type { ReadyTask } from '../../src/sandbox/executions/workflows/ready'

type Json = Record<string, unknown>

export interface WorkflowCase {
  name: string
  workflow: Json
  inputs?: Json
  /** By task, one for each time that it runs; without one it succeeds with its name as stdout. */
  answers?: Record<string, { status?: string; result?: unknown }[]>
}

/** Task, route, action, input, number of the item, delay. */
type Call = [string, number, string | null, unknown, number | null, number | null]

interface Items {
  task: ReadyTask
  next: number
  running: number
  results: unknown[]
  failures: unknown[]
  ends: string[]
}

/** What was called, in order, and how it ended. One action ends at a time, in the order in which they were begun. */
export function drive(one: WorkflowCase): { calls: Call[]; status: string; output: unknown; errors: unknown[] } {
  const conductor = new Conductor(readDefinition(one.workflow), newState(), () => undefined)
  conductor.start(one.inputs ?? {}, { st2: { a: 1 }, parent: {} })
  const begun = conductor.state.status === 'running'
  const calls = begun ? new Drive(conductor, one.answers ?? {}).run() : []
  return { calls, output: conductor.output(), status: conductor.state.status, errors: conductor.state.errors }
}

class Drive {
  private readonly calls: Call[] = []
  private readonly pending: [ReadyTask, number | null][] = []
  private readonly items = new Map<string, Items>()
  private readonly answers: Map<string, { status?: string; result?: unknown }[]>

  constructor(
    private readonly conductor: Conductor,
    answers: NonNullable<WorkflowCase['answers']>,
  ) {
    this.answers = new Map(Object.entries(answers).map(([task, list]) => [task, [...list]]))
  }

  run(): Call[] {
    for (;;) {
      for (const ready of this.conductor.next()) this.begin(ready)
      for (const items of this.items.values()) this.beginItems(items)
      const next = this.pending.shift()
      if (!next) return this.calls
      this.end(...next)
    }
  }

  private begin(ready: ReadyTask): void {
    const { task, actions, hasItems } = ready
    if (hasItems && actions.length > 0) this.items.set(keyOf(ready), { task: ready, next: 0, running: 0, results: actions.map(() => null), failures: [], ends: [] })
    else {
      if (!hasItems) this.calls.push([task.name, ready.route, actions[0]?.action ?? null, actions[0]?.input ?? {}, null, ready.delay ?? null])
      this.pending.push([ready, null])
    }
  }

  private beginItems(items: Items): void {
    const { task } = items
    while (items.next < task.actions.length && items.running < (task.concurrency ?? Infinity)) {
      const item = items.next++
      items.running++
      this.calls.push([task.task.name, task.route, task.actions[item]?.action ?? null, task.actions[item]?.input ?? {}, item, task.delay ?? null])
      this.pending.push([task, item])
    }
  }

  private end(ready: ReadyTask, item: number | null): void {
    const { name } = ready.task
    if (ready.actions.length === 0) return this.conductor.end(name, ready.route, { status: 'succeeded', result: ready.hasItems ? [] : null, failures: [] })
    const answer = { status: 'succeeded', result: { stdout: name } as unknown, ...this.answers.get(name)?.shift() }
    const status = answer.status === 'succeeded' ? 'succeeded' : 'failed'
    const failures = answer.status === 'failed' ? [answer.result] : []
    if (item === null) this.conductor.end(name, ready.route, { status, result: answer.result, failures })
    else this.endItem(ready, item, { status, result: answer.result, failures })
  }

  private endItem(ready: ReadyTask, item: number, { status, result, failures }: Ended): void {
    const items = this.items.get(keyOf(ready)) as Items
    items.running--
    items.results[item] = result
    items.failures.push(...failures)
    items.ends.push(status)
    const failed = items.ends.includes('failed')
    if (items.running > 0 || (items.ends.length < ready.actions.length && !failed)) return
    this.items.delete(keyOf(ready))
    this.conductor.end(ready.task.name, ready.route, { status: failed ? 'failed' : 'succeeded', result: items.results, failures: items.failures })
  }
}

const keyOf = ({ task, route }: ReadyTask): string => `${task.name}|${route}`
