/**
 * seed: an archive brought onto the instance that this runs on: plan, publish, apply and the proof, without the source. For a
 * target whose files only it can reach, and for whoever carries the archive over by hand.
 */
import { InTurn } from './in-turn'
import { untilProved } from './migrate'
import { publishStage } from './publish'
import { planOnce } from './resume'
import type { StageContext, StageResult, StageSettings } from './types'

export async function seedStages(context: StageContext, settings: StageSettings, ended?: (result: StageResult) => void): Promise<StageResult> {
  const turn = new InTurn('seed', context, settings, ended)
  await turn.run([['plan', planOnce], ['publish', publishStage], ...untilProved(settings)])
  return turn.summed('seed', 'verify')
}
