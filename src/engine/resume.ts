/**
 * What a run that is started again does not do again: the archive that it has already, and its plan once an apply has begun
 * to carry it out. Before the first write a plan is made afresh: it costs little, and settings may have changed.
 */
import { EXIT, Refusal } from '../core/exit-codes'
import { exportStage } from './export'
import { orThere } from './handover/or-there'
import { readJournal } from './journal'
import { planStage } from './plan'
import { inRun, type Run } from './runs'
import type { RunRecord, Stage, StageContext, StageResult, StageSettings } from './types'

/** export, unless the run has its archive. */
export async function exportOnce(context: StageContext, settings: StageSettings): Promise<StageResult> {
  const record = await inRun(context, settings, async (run) => run.record)
  if (record.archive === undefined) return exportStage(context, settings)
  refuseOtherSource(record, context)
  return {
    stage: 'export',
    exit: EXIT.done,
    summary: [`run ${settings.run} has its archive already`, `archive: ${record.archive}`, `next: st2upgrade plan --run ${settings.run}`],
    data: { run: settings.run, archive: record.archive, sha256: record.archiveSha256, resumed: true },
  }
}

/** The archive of one instance must not pass for that of another which is named now. */
function refuseOtherSource({ run, sourceId }: RunRecord, { source }: StageContext): void {
  if (!source || sourceId === undefined || source.id === sourceId) return
  throw new Refusal(`run ${run} has the archive of another instance than ${source.url}`, 'begin a new run with another name, or name the source that this run began with', EXIT.usage)
}

/** plan, unless the run's plan is being carried out. */
export const planOnce: Stage = orThere('plan', planUnlessBegun, { parameters: { resume: true } })

async function planUnlessBegun(context: StageContext, settings: StageSettings): Promise<StageResult> {
  const record = await inRun(context, settings, async (run) => run.record)
  if (!(await applyHasBegun(context, settings))) return planStage(context, settings)
  return {
    stage: 'plan',
    exit: EXIT.done,
    summary: [`an apply of run ${settings.run} has begun to carry out its plan: it goes on with it`, `plan: ${record.plan}`, `next: st2upgrade apply --run ${settings.run}`],
    data: { run: settings.run, plan: record.plan, resumed: true },
  }
}

/** True once a write of the run's plan was intended. */
async function applyHasBegun(context: StageContext, settings: StageSettings): Promise<boolean> {
  const begun = async (run: Run): Promise<boolean> => run.record.plan !== undefined && ((await readJournal(run.at('journal.jsonl')))?.lines ?? 0) > 0
  return inRun(context, settings, begun)
}
