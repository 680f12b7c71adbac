/** Whether each name that an expression reads from the context was put there before. */
import { isMapping } from '../../python'
import type { Json } from '../model'
import { COMMANDS, inlineParameters, longForm, type Definition } from './definition'
import { expressionsIn, languageOf } from './expressions'
import { Graph } from './graph'
import { TASK_PATH, textsIn, type Finding } from './finding'

/** `ctx().name` (no method), `ctx(name)`, `ctx('name')`. */
const NAME = /\bctx\(\)\.([\w-]+)\b(?!\()|\bctx\(\s*['"]?([\w-]+)['"]?\s*\)/g

export function contextErrors(yaml: Json, definition: Definition, known: readonly string[]): Finding[] {
  return new Walk(yaml, definition).run(known)
}

class Walk {
  private readonly findings: Finding[] = []
  private readonly graph: Graph

  constructor(
    private readonly yaml: Json,
    private readonly definition: Definition,
  ) {
    this.graph = new Graph(definition)
  }

  run(known: readonly string[]): Finding[] {
    const names = new Set(known)
    this.readList(this.yaml.input, names, 'input', 'properties.input')
    this.readList(this.yaml.vars, names, 'vars', 'properties.vars')
    this.readList(this.yaml.output, this.readTasks(names), 'output', 'properties.output')
    return this.findings
  }

  /** Each task is looked at once, a join with what all ways to it bring. Gives the names that the output may use. */
  private readTasks(names: Set<string>): Set<string> {
    const all = new Set(names)
    const seen = new Map<string, Set<string>>(this.graph.starts().map((task) => [task, new Set(names)]))
    const waiting = [...seen.keys()]
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const own = seen.get(name) as Set<string>
      for (const [task, brought] of this.readTask(name, own)) {
        for (const one of brought) all.add(one)
        if (COMMANDS.includes(task) || !this.definition.tasks.has(task)) continue
        const before = seen.get(task)
        if (before && this.graph.isJoin(task)) for (const one of brought) before.add(one)
        if (before) continue
        seen.set(task, new Set(brought))
        waiting.push(task)
      }
    }
    return all
  }

  private readTask(name: string, names: Set<string>): [string, Set<string>][] {
    const [task, spec] = [longForm(((this.yaml.tasks as Json)[name] ?? {}) as Json), `tasks.${name}`]
    for (const member of ['delay', 'action', 'input']) this.read(task[member], names, `${spec}.${member}`, `${TASK_PATH}.properties.${member}`)
    const items = isMapping(task.with) ? task.with : { items: task.with }
    for (const member of ['items', 'concurrency']) this.read(items[member], names, `${spec}.with.${member}`, `${TASK_PATH}.properties.with.properties.${member}`)
    return ((task.next ?? []) as Json[]).flatMap((transition, index): [string, Set<string>][] => {
      const [here, schema] = [`${spec}.next[${index}]`, `${TASK_PATH}.properties.next.items.properties`]
      const brought = new Set(names)
      this.read(transition.when, brought, `${here}.when`, `${schema}.when`)
      this.readList(transition.publish, brought, `${here}.publish`, `${schema}.publish`)
      return (this.definition.tasks.get(name)?.next[index]?.to ?? []).map((to) => [to, brought])
    })
  }

  /** A list of assignments: each may use the names before it. */
  private readList(value: unknown, names: Set<string>, spec: string, schema: string): void {
    const list = typeof value === 'string' ? inlineParameters(value).map((one) => ({ [one.name]: one.value })) : ((value ?? []) as unknown[])
    list.forEach((item, index) => {
      this.read(item, names, `${spec}[${index}]`, schema)
      for (const name of isMapping(item) ? Object.keys(item) : [String(item)]) names.add(name)
    })
  }

  private read(value: unknown, names: Set<string>, spec_path: string, schema_path: string): void {
    for (const text of textsIn(value)) {
      const language = languageOf(text)
      if (!language) continue
      for (const name of namesIn(expressionsIn(text, language))) {
        const finding = (message: string): Finding => ({ type: 'context', language: language.name, expression: text, message, spec_path, schema_path })
        if (name.startsWith('__')) this.findings.push(finding(`Variable "${name}" that is prefixed with double underscores is considered a private variable and cannot be referenced.`))
        if (!names.has(name)) this.findings.push(finding(`Variable "${name}" is referenced before assignment.`))
      }
    }
  }
}

function namesIn(expressions: string[]): string[] {
  const names = expressions.flatMap((expression) => [...expression.matchAll(NAME)].map(([, member, argument]) => member ?? argument ?? ''))
  return [...new Set(names)].sort()
}
