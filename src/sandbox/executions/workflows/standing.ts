/** What a workflow's state says of its tasks: which ran, where they lead, whether a join can still be reached. Changes nothing. */
import type { Graph } from './graph'
import { edgeId, type Entry, type State } from './state'

export class Standing {
  constructor(
    private readonly graph: Graph,
    private readonly state: State,
  ) {}

  /** Whether enough ways lead into a task: `open` while more may come. */
  inbound(task: string, route: number): 'satisfied' | 'open' | 'closed' {
    const inbound = new Map<string, boolean | undefined>()
    for (const { from, transition } of this.graph.to(task)) {
      const entry = this.entry(from, route)
      if (!inbound.get(from)) inbound.set(from, entry ? (entry.open[edgeId(task, transition)] ?? false) : undefined)
    }
    const states = [...inbound.values()]
    if (states.filter((state) => state === true).length >= (this.graph.joinOf(task) ?? 1)) return 'satisfied'
    return states.includes(undefined) && (this.isActive() || this.hasStaged()) ? 'open' : 'closed'
  }

  /** Whether a task that has ended leads to another one. */
  leads(entry: Entry): boolean {
    return this.graph.from(entry.task).some(({ to, transition }) => {
      if (to === 'continue' || !entry.open[edgeId(to, transition)]) return false
      return !this.graph.isJoin(to) || this.inbound(to, entry.route) !== 'closed'
    })
  }

  /** Tasks run, or shall run, that stand beside a `fail`. */
  isRemedying(): boolean {
    return this.state.staged.some(({ ready, onFail }) => ready && onFail) || this.state.entries.some(({ status, onFail }) => status === 'running' && onFail)
  }

  isActive = (): boolean => this.state.entries.some(({ status }) => status === 'running')
  hasStaged = (): boolean => this.state.staged.some(({ ready }) => ready)

  /** The latest run of a task on a route. */
  entry(task: string, route: number): Entry | undefined {
    return [...this.state.entries].reverse().find((entry) => entry.task === task && entry.route === route)
  }

  /** On this route or, before it parted, on an earlier one. */
  statusOf(task: string, route: number): string {
    const own = this.state.routes[route] ?? []
    for (let earlier = route; earlier >= 0; earlier--) {
      const entry = this.state.routes[earlier]?.every((way) => own.includes(way)) ? this.entry(task, earlier) : undefined
      if (entry) return entry.status
    }
    return 'null'
  }
}
