/**
 * What is wrong with a workflow, all at once, before it runs: its shape, its transitions, its expressions, the names in its context,
 * the actions that it calls. Texts and paths as live StackStorms and orquesta 1.2.0 tell them.
 */
import { findErrors } from '../../schema'
import type { Json } from '../model'
import { inspectContent, type ActionLookup } from './inspect-content'
import { contextErrors } from './inspect-context'
import { COMMANDS, longForm, readDefinition, type Definition } from './definition'
import { grammarErrors } from './expressions'
import { TASK_PATH, textsIn, type Finding } from './finding'
import { Graph } from './graph'
import { WORKFLOW } from './shape'

/** Sorted as StackStorm sorts them; `context` holds the names that are there from the start. */
export function inspect(yaml: Json, context: readonly string[], actions: ActionLookup): Finding[] {
  const shape = shapeErrors(withItems(yaml))
  if (shape.length > 0) return sorted(shape)
  const definition = readDefinition(yaml)
  return sorted([...semanticErrors(definition), ...expressionErrors(yaml), ...contextErrors(yaml, definition, context), ...inspectContent(definition, actions)])
}

function sorted(findings: Finding[]): Finding[] {
  const key = ({ type, schema_path }: Finding): string => `${type}\n${schema_path ?? ''}`
  return findings.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

/** `with: EXPRESSION` is short for `with: {items: EXPRESSION}`. */
function withItems(yaml: Json): Json {
  const short = (task: unknown): unknown => {
    const items = (task as Json | null)?.with
    return typeof items === 'string' ? { ...(task as Json), with: { items } } : task
  }
  const { tasks } = yaml
  if (typeof tasks !== 'object' || tasks === null || Array.isArray(tasks)) return yaml
  return { ...yaml, tasks: Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, short(task)])) }
}

const pathOf = (steps: readonly (string | number)[]): string | null => steps.reduce<string>((path, step) => path + (typeof step === 'number' ? `[${step}]` : path ? `.${step}` : step), '') || null

function shapeErrors(yaml: Json): Finding[] {
  return findErrors(WORKFLOW, yaml, { dialect: 'draft4' }).map(({ message, path, schemaPath, keyword }) => {
    return { type: 'syntax', message, spec_path: pathOf(path), schema_path: pathOf([...schemaPath, keyword]) }
  })
}

function semanticErrors(definition: Definition): Finding[] {
  const graph = new Graph(definition)
  const findings: Finding[] = []
  const add = (message: string, spec_path: string, schema_path: string): void => void findings.push({ type: 'semantic', message, spec_path, schema_path })
  for (const name of definition.tasks.keys()) if (COMMANDS.includes(name)) add(`The task name "${name}" is reserved with special function.`, `tasks.${name}`, TASK_PATH)
  if (graph.starts().length === 0) add('Unable to identify any tasks to start the workflow. If the workflow has a loop, please add a task that serves as an entry point (or lead) into the loop.', 'tasks', 'properties.tasks')
  for (const [name, task] of definition.tasks) {
    task.next.forEach(({ to }, index) => {
      for (const next of to) if (!definition.tasks.has(next) && !COMMANDS.includes(next)) add(`The task "${next}" is not defined.`, `tasks.${name}.next[${index}].do`, `${TASK_PATH}.properties.next.items.properties.do`)
    })
    if (task.with && !task.action) add('The action property is required for with items task.', `tasks.${name}`, TASK_PATH)
  }
  return findings
}

/** Members of a part that may hold expressions, each with its paths. */
function* members(yaml: Json, spec: string, schema: string, names: readonly string[]): Generator<[unknown, string, string]> {
  for (const name of names) if (name in yaml) yield [yaml[name], spec ? `${spec}.${name}` : name, schema ? `${schema}.properties.${name}` : `properties.${name}`]
}

function* valuesOf(yaml: Json): Generator<[unknown, string, string]> {
  yield* members(yaml, '', '', ['input', 'vars', 'output'])
  for (const [name, given] of Object.entries(yaml.tasks as Json)) {
    const [task, spec] = [longForm((given ?? {}) as Json), `tasks.${name}`]
    yield* members(task, spec, TASK_PATH, ['delay', 'action', 'input'])
    yield* members(partOf(task.with, 'items'), `${spec}.with`, `${TASK_PATH}.properties.with`, ['items', 'concurrency'])
    yield* members(partOf(task.retry, 'count'), `${spec}.retry`, `${TASK_PATH}.properties.retry`, ['when', 'count', 'delay'])
    for (const [index, transition] of ((task.next ?? []) as Json[]).entries()) yield* members(transition, `${spec}.next[${index}]`, `${TASK_PATH}.properties.next.items`, ['when', 'publish', 'do'])
  }
}

const partOf = (value: unknown, short: string): Json => (typeof value === 'object' && value !== null ? (value as Json) : value === undefined ? {} : { [short]: value })

function expressionErrors(yaml: Json): Finding[] {
  const findings: Finding[] = []
  for (const [value, spec_path, schema_path] of valuesOf(yaml)) {
    for (const text of textsIn(value)) {
      for (const { type: language, expression, message } of grammarErrors(text)) findings.push({ type: 'expression', language, expression, message, spec_path, schema_path })
    }
  }
  return findings
}
