/**
 * migrate: the stages one after the other in one process. Started again with the same run id it goes on where it was: an
 * archive and a plan that are there are used again. It seals its archive with a key pair of its own.
 */
import { identityToRecipient } from 'age-encryption'
import { EXIT, Refusal } from '../core/exit-codes'
import { activateStage } from './activate'
import { applyStage } from './apply'
import { checkStage } from './check'
import { deliverStage } from './handover/deliver'
import type { OwnPackOrigin } from './handover/own-pack'
import { InTurn, type NamedStage } from './in-turn'
import { identityOf } from './own-seal'
import { publishStage } from './publish'
import { exportOnce, planOnce } from './resume'
import { inRun } from './runs'
import type { StageContext, StageResult, StageSettings } from './types'
import { verifyStage } from './verify'

export interface MigrateHooks {
  /** Told of each stage's result as it ends. */
  ended?(result: StageResult): void
  /** Asked before the first write; false ends the run with exit 5. Shown the plan's summary. */
  approve?(plan: StageResult): Promise<boolean>
  /** Where this pack can be had, for a target whose files are out of reach from here. */
  origin?: OwnPackOrigin
}

export async function migrateStages(context: StageContext, settings: StageSettings, hooks: MigrateHooks = {}): Promise<StageResult> {
  const mine = await withOwnSeal(context, settings)
  const turn = new InTurn('migrate', context, mine, (result) => hooks.ended?.(result))
  if (await turn.run([['check', checkStage], ['export', exportOnce], ['deliver', deliverStage(hooks.origin ?? {})], ['plan', planOnce]])) {
    const asked = turn.last.data.resumed !== true
    if (hooks.approve && asked && !(await hooks.approve(turn.last))) throw refusedByPerson(settings)
    await turn.run([['publish', publishStage], ...untilProved(mine)])
  }
  return turn.summed('migrate', 'verify')
}

/** A target that lands quiet is proved before it is activated, and once more afterwards; one that lands active waits for nothing. */
export function untilProved({ landing, activate }: Pick<StageSettings, 'landing' | 'activate'>): NamedStage[] {
  const verified: NamedStage = ['verify', verifyStage]
  const activated: NamedStage = ['activate', activateStage]
  if (landing === 'active') return [['apply', applyStage], activated, verified]
  return [['apply', applyStage], verified, ...(activate ? [activated, verified] : [])]
}

/** Settings that seal for a key pair of the run: needs no setting, the private key stays in the run's directory. */
export async function withOwnSeal(context: StageContext, settings: StageSettings): Promise<StageSettings> {
  if (settings.seal?.passphrase !== undefined || settings.plainArchive) return settings
  const identity = await inRun(context, settings, identityOf)
  return { ...settings, seal: { recipients: [...(settings.seal?.recipients ?? []), await identityToRecipient(identity)] }, unseal: { identities: [identity] } }
}

function refusedByPerson(settings: StageSettings): Refusal {
  return new Refusal('the plan was not approved; nothing was written', `look at it with: st2upgrade inspect --run ${settings.run}; to be asked again: st2upgrade migrate --run ${settings.run} --approve`, EXIT.blocked)
}
