/** The end of an undo that was carried out on the target: this pack, when it was put there for the run alone, goes last. */
import { EXIT } from '../../core/exit-codes'
import { inRun } from '../runs'
import { requireSide } from '../sides'
import type { StageContext, StageResult, StageSettings } from '../types'
import { leaveOwnPack } from './own-pack'
import { beforeNext, type HandedOver } from './or-there'

/** It goes too when something was listed for a person: `deliver` brings it back, and its run's journal is still there. */
export async function leaveTarget(result: StageResult, there: HandedOver, context: StageContext, settings: StageSettings): Promise<StageResult> {
  if (settings.dryRun || !ENDED.includes(result.exit)) return result
  if (there.pack !== 'installed') return told(result, `pack st2upgrade stays on the target: ${there.pack === 'there' ? 'it' : 'another version of it'} was there before the run`)
  await leaveOwnPack(requireSide(context, 'target'))
  await inRun(context, settings, (run) => run.save({ there: { ...there, leftAt: context.system.clock.now().toISOString() } }))
  return told(result, "pack st2upgrade, installed for this run, was uninstalled from the target; the run's directory there stays, with its journal and its sealed archive: remove it when you need it no more")
}

const ENDED: number[] = [EXIT.done, EXIT.needsPerson]

const told = (result: StageResult, line: string): StageResult => ({ ...result, summary: beforeNext(result.summary, line) })
