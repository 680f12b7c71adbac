/**
 * The graph of parameters: each is a value or a template that needs others. Its order of resolution is also the order in which
 * a script gets its arguments, so it follows the two orders that StackStorm's versions show.
 */
import { isTemplate, namesIn, parseTemplate, type Template } from './template'
import { TemplateSyntaxError } from './expression'

/** A template that needs something unknown, or itself: StackStorm answers 400 with this text. */
export class ParameterError extends Error {}

type Node = { value: unknown } | { template: Template; wrapped: boolean }

export class ParameterGraph {
  private readonly nodes = new Map<string, Node | undefined>()
  private readonly edges = new Map<string, Set<string>>()

  set(name: string, value: unknown): void {
    this.nodes.set(name, { value })
  }

  has(name: string): boolean {
    return this.nodes.has(name)
  }

  /** The plain value of a node; undefined for a template or nothing. */
  plainValue(name: string): unknown {
    const node = this.nodes.get(name)
    return node && 'value' in node ? node.value : undefined
  }

  get(name: string): Node | undefined {
    return this.nodes.get(name)
  }

  /** Adds a parameter that may be a template; lists and objects are templates as a whole, in their JSON form. */
  process(name: string, value: unknown): void {
    const wrapped = typeof value === 'object' && value !== null
    const text = wrapped ? complexTemplate(value) : value
    const template = isTemplate(text) ? readTemplate(text) : undefined
    if (!template) return this.set(name, value)
    this.nodes.set(name, { template, wrapped })
    for (const needed of namesIn(template)) this.addEdge(needed, name)
  }

  private addEdge(from: string, to: string): void {
    if (!this.nodes.has(from)) this.nodes.set(from, undefined)
    const targets = this.edges.get(from) ?? new Set()
    this.edges.set(from, targets.add(to))
  }

  /** Names in the order of their resolution. Throws {@link ParameterError} for what is missing or goes round in a circle. */
  order(take: 'first' | 'last'): string[] {
    for (const [name, node] of this.nodes) if (!node) throw new ParameterError(`Dependency unsatisfied in variable "${name}"`)
    const waiting = new Map([...this.nodes.keys()].map((name) => [name, 0]))
    for (const targets of this.edges.values()) for (const target of targets) waiting.set(target, (waiting.get(target) ?? 0) + 1)
    const ready = [...waiting].filter(([, count]) => count === 0).map(([name]) => name)
    const ordered: string[] = []
    while (ready.length > 0) {
      const name = (take === 'first' ? ready.shift() : ready.pop()) as string
      ordered.push(name)
      for (const target of this.edges.get(name) ?? []) {
        const left = (waiting.get(target) ?? 0) - 1
        waiting.set(target, left)
        if (left === 0) ready.push(target)
      }
    }
    const circle = [...this.nodes.keys()].filter((name) => !ordered.includes(name)).sort()
    if (circle.length === 0) return ordered
    throw new ParameterError(`Cyclic dependency found in the following variables: ${circle.join(', ')}. Likely the variable is referencing itself`)
  }
}

/** Text that only looks like a template is left as it is. */
function readTemplate(text: string): Template | undefined {
  try {
    return parseTemplate(text)
  } catch (error) {
    if (error instanceof TemplateSyntaxError && !text.includes('{%')) return undefined
    throw error instanceof TemplateSyntaxError ? new ParameterError(error.message) : error
  }
}

/** A member that is nothing but `{{ name }}` keeps its type. */
function complexTemplate(value: unknown): string {
  return JSON.stringify(value).replace(/"\{\{([A-Za-z0-9_-]+)\}\}"/g, '{{$1 | to_complex}}')
}
