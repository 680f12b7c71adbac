/**
 * Executions that a workflow runs, and what they mean for it: it pauses when somebody asks for it or when a child waits for an
 * answer and no other runs, and goes on afterwards. Knowledge: running-on-stackstorm.md sections 2 and 3.
 */
import type { Sandbox } from '../types'
import { COMPLETED, type Execution, type Status } from './model'
import { executionsOf, moveTo } from './records'
import { requestExecution } from './request'
import type { ChildTask } from './runners/types'

/** How often a paused workflow looks whether it may go on. */
const POLL_MS = 50

/** Children of one workflow: those that run, and those that wait for a person or are paused themselves. */
interface Activity {
  running: number
  waiting: number
}

export class Children {
  private readonly activity = new Map<string, Activity>()

  /** @param start runs a requested execution to its end, or until it is `pending`. */
  constructor(
    private readonly sandbox: Sandbox,
    private readonly start: (id: string) => Promise<void>,
    private readonly isStopped: () => boolean,
  ) {}

  /** Requests an execution as a child, runs it, and waits for its end. Rejects when it cannot be requested, or the workflow does not go on. */
  async run(parent: Execution, task: ChildTask): Promise<Execution> {
    await this.mayGoOn(parent.id)
    const child = requestExecution(this.sandbox, {
      action: task.action,
      parameters: task.parameters,
      user: parent.context.user,
      context: { ...this.callerOf(parent), ...task.context, parent: { execution_id: parent.id, user: parent.context.user, pack: parent.context.pack, ...this.callerOf(parent) } },
      workflow_execution: task.workflow_execution,
      task_execution: task.task_execution,
    })
    const activity = this.of(parent.id)
    activity.running++
    try {
      if (task.delay) await this.delay(child.id, task.delay)
      await this.start(child.id)
      if (this.statusOf(child.id) === 'pending') await this.answer(parent.id, child.id)
    } finally {
      activity.running--
    }
    this.rest(parent.id)
    const ended = executionsOf(this.sandbox).get(child.id)
    if (!ended || !COMPLETED.includes(ended.status)) throw new Error('the child execution did not end')
    return ended
  }

  /** Who asked, when another system did so for a person. */
  private callerOf({ context: { api_user, source_channel } }: Execution): Record<string, unknown> {
    return { ...(api_user !== undefined && { api_user }), ...(source_channel !== undefined && { source_channel }) }
  }

  private async delay(id: string, seconds: number): Promise<void> {
    moveTo(this.sandbox, id, 'delayed')
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000).unref())
  }

  /** The workflow is paused while somebody has to answer, when nothing else runs. */
  private async answer(parent: string, child: string): Promise<void> {
    this.waits(parent)
    await this.until(() => this.statusOf(child) !== 'pending' || !this.isUnderWay(parent))
    this.goesOn(parent)
    if (!this.isUnderWay(parent)) throw new Error('the workflow does not go on')
  }

  private waits(workflow: string): void {
    const activity = this.of(workflow)
    activity.running--
    activity.waiting++
    moveTo(this.sandbox, workflow, 'pausing')
    this.rest(workflow)
  }

  private goesOn(workflow: string): void {
    const activity = this.of(workflow)
    activity.running++
    activity.waiting--
    if (this.statusOf(workflow) === 'paused') this.wake(workflow)
    else if (this.statusOf(workflow) === 'pausing') moveTo(this.sandbox, workflow, 'running')
  }

  /** Pauses a workflow that shall pause, or of which only waiting children are left; a workflow above it waits then too. */
  private rest(workflow: string): void {
    const { running, waiting } = this.of(workflow)
    const status = this.statusOf(workflow)
    if (running > 0 || !(status === 'pausing' || (status === 'running' && waiting > 0))) return
    moveTo(this.sandbox, workflow, 'paused')
    const parent = executionsOf(this.sandbox).get(workflow)?.parent
    if (parent !== undefined) this.waits(parent)
  }

  private wake(workflow: string): void {
    moveTo(this.sandbox, workflow, 'running')
    const parent = executionsOf(this.sandbox).get(workflow)?.parent
    if (parent !== undefined) this.goesOn(parent)
  }

  /** A workflow between two tasks: paused it waits here; canceled, or gone with a reset, it goes no further. */
  private async mayGoOn(id: string): Promise<void> {
    await this.until(() => {
      this.rest(id)
      if (this.statusOf(id) === 'resuming') this.wake(id)
      const status = this.statusOf(id)
      return status === 'running' || !this.isUnderWay(id)
    })
    if (!this.isUnderWay(id)) throw new Error('the workflow does not go on')
  }

  private async until(isSo: () => boolean): Promise<void> {
    while (!this.isStopped() && !isSo()) await new Promise((resolve) => setTimeout(resolve, POLL_MS).unref())
  }

  private isUnderWay(id: string): boolean {
    const status = this.statusOf(id)
    return !this.isStopped() && status !== undefined && ['running', 'pausing', 'paused', 'resuming'].includes(status)
  }

  private statusOf = (id: string): Status | undefined => executionsOf(this.sandbox).get(id)?.status

  private of(workflow: string): Activity {
    const activity = this.activity.get(workflow) ?? { running: 0, waiting: 0 }
    this.activity.set(workflow, activity)
    return activity
  }
}
