/**
 * What every stage does that carries out (a part of) a plan: reads and checks plan and archive, holds the state directory's
 * lock, goes on with the journal.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import type { Archive } from '../archive/types'
import { EXIT, Refusal } from '../core/exit-codes'
import type { Change } from '../core/model'
import type { Instance, Kind, Writing } from '../kinds/kind'
import { withPath } from '../system/file-errors'
import type { Applying } from './applying'
import { carriedArchive } from './carried'
import { holding } from './holding'
import { Journal } from './journal'
import { takeLock } from './lock'
import { readPlan, type Plan } from './plan-file'
import { activityOf, inputFile, type Run } from './runs'
import { openRunArchive, refuseSameInstance, requireSide, secretsOf } from './sides'
import { lockStateDir } from './state-lock'
import type { StageContext, StageSettings } from './types'
import { keptName, undoHeads, UNDO_FILE } from './undo-journal'

type Work<R> = (applying: Applying) => Promise<R>

/** `ready` refuses by what the plan says, before anything is opened. */
export async function withPlan<R>(run: Run, context: StageContext, settings: StageSettings, ready: (plan: Plan) => Promise<void>, work: Work<R>): Promise<R> {
  const target = requireSide(context, 'target')
  const plan = await readPlan(await ownCopy(run, await inputFile(run, 'plan', settings.plan, context.system.hostname)))
  refuseSameInstance(plan.header.source, target)
  refuseOtherTarget(plan, target)
  await ready(plan)
  const archive = await openRunArchive(run, context, settings)
  try {
    refuseOtherArchive(plan, archive)
    const carried = carriedArchive(archive, [plan.header], context.kinds)
    return await holding(
      () => lockStateDir(context.stateDir, settings.run, context.system),
      async (lock) => {
        const journal = await Journal.open(run.at('journal.jsonl'), settings.run, plan.sha256, target.id)
        const applying = { context, settings, run, plan, archive: carried, target, journal, checkLock: () => lock.check() }
        return work(applying).finally(() => journal.close())
      },
    )
  } finally {
    await archive.close()
  }
}

/** The plan is read several times, and its numbers are the journal's: one that is made anew meanwhile must not come in between. */
async function ownCopy(run: Run, plan: string): Promise<string> {
  const copy = path.join(run.workDir, 'plan.jsonl')
  await withPath('read', plan, () => fs.copyFile(plan, copy))
  return copy
}

function refuseOtherTarget(plan: Plan, target: Instance): void {
  if (plan.header.target.id === target.id) return
  throw new Refusal(`the plan was made for another target (${plan.header.target.url}) than ${target.url}`, 'plan again for this target', EXIT.usage)
}

function refuseOtherArchive(plan: Plan, archive: Archive): void {
  if (plan.header.archiveSha256 === archive.sha256) return
  throw new Refusal('the plan was made from another archive', 'name the archive that was planned from with archive=PATH, or plan again', EXIT.usage)
}

/** Writes on the target under its lock. */
export function holdingTarget<R>(applying: Applying, work: Work<R>): Promise<R> {
  const { context, settings, target } = applying
  return holding(
    () => takeLock(target.api, settings.run, context.system),
    (lock) => {
      const checkLock = (): void => {
        applying.checkLock()
        lock.check()
      }
      return work({ ...applying, checkLock })
    },
  )
}

/** Everything that is needed before the first write is opened with `open`; closed again, last first, whatever happens. */
export async function opening<R>(kinds: readonly { kind: Kind; writing: Writing }[], work: () => Promise<R>): Promise<R> {
  const opened: { close(): Promise<void> }[] = []
  try {
    for (const { kind, writing } of kinds) {
      const one = await kind.open?.(writing)
      if (one) opened.push(one)
    }
    return await work()
  } finally {
    for (const one of opened.reverse()) await one.close()
  }
}

export async function writingOf(kind: Kind, { context, settings, archive, target, run, plan }: Applying): Promise<Writing> {
  const changes: Change[] = []
  if (kind.open) for await (const change of plan.changes(kind.name)) changes.push(change)
  const keepDir = run.at(keptName(await undoHeads(run.at(UNDO_FILE))))
  return { system: context.system, settings, archive, source: await secretsOf(archive, context), target, phase: 'apply', activity: activityOf(run), workDir: run.workDir, keepDir, changes }
}
