/**
 * Decides what a workflow does next: which tasks run, what they see, when it has ended and how. Runs nothing itself. Knowledge:
 * running-on-stackstorm.md section 3, and outcomes compared with orquesta 1.2.0.
 */
import type { Json } from '../model'
import { COMMANDS, type Assignment, type Definition, type Task } from './definition'
import { evaluate, EvaluationError } from './expressions'
import type { Scope } from './functions'
import { Graph, type Edge } from './graph'
import { renderTask, type ReadyTask } from './ready'
import { stageAgain } from './rerun'
import { Standing } from './standing'
import { edgeId, type Entry, type Staged, type State, type WorkflowError } from './state'
import { isTrue, merge } from './values'

const FAILED = 'Execution failed. See result for details.'

export interface Ended {
  status: 'succeeded' | 'failed' | 'canceled'
  /** What `result()` gives. */
  result: unknown
  /** Results of failed executions, for the list of errors; a time limit leaves none. */
  failures: unknown[]
}

export class Conductor {
  private readonly graph: Graph
  private readonly standing: Standing

  constructor(
    private readonly definition: Definition,
    readonly state: State,
    private readonly datastore: Scope['datastore'],
  ) {
    this.graph = new Graph(definition)
    this.standing = new Standing(this.graph, state)
  }

  /** Works out input and vars and stages the first tasks. `context` holds `st2`. */
  start(inputs: Json, context: Json): void {
    const given = this.definition.input.map(({ name, value }) => ({ name, value: inputs[name] ?? (name in inputs ? null : value) }))
    const variables = { ...context }
    this.assign(given, variables)
    this.assign(this.definition.vars, variables)
    if (this.state.status !== 'running') return
    for (const task of this.graph.starts()) this.state.staged.push({ task, route: 0, layers: [variables], ready: true })
  }

  private assign(assignments: readonly Assignment[], variables: Json): void {
    for (const { name, value } of assignments) this.guarded({}, () => (variables[name] = evaluate(value, this.scope(variables, 0))))
  }

  /** The tasks that shall start now; they count as running from here on. A task that cannot be rendered fails the workflow. */
  next(): ReadyTask[] {
    const { status } = this.state
    const staged = this.state.staged.filter(({ ready, onFail }) => ready && (status === 'running' || (status === 'failed' && onFail)))
    const ready: ReadyTask[] = []
    const errors = this.state.errors.length
    for (const one of staged) this.guarded({ task_id: one.task, route: one.route }, () => ready.push(this.render(one)))
    if (this.state.errors.length > errors) return []
    for (const one of staged) this.begin(one)
    return ready.sort((a, b) => (a.task.name < b.task.name ? -1 : a.task.name > b.task.name ? 1 : a.route - b.route))
  }

  private render(staged: Staged): ReadyTask {
    const task = this.definition.tasks.get(staged.task) as Task
    const rendered = renderTask(task, staged.route, this.scope(contextOf(staged.layers), staged.route, { name: task.name, status: 'null', result: null }))
    return { ...rendered, ...(staged.retryDelay !== undefined && { delay: staged.retryDelay }) }
  }

  private begin(staged: Staged): void {
    this.state.staged.splice(this.state.staged.indexOf(staged), 1)
    const before = this.standing.entry(staged.task, staged.route)
    // A join that was reached again while it runs counts as the same run, although its action runs once more.
    if (before?.status === 'retrying' || before?.status === 'running') before.status = 'running'
    else this.state.entries.push({ task: staged.task, route: staged.route, status: 'running', layers: staged.layers, open: {}, retries: 0, ...(staged.onFail && { onFail: true }) })
  }

  /** A task has ended: what it leads to is staged, and the workflow may end with it. */
  end(name: string, route: number, { status, result, failures }: Ended): void {
    const entry = this.standing.entry(name, route) as Entry
    for (const failure of failures) this.log({ type: 'error', message: FAILED, task_id: name, ...((failure ?? null) !== null && { result: failure }) })
    if (entry.status !== 'running') return this.settle(entry)
    entry.status = status
    const scope = this.scope(contextOf(entry.layers), route, { name, status, result })
    if (this.retries(entry, scope)) return
    this.leave(entry, scope)
  }

  /** Stages the task again when its `retry` says so. */
  private retries(entry: Entry, scope: Scope): boolean {
    const { retry, next } = this.definition.tasks.get(entry.task) as Task
    const command = next.find(({ to }) => to.includes('retry'))
    const wanted = command ? { when: command.when ?? '<% completed() %>', count: 3, delay: undefined } : retry
    if (!wanted || this.state.status !== 'running') return false
    let again = false
    this.guarded({ task_id: entry.task, route: entry.route }, () => {
      const [count, delay] = [evaluate(wanted.count, scope), evaluate(wanted.delay ?? 0, scope)]
      if (entry.retries >= Number(count)) return
      again = wanted.when === undefined ? entry.status === 'failed' : isTrue(evaluate(wanted.when, scope))
      if (again) this.state.staged.push({ task: entry.task, route: entry.route, layers: entry.layers, ready: true, retryDelay: Number(delay) })
    })
    if (!again) return false
    entry.status = 'retrying'
    entry.retries++
    return true
  }

  private leave(entry: Entry, scope: Scope): void {
    const edges = this.graph.from(entry.task)
    if (edges.length === 0) entry.last = true
    const staged = edges.map((edge) => this.follow(entry, edge, scope)).filter((one): one is Staged => one !== undefined)
    if (staged.some(({ task }) => task === 'fail')) for (const one of staged) if (one.ready && !COMMANDS.includes(one.task)) one.onFail = true
    this.settle(entry)
    for (const one of staged) if (COMMANDS.includes(one.task)) this.command(one)
    if (this.state.status !== 'running') entry.last = true
  }

  /** Stages what an open way leads to; undefined when it is closed or could not be worked out. */
  private follow(entry: Entry, edge: Edge, scope: Scope): Staged | undefined {
    const id = edgeId(edge.to, edge.transition)
    const where = { task_id: entry.task, route: entry.route, task_transition_id: id }
    const { when, publish } = (this.definition.tasks.get(entry.task) as Task).next[edge.transition] ?? { publish: [] }
    if (!this.guarded(where, () => (entry.open[id] = when === undefined || isTrue(evaluate(when, scope))))) return undefined
    if (!entry.open[id]) return undefined
    const published = this.publish(publish, scope, where)
    if (!published) return undefined
    const layers = Object.keys(published).length > 0 ? [...entry.layers, published] : [...entry.layers]
    const route = this.routeOf(edge, entry.route)
    let staged = this.state.staged.find((one) => one.task === edge.to && one.route === route)
    if (staged) staged.layers.push(...layers.slice(1))
    else this.state.staged.push((staged = { task: edge.to, route, layers, ready: false }))
    staged.ready = this.standing.inbound(edge.to, entry.route) === 'satisfied'
    return staged
  }

  /** All that can be worked out, undefined if something could not. */
  private publish(publish: readonly Assignment[], scope: Scope, where: Partial<WorkflowError>): Json | undefined {
    const published: Json = {}
    const variables = { ...scope.variables }
    let whole = true
    for (const { name, value } of publish) {
      const worked = this.guarded(where, () => (published[name] = variables[name] = evaluate(value, { ...scope, variables })))
      whole = whole && worked
    }
    return whole ? published : undefined
  }

  private routeOf({ from, to, transition }: Edge, route: number): number {
    const way = edgeId(from, transition)
    const before = this.state.routes[route] ?? []
    if (!this.graph.parts(to) || before.includes(way)) return route
    return this.state.routes.push([...before, way]) - 1
  }

  /** `fail`, `noop` and `continue` end as soon as they begin. */
  private command(staged: Staged): void {
    this.state.staged.splice(this.state.staged.indexOf(staged), 1)
    const failed = staged.task === 'fail'
    const entry: Entry = { task: staged.task, route: staged.route, status: failed ? 'failed' : 'succeeded', layers: staged.layers, open: {}, last: true, retries: 0 }
    this.state.entries.push(entry)
    if (failed) this.log({ type: 'error', message: FAILED, task_id: 'fail' })
    this.settle(entry)
  }

  /** What a task's end means for the workflow. A failure that leads somewhere is no failure; one that does not ends all at once. */
  private settle(entry: Entry): void {
    if (this.state.status !== 'running') return
    const leads = this.standing.leads(entry)
    if (entry.status === 'canceled') this.state.status = 'canceled'
    else if (entry.status === 'failed' && !leads) this.state.status = 'failed'
    else if (!leads && !this.standing.hasStaged() && !this.standing.isActive()) this.state.status = 'succeeded'
    if (this.state.status !== 'running') this.failForJoins()
  }

  /** A join that some ways reached and the others never will. */
  private failForJoins(): void {
    for (const { task, route, ready } of this.state.staged) {
      if (ready || !this.graph.isJoin(task) || this.standing.inbound(task, route) !== 'closed') continue
      this.state.status = 'failed'
      this.log({ type: 'error', message: `UnreachableJoinError: The join task|route "${task}|${route}" is partially satisfied but unreachable.`, task_id: task, route })
    }
  }

  /** The workflow's output once it has ended, null when there is none; an output that cannot be worked out fails it. */
  output(): Json | null {
    const variables = this.lastContext()
    const output: Json = {}
    for (const { name, value } of this.definition.output) this.guarded({}, () => (output[name] = variables[name] = evaluate(value, this.scope({ ...variables }, 0))))
    return Object.keys(output).length > 0 ? output : null
  }

  private lastContext(): Json {
    const [first, ...others] = this.state.entries.filter(({ last }) => last)
    if (!first) return {}
    return others.reduce((context, { layers }) => merge(context, contextOf(layers.slice(1))), contextOf(first.layers))
  }

  /** Fails the workflow for a reason that is no expression. */
  fail(error: Partial<WorkflowError> & { message: string }): void {
    this.log({ type: 'error', ...error })
    if (this.state.status === 'running' || this.state.status === 'succeeded') this.state.status = 'failed'
  }

  /** Makes tasks run anew, with what they saw; throws with StackStorm's text when one never ran. */
  rerun(names: readonly string[]): void {
    stageAgain(this.state, names)
  }

  /** A task that could not be begun. */
  drop(name: string, route: number): void {
    const entry = this.standing.entry(name, route)
    if (entry) entry.status = 'failed'
  }

  /** Tasks run, or shall run, that stand beside a `fail`. */
  isRemedying(): boolean {
    return this.standing.isRemedying()
  }

  private scope(variables: Json, route: number, task?: Scope['task']): Scope {
    return { variables, datastore: this.datastore, statusOf: (name) => this.standing.statusOf(name, route), ...(task && { task }) }
  }

  /** False when an expression failed: that is logged and fails the workflow. */
  private guarded(where: Partial<WorkflowError>, work: () => void): boolean {
    try {
      work()
      return true
    } catch (error) {
      const message = (error as Error).message
      this.fail({ ...where, message: error instanceof EvaluationError ? message : `${(error as Error).name}: ${message}` })
      return false
    }
  }

  private log(error: WorkflowError): void {
    const text = JSON.stringify(error)
    if (!this.state.errors.some((other) => JSON.stringify(other) === text)) this.state.errors.push(error)
  }
}

/** A new workflow's state. */
export const newState = (): State => ({ status: 'running', entries: [], staged: [], routes: [[]], errors: [] })

const contextOf = (layers: readonly Json[]): Json => layers.reduce((context, layer) => merge(context, layer), {})

