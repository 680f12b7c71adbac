/** Which task leads to which: what a workflow's transitions say about joins, loops and ways that part. */
import { COMMANDS, type Definition } from './definition'

/** One way from a task to another: the transition's place in the file and the name that it leads to. */
export interface Edge {
  from: string
  to: string
  transition: number
}

export class Graph {
  private readonly edges: Edge[]

  constructor(private readonly definition: Definition) {
    this.edges = [...definition.tasks.values()].flatMap(({ name, next }) => next.flatMap(({ to }, transition) => to.map((one) => ({ from: name, to: one, transition }))))
  }

  /** In the order in which they are looked at: by name. `retry` is no way to go. */
  from(task: string): Edge[] {
    return this.edges.filter((edge) => edge.from === task && edge.to !== 'retry').sort((a, b) => (a.to < b.to ? -1 : a.to > b.to ? 1 : a.transition - b.transition))
  }

  to(task: string): Edge[] {
    return this.edges.filter((edge) => edge.to === task)
  }

  /** Tasks that nothing leads to. */
  starts(): string[] {
    return [...this.definition.tasks.keys()].filter((name) => this.to(name).length === 0).sort()
  }

  isJoin(task: string): boolean {
    return this.joinOf(task) !== undefined
  }

  /** How many tasks must lead to this one before it starts; undefined for a task without join. */
  joinOf(task: string): number | undefined {
    const join = this.definition.tasks.get(task)?.join
    return join === 'all' ? new Set(this.to(task).map(({ from }) => from)).size : join
  }

  /** Several ways lead to it and each runs it anew: ways part here. A loop is no such parting. */
  parts(task: string): boolean {
    return !this.isJoin(task) && this.to(task).length > 1 && !this.loops(task)
  }

  private loops(task: string): boolean {
    const seen = new Set<string>()
    const waiting = this.from(task).map(({ to }) => to)
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (name === task) return true
      if (seen.has(name) || COMMANDS.includes(name)) continue
      seen.add(name)
      waiting.push(...this.from(name).map(({ to }) => to))
    }
    return false
  }
}
