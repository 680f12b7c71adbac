/** A workflow's YAML as the conductor takes it. What does not fit is found by `inspect.ts` before. */
import { isMapping, pyStr } from '../../python'
import type { Json } from '../model'

/** `name: value` in the order of the file; only `value` may hold expressions. */
export interface Assignment {
  name: string
  value: unknown
}

export interface Transition {
  when?: string
  publish: Assignment[]
  /** Names of tasks, or of commands; `continue` when nothing is named. */
  to: string[]
}

export interface Task {
  name: string
  action?: string
  input: unknown
  with?: { names?: string[]; items: string; concurrency?: unknown }
  join?: 'all' | number
  delay?: unknown
  retry?: { when?: string; count: unknown; delay?: unknown }
  next: Transition[]
}

export interface Definition {
  input: Assignment[]
  vars: Assignment[]
  output: Assignment[]
  tasks: Map<string, Task>
}

/** Commands that stand where a task's name may. */
export const COMMANDS: readonly string[] = ['continue', 'fail', 'noop', 'retry']

/** The workflow of a parsed YAML that passed the inspection. */
export function readDefinition(yaml: Json): Definition {
  return {
    input: assignments(yaml.input),
    vars: assignments(yaml.vars),
    output: assignments(yaml.output),
    tasks: new Map(Object.entries(yaml.tasks as Json).map(([name, task]) => [name, readTask(name, (task ?? {}) as Json)])),
  }
}

/** A list of `name: value`, where a name alone has the value null. */
export function assignments(list: unknown): Assignment[] {
  if (typeof list === 'string') return inlineParameters(list)
  return ((list ?? []) as unknown[]).flatMap((item) => (isMapping(item) ? Object.entries(item).map(([name, value]) => ({ name, value })) : [{ name: pyStr(item), value: null }]))
}

function readTask(name: string, yaml: Json): Task {
  const { action, input } = longForm(yaml)
  return {
    name,
    action: action as string | undefined,
    input: typeof input === 'string' ? Object.fromEntries(inlineParameters(input).map((one) => [one.name, one.value])) : (input ?? {}),
    with: readItems(yaml.with),
    join: yaml.join as Task['join'],
    delay: yaml.delay,
    retry: yaml.retry as Task['retry'],
    next: ((yaml.next ?? []) as Json[]).map(readTransition),
  }
}

/** A task whose input does not stand behind its action's name: `action: core.local cmd=date` has an action and an input. */
export function longForm(task: Json): Json {
  const inline = inlineParameters(task.action)
  if (inline.length === 0) return task
  const action = pyStr(task.action)
  return { ...task, action: action.slice(0, action.indexOf(' ')), input: Object.fromEntries(inline.map((one) => [one.name, one.value])) }
}

/** `x in EXPRESSION`, `x, y in EXPRESSION`, or an expression alone. */
function readItems(given: unknown): Task['with'] {
  if (given === undefined || given === null) return undefined
  const { items, concurrency } = (typeof given === 'string' ? { items: given } : given) as { items: string; concurrency?: unknown }
  const at = items.indexOf(' in ')
  if (at < 0) return { items: items.trim(), concurrency }
  return { names: items.slice(0, at).replace(/ /g, '').split(','), items: items.slice(at + 4).trim(), concurrency }
}

function readTransition({ when, publish, do: next }: Json): Transition {
  const to = typeof next === 'string' ? next.split(',').map((name) => name.trim()) : ((next ?? []) as string[])
  return { when: when as string | undefined, publish: assignments(publish), to: to.length > 0 ? to : ['continue'] }
}

const INLINE = /(\w+)=(\[.*\]\s*|"[^"]*"\s*|'[^']*'\s*|-?\d*\.\d+|-?\d+|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|null|<%.*?%>|\{\{.*?\}\})/g

/** `a=1 b="x" c=<% ctx().y %>` behind an action's name, or as publish. */
export function inlineParameters(text: unknown): Assignment[] {
  if (typeof text !== 'string') return []
  return [...text.matchAll(INLINE)].map(([, name = '', value = '']) => ({ name, value: inlineValue(value.trim()) }))
}

/** A quoted text stays text, JSON in quotes excepted. */
function inlineValue(value: string): unknown {
  const quoted = /^(["']).*\1$/s.test(value)
  const text = quoted ? value.slice(1, -1) : value
  if (quoted && !/^\{.*\}$/s.test(text)) return text
  try {
    return JSON.parse(/^(true|false)$/i.test(text) ? text.toLowerCase() : text) as unknown
  } catch {
    return text
  }
}
