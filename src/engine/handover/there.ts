/** This pack on the target, asked over the target's API to do something there. Nothing secret is in an argument or an answer. */
import { EXIT } from '../../core/exit-codes'
import type { Instance } from '../../kinds/kind'
import type { ExecutionEnd } from '../../st2/port'
import type { StageContext } from '../types'

/** Milliseconds that an answer is waited for: as long as the longest action may run. */
const ANSWER_MS = 25 * 3_600_000
/** States of an execution that still works. */
const AT_WORK = ['requested', 'scheduled', 'delayed', 'running'] as const

export type Parameters = Record<string, string | number | boolean | undefined>

interface Answer {
  summary?: string[]
  error?: { message?: string; next?: string; details?: string[] }
  [member: string]: unknown
}

interface Told {
  /** Of the execution there. */
  id: string
  exit: number
  answer: Answer
  /** For an end without an answer. */
  why: string
}

export class There {
  constructor(
    readonly target: Instance,
    /** The run on the other side. */
    readonly run: string,
    private readonly context: Pick<StageContext, 'system'>,
  ) {}

  /** A stage that works there already, since this end was stopped, is waited for instead. */
  async stage(name: string, parameters: Parameters): Promise<Told> {
    const id = await this.atWork(name)
    return id === undefined ? this.ask(name, parameters) : this.answerOf(name, id)
  }

  async ask(action: string, parameters: Parameters): Promise<Told> {
    const { id } = await this.target.api.post<{ id: string }>('/v1/executions', { action: `st2upgrade.${action}`, parameters: { run: this.run, ...defined(parameters) } })
    return this.answerOf(action, id)
  }

  private async answerOf(action: string, id: string): Promise<Told> {
    this.context.system.progress.say(`${action} on ${this.target.url}: execution ${id}`)
    return readAnswer(await this.target.api.waitFor(id, { timeoutMs: ANSWER_MS }))
  }

  private async atWork(action: string): Promise<string | undefined> {
    for (const status of AT_WORK) {
      const query = { action: `st2upgrade.${action}`, status, include_attributes: 'parameters,status' }
      for await (const { id, parameters } of this.target.api.list<{ id: string; parameters?: { run?: string } }>('/v1/executions', { query, pageSize: 20 })) if (parameters?.run === this.run) return id
    }
    return undefined
  }
}

function readAnswer({ id, status, result }: ExecutionEnd): Told {
  const { stdout, stderr = '', return_code: code = EXIT.failed, error } = (result ?? {}) as { stdout?: unknown; stderr?: string; return_code?: number; error?: string }
  const answer = (typeof stdout === 'object' && stdout !== null ? stdout : {}) as Answer
  const why = error ?? (stderr.trim().split('\n').pop() || `it ended as ${status}, without an answer`)
  return { id, exit: status === 'succeeded' ? EXIT.done : code === EXIT.done ? EXIT.failed : code, answer, why }
}

const defined = (parameters: Parameters): Parameters => Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ''))
