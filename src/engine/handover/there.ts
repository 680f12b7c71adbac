/**
 * Stages of a run that was handed over to its target: this pack carries them out there, on that instance's own host, where its
 * files can be reached. Here they are only asked for, and their answers told; run again, they go on there where they were.
 */
import { EXIT, Refusal } from '../../core/exit-codes'
import type { Instance } from '../../kinds/kind'
import type { ExecutionEnd } from '../../st2/port'
import { runRecord } from '../runs'
import { requireSide } from '../sides'
import type { RunRecord, Stage, StageContext, StageResult, StageSettings } from '../types'
import { hereInstead } from './here-instead'

export type HandedOver = NonNullable<RunRecord['there']>

/** Milliseconds that an answer is waited for: as long as the longest action may run. */
const ANSWER_MS = 25 * 3_600_000
/** States of an execution that still works. */
const AT_WORK = ['requested', 'scheduled', 'delayed', 'running'] as const

type Parameters = Record<string, string | number | boolean | undefined>

/** What a stage of this name needs to be told there. */
const TOLD = {
  plan: ['only', 'except', 'rewrite', 'users', 'other_users', 'concurrency', 'on_conflict', 'quiet', 'allow_active', 'allow_older', 'git_template'],
  publish: ['git_template'],
  apply: ['other_users', 'concurrency', 'on_conflict', 'quiet', 'allow_active', 'allow_older', 'git_template'],
  verify: ['only', 'except', 'rewrite', 'users', 'other_users', 'concurrency'],
  activate: ['dry_run', 'packs', 'other_users', 'concurrency'],
  undo: ['dry_run', 'other_users', 'concurrency'],
} as const satisfies Record<string, readonly string[]>

export type ThereStage = keyof typeof TOLD
/** Names of the parameters that each stage is given there. */
export const TOLD_THERE: Readonly<Record<ThereStage, readonly string[]>> = TOLD

interface Extras {
  /** Beside what the settings say. */
  parameters?: Parameters
  /** What is left to do here when it has ended there. */
  after?(result: StageResult, there: HandedOver, context: StageContext, settings: StageSettings): Promise<StageResult>
}

/** The stage itself, unless the run was handed over: then its target's pack is asked for it. */
export function orThere(name: ThereStage, here: Stage, { parameters, after = async (result) => result }: Extras = {}): Stage {
  return async (context, settings) => {
    const there = (await runRecord(context.stateDir, settings.run))?.there
    if (there === undefined) return here(context, settings)
    const target = targetOf(there, context, settings)
    if (there.leftAt !== undefined) return afterLeaving(name, there, settings)
    const result = await askedThere(new There(target, there.run, context), name, { ...parametersOf(name, settings), ...parameters }, settings)
    return after(result, there, context, settings)
  }
}

function targetOf(there: HandedOver, context: StageContext, settings: StageSettings): Instance {
  const target = requireSide(context, 'target')
  if (target.id !== there.target) throw new Refusal(`run ${settings.run} was handed over to another target (${there.url}) than ${target.url}`, `name that one with target_url=${there.url}, or begin a new run`, EXIT.usage)
  for (const name of ['archive', 'plan'] as const) {
    if (settings[name] !== undefined) throw new Refusal(`run ${settings.run} was handed over to ${there.url}: what it works with lies there`, `leave ${name} out, or begin a new run`, EXIT.usage)
  }
  return target
}

/** An undo has taken this pack away again: nobody is there to ask. */
function afterLeaving(name: ThereStage, { url, leftAt }: HandedOver, { run }: StageSettings): StageResult {
  if (name !== 'undo') throw new Refusal(`run ${run} was taken back at ${leftAt}, and with it this pack left ${url}`, `hand the run over again first: st2upgrade deliver --run ${run}`, EXIT.blocked)
  return { stage: name, exit: EXIT.done, summary: [`run ${run} was taken back at ${leftAt}, and this pack left ${url}`, `to have what was listed then looked at once more: st2upgrade deliver --run ${run}, then undo again`], data: { run, undone: leftAt } }
}

/** A failure there is a failure here, in the same words. */
async function askedThere(there: There, name: ThereStage, parameters: Parameters, settings: StageSettings): Promise<StageResult> {
  const { id, exit, answer, why } = await there.ask(name, parameters)
  const tell = (line: string): string => hereInstead(line, { there: there.run, here: settings.run })
  const { summary, stage: _stage, exit: _exit, error, ...data } = answer
  if (error !== undefined || summary === undefined) {
    const { message = why, next = '', details = [] } = error ?? {}
    throw new Refusal(`${message} (execution ${id} on ${there.target.url})`, tell(next) || `look at it there: st2 execution get ${id}; then run the same again`, exit, details.map(tell))
  }
  const told = beforeNext(summary.map(tell), `carried out on ${there.target.url}: run ${there.run}, execution ${id}`)
  return { stage: name, exit, summary: told, data: { ...data, run: settings.run, there: { run: there.run, url: there.target.url, execution: id } } }
}

/** The next command stays the last line. */
export function beforeNext(summary: string[], line: string): string[] {
  const next = summary.findIndex((one) => one.startsWith('next: '))
  return next < 0 ? [...summary, line] : [...summary.slice(0, next), line, ...summary.slice(next)]
}

interface Answer {
  summary?: string[]
  error?: { message?: string; next?: string; details?: string[] }
  [member: string]: unknown
}

/** This pack on the target, told what to do over the target's API. Nothing secret is in an argument or an answer. */
export class There {
  constructor(
    readonly target: Instance,
    /** The run on the other side. */
    readonly run: string,
    private readonly context: Pick<StageContext, 'system'>,
  ) {}

  /** Its answer and exit code. One that works there already, since this end was stopped, is waited for instead. */
  async ask(action: string, parameters: Parameters): Promise<{ id: string; exit: number; answer: Answer; why: string }> {
    const { api } = this.target
    const id = (await this.atWork(action)) ?? (await api.post<{ id: string }>('/v1/executions', { action: `st2upgrade.${action}`, parameters: { run: this.run, ...defined(parameters) } })).id
    this.context.system.progress.say(`${action} on ${this.target.url}: execution ${id}`)
    return readAnswer(await api.waitFor(id, { timeoutMs: ANSWER_MS }))
  }

  private async atWork(action: string): Promise<string | undefined> {
    for (const status of AT_WORK) {
      const query = { action: `st2upgrade.${action}`, status, include_attributes: 'parameters,status' }
      for await (const { id, parameters } of this.target.api.list<{ id: string; parameters?: { run?: string } }>('/v1/executions', { query, pageSize: 20 })) if (parameters?.run === this.run) return id
    }
    return undefined
  }
}

function readAnswer({ id, status, result }: ExecutionEnd): { id: string; exit: number; answer: Answer; why: string } {
  const { stdout, stderr = '', return_code: code = EXIT.failed, error } = (result ?? {}) as { stdout?: unknown; stderr?: string; return_code?: number; error?: string }
  const answer = (typeof stdout === 'object' && stdout !== null ? stdout : {}) as Answer
  const why = error ?? (stderr.trim().split('\n').pop() || `it ended as ${status}, without an answer`)
  return { id, exit: status === 'succeeded' ? EXIT.done : code === EXIT.done ? EXIT.failed : code, answer, why }
}

const defined = (parameters: Parameters): Parameters => Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ''))

function parametersOf(name: ThereStage, settings: StageSettings): Parameters {
  const all = allParameters(settings)
  return Object.fromEntries(TOLD[name].map((parameter) => [parameter, all[parameter]]))
}

type Told = (typeof TOLD)[ThereStage][number]

/** The settings of a stage as they are typed. */
function allParameters(settings: StageSettings): Record<Told, Parameters[string]> {
  const { onConflict, conflictsOf = {}, landing } = settings
  return {
    only: settings.only?.join(','),
    except: settings.except?.join(','),
    rewrite: settings.rewrite?.map(({ from, to }) => `${from}=${to}`).join(','),
    users: settings.users?.join(','),
    packs: settings.packs?.join(','),
    other_users: settings.otherUsers,
    concurrency: settings.concurrency,
    on_conflict: [onConflict, ...Object.entries(conflictsOf).map(([kind, policy]) => `${kind}=${policy}`)].join(','),
    quiet: landing === 'api' ? 'api' : 'files',
    allow_active: landing === 'active',
    allow_older: settings.allowOlder,
    git_template: settings.gitTemplate,
    dry_run: settings.dryRun,
  }
}
