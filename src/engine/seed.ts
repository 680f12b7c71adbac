/**
 * seed: an archive brought onto the instance that this runs on: plan, publish, apply and the proof, without the source. For a
 * target whose files only it can reach, and for whoever carries the archive over by hand.
 */
import { applyStage } from './apply'
import { InTurn } from './in-turn'
import { publishStage } from './publish'
import { planOnce } from './resume'
import type { StageContext, StageResult, StageSettings } from './types'
import { verifyStage } from './verify'

export async function seedStages(context: StageContext, settings: StageSettings, ended?: (result: StageResult) => void): Promise<StageResult> {
  const turn = new InTurn('seed', context, settings, ended)
  await turn.run([['plan', planOnce], ['publish', publishStage], ['apply', applyStage], ['verify', verifyStage]])
  return turn.summed('seed', 'verify')
}
