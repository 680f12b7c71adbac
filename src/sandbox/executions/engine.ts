/**
 * Takes requested executions through their life: scheduled, running, then what their runner gives back. One engine a sandbox; it
 * knows what runs in this process, while the records in the store are what the API shows.
 */
import type { Sandbox } from '../types'
import { Children } from './children'
import { OutputBook } from './output'
import type { Execution, Json, Outcome } from './model'
import { renderFinal } from './parameters'
import { change, executionsOf, moveTo } from './records'
import { runnerFor } from './runners'
import { killGroup } from './runners/local-shell'
import type { Run } from './runners/types'
import { taken } from './taken'
import { viewExecution } from './view'
import { surroundings } from './world'

/** Lifetime of an action's token in seconds (`auth.service_token_ttl`). */
const TOKEN_TTL = 86_400
const TOKEN_KEPT_MS = 1000
/** So long a request lies in the queue at least; a cancel in this time comes before the action starts. */
const QUEUE_MS = 25

class Engine {
  readonly output: OutputBook
  private readonly children: Children
  private readonly groups = new Map<string, number>()
  private readonly timers = new Set<NodeJS.Timeout>()
  private stopped = false

  constructor(private readonly sandbox: Sandbox) {
    this.output = new OutputBook(sandbox)
    this.children = new Children(sandbox, (id) => this.run(id), () => this.stopped)
  }

  /** Runs a requested execution after a moment in the queue; the caller does not wait for it. */
  launch(execution: Execution): void {
    this.later(QUEUE_MS, () => void this.run(execution.id))
  }

  /** Does something once the present answer is out, unless the sandbox stops or is reset before. */
  soon(work: () => void): void {
    this.later(0, work)
  }

  /** Ends what runs; used when the sandbox stops or is reset. */
  endAll(): void {
    for (const group of this.groups.values()) killGroup(group)
    for (const timer of this.timers) clearTimeout(timer)
    this.timers.clear()
    this.groups.clear()
  }

  stop(): void {
    this.stopped = true
    this.endAll()
  }

  /** Runs an execution that nobody has taken or canceled yet, to its end. Never rejects. */
  private async run(id: string): Promise<void> {
    const status = executionsOf(this.sandbox).get(id)?.status
    if (this.stopped || (status !== 'requested' && status !== 'delayed')) return
    const execution = change(this.sandbox, id, taken)
    if (!execution) return
    this.sandbox.audit('st2actionrunner', 'Launching action execution.', this.auditFields(execution))
    const token = this.sandbox.mintToken(execution.context.user, TOKEN_TTL).token
    this.sandbox.audit('st2actionrunner', `Access granted to "${execution.context.user}" with the token set to expire at "${new Date(Date.now() + TOKEN_TTL * 1000).toISOString()}".`)
    const outcome = await this.work(execution, token)
    if (this.stopped) return
    this.groups.delete(id)
    this.output.close(id)
    this.finish(id, outcome)
    this.later(TOKEN_KEPT_MS, () => this.sandbox.revokeToken(token))
  }

  private async work(execution: Execution, token: string): Promise<Outcome> {
    try {
      const { action, runner, context } = execution
      const schemas = { action: action.parameters ?? {}, runner: runner.runner_parameters ?? {} }
      const parameters = renderFinal(execution.parameters, schemas, surroundings(this.sandbox, context))
      const run: Run = {
        sandbox: this.sandbox,
        execution,
        parameters,
        token,
        output: (type, text) => this.output.add(execution.id, type, text),
        child: (task) => this.children.run(execution, task),
        started: (group) => void this.groups.set(execution.id, group),
      }
      return await runnerFor(runner.name)(run)
    } catch (error) {
      return { status: 'failed', result: { error: (error as Error).message, traceback: '' } }
    }
  }

  /** Sets the outcome, unless the execution was canceled meanwhile: its result is thrown away then. */
  private finish(id: string, { status, result }: Outcome): void {
    const execution = moveTo(this.sandbox, id, status, { result })
    if (execution) this.sandbox.audit('st2actionrunner', 'Liveaction completed', this.auditFields(execution))
  }

  /** Secrets among the parameters are masked; results are not, as StackStorm's own audit lines. */
  private auditFields(execution: Execution): Record<string, unknown> {
    const shown = viewExecution(execution, { traits: this.sandbox.traits })
    return { action_execution_db: shown, liveaction_db: { ...(shown.liveaction as Json), status: execution.status, result: shown.result } }
  }

  private later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      if (!this.stopped) work()
    }, ms)
    timer.unref()
    this.timers.add(timer)
  }
}

const engines = new WeakMap<Sandbox, Engine>()

/** The sandbox's engine; made when first asked for. */
export function engineOf(sandbox: Sandbox): Engine {
  const engine = engines.get(sandbox) ?? new Engine(sandbox)
  engines.set(sandbox, engine)
  return engine
}
