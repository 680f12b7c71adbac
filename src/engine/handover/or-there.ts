/**
 * Stages of a run that was handed over to its target: this pack carries them out there, on that instance's own host, where its
 * files can be reached. Here they are only asked for, and their answers told; run again, they go on there where they were.
 */
import { EXIT, Refusal } from '../../core/exit-codes'
import type { Instance } from '../../kinds/kind'
import { inRun, runRecord } from '../runs'
import { requireSide } from '../sides'
import type { RunRecord, Stage, StageContext, StageResult, StageSettings } from '../types'
import { bringBack, type GivenBack } from './bring-back'
import { hereInstead } from './here-instead'
import { There, type Parameters } from './there'

export type HandedOver = NonNullable<RunRecord['there']>

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

/** What each of them writes down item by item. */
const WRITTEN: Partial<Record<ThereStage, GivenBack>> = { plan: 'plan', apply: 'ledger', verify: 'ledger', activate: 'ledger', undo: 'undo' }
/** Names of the parameters that each stage is given there. */
export const TOLD_THERE: Readonly<Record<ThereStage, readonly string[]>> = TOLD

interface Extras {
  /** Beside what the settings say. */
  parameters?: Parameters
  /** What is left to do here when it has ended there. */
  after?: (result: StageResult, there: HandedOver, context: StageContext, settings: StageSettings) => Promise<StageResult>
}

/** The stage itself, unless the run was handed over: then its target's pack is asked for it. */
export function orThere(name: ThereStage, here: Stage, { parameters, after = async (result) => result }: Extras = {}): Stage {
  return async (context, settings) => {
    const { there, archiveSha256 } = (await runRecord(context.stateDir, settings.run)) ?? {}
    if (there === undefined) return here(context, settings)
    const target = targetOf(there, context, settings)
    if (there.leftAt !== undefined) return afterLeaving(name, there, settings)
    if (there.archive !== archiveSha256 && name !== 'undo') throw handOverAgain(settings, `run ${settings.run} has another archive than the one that was handed over to ${there.url}`)
    await requirePack(target, context, settings)
    const pack = new There(target, there.run, context)
    const result = await askedThere(pack, name, { ...parametersOf(name, settings), ...parameters }, settings)
    const written = WRITTEN[name]
    const told = written && !settings.dryRun ? await inRun(context, settings, (run) => bringBack(written, result, pack, run, context)) : result
    return after(told, there, context, settings)
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

/** Somebody may have removed or replaced it since. */
async function requirePack({ api, url }: Instance, { tool }: StageContext, settings: StageSettings): Promise<void> {
  const pack = await api.find<{ version?: string }>('/v1/packs/st2upgrade')
  if (pack?.version !== tool) throw handOverAgain(settings, `pack st2upgrade on ${url} is ${pack ? `of version ${pack.version ?? 'unknown'}, not ${tool}` : 'no longer there'}`)
}

const handOverAgain = ({ run }: StageSettings, why: string): Refusal => new Refusal(why, `hand the run over again: st2upgrade deliver --run ${run}; what was done there stays known there`, EXIT.blocked)

/** An undo has taken this pack away again: nobody is there to ask. */
function afterLeaving(name: ThereStage, { url, leftAt }: HandedOver, { run }: StageSettings): StageResult {
  if (name !== 'undo') throw new Refusal(`run ${run} was taken back at ${leftAt}, and with it this pack left ${url}`, `hand the run over again first: st2upgrade deliver --run ${run}`, EXIT.blocked)
  return { stage: name, exit: EXIT.done, summary: [`run ${run} was taken back at ${leftAt}, and this pack left ${url}`, `to have what was listed then looked at once more: st2upgrade deliver --run ${run}, then undo again`], data: { run, undone: leftAt } }
}

/** A failure there is a failure here, in the same words. */
async function askedThere(there: There, name: ThereStage, parameters: Parameters, settings: StageSettings): Promise<StageResult> {
  const { id, exit, answer, why } = await there.stage(name, parameters)
  const tell = (line: string): string => hereInstead(line, { there: there.run, here: settings.run })
  const { summary, stage: _stage, exit: _exit, error, ...data } = answer
  if (error !== undefined || summary === undefined) {
    const { message = why, next = '', details = [] } = error ?? {}
    throw new Refusal(`${message} (execution ${id} on ${there.target.url})`, tell(next) || `look at it there: st2 execution get ${id}; then go on with: st2upgrade ${name} --run ${settings.run}`, exit, details.map(tell))
  }
  const told = beforeNext(summary.map(tell), `carried out on ${there.target.url}: run ${there.run}, execution ${id}`)
  return { stage: name, exit, summary: told, data: { ...data, run: settings.run, there: { run: there.run, url: there.target.url, execution: id } } }
}

/** The next command stays the last line. */
export function beforeNext(summary: string[], line: string): string[] {
  const next = summary.findIndex((one) => one.startsWith('next: '))
  return next < 0 ? [...summary, line] : [...summary.slice(0, next), line, ...summary.slice(next)]
}

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
