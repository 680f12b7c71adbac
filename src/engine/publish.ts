/**
 * publish: pushes packs to the operator's git host as the plan says, after the plan was approved and before the apply that
 * installs from there. Nothing is pushed that holds configurations: those are no part of a pack.
 */
import { counted } from '../core/counted'
import { EXIT } from '../core/exit-codes'
import type { Change } from '../core/model'
import { isPublished, publishPack, type Published } from '../kinds/packs/publish'
import { orThere } from './handover/or-there'
import { readPlan } from './plan-file'
import { notePush, pushedBy, pushLines, type Push } from './pushed'
import { inputFile, inRun, type Run } from './runs'
import { openRunArchive } from './sides'
import type { Stage, StageContext, StageResult, StageSettings } from './types'

export const publishStage: Stage = orThere('publish', (context, settings) => inRun(context, settings, (run) => publishIn(run, context, settings)))

async function publishIn(run: Run, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const plan = await readPlan(await inputFile(run, 'plan', settings.plan, context.system.hostname))
  const changes: Change[] = []
  for await (const change of plan.changes('packs')) if (isPublished(change)) changes.push(change)
  const published = changes.length === 0 ? [] : await pushAll(changes, run, context, settings)
  const failed = published.filter(({ outcome }) => outcome === 'failed')
  if (failed.length === 0) await run.save({ published: true })
  return result(published, failed, run, await pushedBy(run))
}

/** One after the other: a git host sees one push at a time, and a failed one does not keep the others back. */
async function pushAll(changes: Change[], run: Run, context: StageContext, settings: StageSettings): Promise<Published[]> {
  const archive = await openRunArchive(run, context, settings)
  try {
    context.system.progress.stage('push packs', changes.length)
    const published: Published[] = []
    for (const change of changes) {
      context.system.stop.check()
      const one = await publishPack(change, { system: context.system, archive, workDir: run.workDir }, (pack, url, refs) => notePush(run, { pack, url, refs, sure: false }))
      if (one.outcome === 'pushed') await notePush(run, { pack: one.pack, url: one.url, refs: one.refs ?? [], sure: true })
      published.push(one)
      context.system.progress.step()
    }
    return published
  } finally {
    await archive.close()
  }
}

function result(published: Published[], failed: Published[], run: Run, pushes: Push[]): StageResult {
  const pushed = published.filter(({ outcome }) => outcome === 'pushed').length
  const there = published.filter(({ outcome }) => outcome === 'there').length
  return {
    stage: 'publish',
    exit: failed.length > 0 ? EXIT.failed : EXIT.done,
    summary: [
      published.length === 0 ? 'no pack is to be pushed: none is installed from a git template' : [`${counted(pushed, 'pack')} pushed`, ...(there > 0 ? [`${there} there already`] : []), ...(failed.length > 0 ? [`${failed.length} failed`] : [])].join(', '),
      ...failed.map(({ pack, url, note, advice }) => `${pack} to ${url}: ${note} (${advice})`),
      ...pushLines(pushes, 'pushed by this run:'),
      failed.length > 0 ? `next: st2upgrade publish --run ${run.record.run}` : `next: st2upgrade apply --run ${run.record.run}${run.record.targetUrl === undefined ? '' : ` --target-url ${run.record.targetUrl}`}`,
    ],
    data: { run: run.record.run, packs: published, pushed: pushes },
  }
}
