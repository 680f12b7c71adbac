/**
 * Takes requested executions through their life: scheduled, running, then what their runner gives back. One engine a sandbox; it
 * knows what runs in this process, while the records in the store are what the API shows.
 */
import * as os from 'os'
import type { Sandbox } from '../types'
import { OutputBook } from './output'
import { COMPLETED, type Execution, type Json, type Outcome } from './model'
import { renderFinal } from './parameters'
import { change, executionsOf, moveTo } from './records'
import { requestExecution } from './request'
import { runnerFor } from './runners'
import { killGroup } from './runners/local-shell'
import type { ChildTask, Run } from './runners/types'
import { now } from './time'
import { viewExecution } from './view'
import { surroundings } from './world'

/** Lifetime of an action's token in seconds (`auth.service_token_ttl`). */
const TOKEN_TTL = 86_400
const TOKEN_KEPT_MS = 1000
/** How often a paused workflow looks whether it may go on. */
const PAUSE_POLL_MS = 50
/** So long a request lies in the queue at least; a cancel in this time comes before the action starts. */
const QUEUE_MS = 25

class Engine {
  readonly output: OutputBook
  private readonly groups = new Map<string, number>()
  private readonly timers = new Set<NodeJS.Timeout>()
  private stopped = false

  constructor(private readonly sandbox: Sandbox) {
    this.output = new OutputBook(sandbox)
  }

  /** Runs a requested execution after a moment in the queue; the caller does not wait for it. */
  launch(execution: Execution): void {
    this.later(QUEUE_MS, () => void this.run(execution.id))
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

  /** Runs an execution that is still `requested`, to its end. Never rejects. */
  private async run(id: string): Promise<void> {
    if (this.stopped || executionsOf(this.sandbox).get(id)?.status !== 'requested') return
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
        child: (task) => this.runChild(execution, task),
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

  private async runChild(parent: Execution, task: ChildTask): Promise<Execution> {
    await this.mayGoOn(parent.id)
    const child = requestExecution(this.sandbox, {
      action: task.action,
      parameters: task.parameters,
      user: parent.context.user,
      context: { ...task.context, parent: { execution_id: parent.id, user: parent.context.user, pack: parent.context.pack } },
      workflow_execution: task.workflow_execution,
      task_execution: task.task_execution,
    })
    await this.run(child.id)
    const ended = executionsOf(this.sandbox).get(child.id)
    if (!ended || !COMPLETED.includes(ended.status)) throw new Error('the child execution did not end')
    return ended
  }

  /** A workflow between two tasks: paused it waits here; canceled, or gone with a reset, it goes no further. */
  private async mayGoOn(id: string): Promise<void> {
    for (;;) {
      const status = executionsOf(this.sandbox).get(id)?.status
      if (status === 'running') return
      if (status === 'pausing') moveTo(this.sandbox, id, 'paused')
      else if (status === 'resuming') moveTo(this.sandbox, id, 'running')
      else if (status !== 'paused' || this.stopped) throw new Error('the workflow does not go on')
      await new Promise((resolve) => setTimeout(resolve, PAUSE_POLL_MS).unref())
    }
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

/** A runner takes the execution: scheduled and running at once. */
function taken({ liveaction, log }: Execution): Partial<Execution> {
  const steps = (['scheduled', 'running'] as const).map((status) => ({ timestamp: now(), status }))
  return { status: 'running', log: [...log, ...steps], liveaction: { ...liveaction, runner_info: { hostname: os.hostname(), pid: process.pid } } }
}

const engines = new WeakMap<Sandbox, Engine>()

/** The sandbox's engine; made when first asked for. */
export function engineOf(sandbox: Sandbox): Engine {
  const engine = engines.get(sandbox) ?? new Engine(sandbox)
  engines.set(sandbox, engine)
  return engine
}
