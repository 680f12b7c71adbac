/** A task worked out for its run: the action, its input, and for a task with items one of each for every item. */
import { pyStr } from '../../python'
import type { Json } from '../model'
import type { Task } from './definition'
import { evaluate } from './expressions'
import type { Scope } from './functions'

export interface ReadyAction {
  action: string
  input: Json
}

export interface ReadyTask {
  task: Task
  route: number
  /** One, none for a task without action, or one for each item. */
  actions: ReadyAction[]
  hasItems: boolean
  /** So many items at a time. */
  concurrency?: number
  /** Seconds before it starts. */
  delay?: number
}

/** Throws what an expression gives that fails. */
export function renderTask(task: Task, route: number, scope: Scope): ReadyTask {
  const hasItems = task.with !== undefined
  const concurrency = task.with?.concurrency === undefined ? undefined : Number(evaluate(task.with.concurrency, scope))
  const actions = hasItems ? itemsOf(task, scope).map((value) => render(task, { ...scope, item: { value } })) : task.action === undefined ? [] : [render(task, scope)]
  return { task, route, actions, hasItems, ...(concurrency !== undefined && { concurrency }), ...delayOf(task, scope) }
}

function render({ action, input }: Task, scope: Scope): ReadyAction {
  return { action: pyStr(evaluate(action, scope)), input: evaluate(input, scope) as Json }
}

function delayOf({ delay }: Task, scope: Scope): { delay?: number } {
  if (!delay) return {}
  const seconds = evaluate(delay, scope)
  if (!Number.isInteger(seconds)) throw new TypeError('The value of task delay is not type of integer.')
  return { delay: Number(seconds) }
}

/** Items under the names that the task gives them. */
function itemsOf(task: Task, scope: Scope): unknown[] {
  const { items, names } = task.with ?? { items: '' }
  const list = evaluate(items, scope)
  if (!Array.isArray(list)) throw new TypeError(`The value of "${items}" is not type of list.`)
  if (!names) return list
  const [only] = names
  return list.map((item: unknown) => {
    if (Array.isArray(item)) return Object.fromEntries(names.slice(0, item.length).map((name, index) => [name, item[index] as unknown]))
    return names.length === 1 && only !== undefined ? { [only]: item } : item
  })
}
