/**
 * migrate: the stages one after the other in one process. Started again with the same run id it goes on where it was: an
 * archive and a plan that are there are used again. It seals its archive with a key pair of its own.
 */
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { EXIT, Refusal } from '../core/exit-codes'
import { writeDurable } from '../system/durable'
import { readTextIfThere } from '../system/text-files'
import { applyStage } from './apply'
import { checkStage } from './check'
import { publishStage } from './publish'
import { applyHasBegun, exportOnce, planOnce } from './resume'
import { inRun, type Run } from './runs'
import { IDENTITY } from './sides'
import type { Stage, StageContext, StageResult, StageSettings } from './types'
import { verifyStage } from './verify'

/** `go on` with exit 0 and 3 (a ledger that holds items for a person does not stop the others). */
const GOES_ON: number[] = [EXIT.done, EXIT.needsPerson]

export interface MigrateHooks {
  /** Told of each stage's result as it ends. */
  ended?(result: StageResult): void
  /** Asked before the first write; false ends the run with exit 5. Shown the plan's summary. */
  approve?(plan: StageResult): Promise<boolean>
}

export async function migrateStages(context: StageContext, settings: StageSettings, hooks: MigrateHooks = {}): Promise<StageResult> {
  const mine = await withOwnSeal(context, settings)
  const results: StageResult[] = []
  const go = async (name: string, stage: Stage): Promise<boolean> => {
    const result = await stage(context, mine).catch((error: unknown) => {
      throw inStage(error, name, settings.run)
    })
    results.push(result)
    hooks.ended?.(result)
    return GOES_ON.includes(result.exit)
  }
  const begun = await applyHasBegun(context, settings)
  for (const [name, stage] of [['check', checkStage], ['export', exportOnce], ['plan', planOnce]] as const) {
    if (!(await go(name, stage))) return summed(results, settings)
  }
  if (hooks.approve && !begun && !(await hooks.approve(results[results.length - 1]!))) throw refusedByPerson(settings)
  for (const [name, stage] of [['publish', publishStage], ['apply', applyStage], ['verify', verifyStage]] as const) {
    if (!(await go(name, stage))) break
  }
  return summed(results, settings)
}

/** Settings that seal for a key pair of the run: needs no setting, the private key stays in the run's directory. */
export async function withOwnSeal(context: StageContext, settings: StageSettings): Promise<StageSettings> {
  if (settings.seal?.passphrase !== undefined || settings.plainArchive) return settings
  const identity = await inRun(context, settings, identityOf)
  return { ...settings, seal: { recipients: [...(settings.seal?.recipients ?? []), await identityToRecipient(identity)] }, unseal: { identities: [identity] } }
}

/** Made at the run's first export. */
async function identityOf(run: Run): Promise<string> {
  const known = await readTextIfThere(run.at(IDENTITY))
  if (known !== undefined) return known.trim()
  const identity = await generateIdentity()
  await writeDurable(run.at(IDENTITY), `${identity}\n`)
  return identity
}

function refusedByPerson(settings: StageSettings): Refusal {
  return new Refusal('the plan was not approved; nothing was written', `look at it with: st2upgrade inspect --run ${settings.run}; start again with the same run to be asked again`, EXIT.blocked)
}

/** A failed run names the stage, the reason and the next command. */
function inStage(error: unknown, name: string, run: string): unknown {
  if (!(error instanceof Refusal)) return error
  const next = `then go on with: st2upgrade migrate --run ${run}`
  error.message = `stage ${name}: ${error.message}`
  return Object.assign(error, { advice: `${error.advice.replace(/\.$/, '')}; ${next}` })
}

function summed(results: StageResult[], settings: StageSettings): StageResult {
  const last = results[results.length - 1]!
  const worst = results.map((r) => r.exit).filter((exit) => !GOES_ON.includes(exit))[0]
  const exit = worst ?? (last.stage === 'verify' ? last.exit : EXIT.needsPerson)
  return {
    stage: 'migrate',
    exit,
    summary: results.flatMap((r) => (r === last ? r.summary.map((line) => `${r.stage}: ${line}`) : [`${r.stage}: ${r.summary[0]}`])),
    data: { run: settings.run, stages: Object.fromEntries(results.map((r) => [r.stage, r.data])) },
  }
}
