/**
 * apply: carries out a plan file. Everything that blocks is found before the first write; each write is journaled before
 * and after, so that a killed apply goes on where it was; the target's items are looked at again first, so that nothing
 * that changed since the plan is overwritten.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import type { Archive } from '../archive/types'
import type { Applying } from './applying'
import { carriedArchive } from './carried'
import { counted } from '../core/counted'
import { EXIT, Refusal } from '../core/exit-codes'
import type { Instance, Kind, Writing } from '../kinds/kind'
import { withPath } from '../system/file-errors'
import { holding } from './holding'
import { lockStateDir } from './state-lock'
import { takeLock } from './lock'
import { refuseIfBlocked } from './blockers'
import { closeLedger, writeLedger, personLines } from './ledger'
import { Journal } from './journal'
import { readPlan, type Plan } from './plan-file'
import { lookAgain, type Prospect } from './prospect'
import { activityOf, inputFile, inRun, type Run } from './runs'
import { openRunArchive, refuseSameInstance, requireSide, secretsOf, selectedKinds } from './sides'
import type { Stage, StageContext, StageResult, StageSettings } from './types'
import { keptName, undoHeads, UNDO_FILE } from './undo-journal'
import { writeKind } from './write-kind'

export const applyStage: Stage = (context, settings) => inRun(context, settings, (run) => applyIn(run, context, settings))

async function applyIn(run: Run, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const target = requireSide(context, 'target')
  const plan = await readPlan(await ownCopy(run, await inputFile(run, 'plan', settings.plan, context.system.hostname)))
  refuseSameInstance(plan.header.source, target)
  refuseOtherTarget(plan, target)
  await refuseIfBlocked(plan, settings)
  const archive = await openRunArchive(run, context, settings)
  try {
    refuseOtherArchive(plan, archive)
    const carried = carriedArchive(archive, [plan.header], context.kinds)
    return await holding(
      () => lockStateDir(context.stateDir, settings.run, context.system),
      async (lock) => {
        const journal = await Journal.open(run.at('journal.jsonl'), settings.run, plan.sha256, target.id)
        const applying = { context, settings, run, plan, archive: carried, target, journal, checkLock: () => lock.check() }
        return carryOut(applying).finally(() => journal.close())
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

/** A finished apply is seen without a lock on the target: run again, it writes nothing at all there. */
async function carryOut(applying: Applying): Promise<StageResult> {
  const { context, settings, plan, target } = applying
  const kinds = selectedKinds(context, settings).filter((kind) => plan.header.kinds.includes(kind.name))
  if (await looksFinished(applying)) {
    const open = (await lookAtAll(kinds, applying)).some(([, prospect]) => prospect.count > 0)
    if (!open) return account(applying, 0)
  }
  return holding(
    () => takeLock(target.api, settings.run, context.system),
    async (lock) => {
      const checkLock = (): void => {
        applying.checkLock()
        lock.check()
      }
      return account(applying, await writeAll(kinds, { ...applying, checkLock }))
    },
  )
}

async function looksFinished({ plan, journal }: Applying): Promise<boolean> {
  for await (const change of plan.changes()) {
    const toWrite = change.action === 'create' || change.action === 'update'
    if (toWrite && !['carried', 'transformed', 'left'].includes(journal.states.get(change.n))) return false
  }
  return true
}

/** Everything that writes need is opened before the first one: what cannot be (packs that the target cannot reach) blocks. */
async function writeAll(kinds: Kind[], applying: Applying): Promise<number> {
  const prospects = (await lookAtAll(kinds, applying)).filter(([, prospect]) => prospect.count > 0)
  const opened: { close(): Promise<void> }[] = []
  let writes = 0
  try {
    for (const [kind, { weighing }] of prospects) {
      const one = await kind.open?.(weighing as Writing)
      if (one) opened.push(one)
    }
    for (const [kind, prospect] of prospects) {
      const made = await writeKind(kind, prospect, applying)
      writes += made
    }
    return writes
  } finally {
    for (const one of opened.reverse()) await one.close()
  }
}

/** Looks at every kind again before the first write of any; what changed since the plan is told all at once. */
async function lookAtAll(kinds: Kind[], applying: Applying): Promise<[Kind, Prospect][]> {
  const found: [Kind, Prospect][] = []
  for (const kind of kinds) found.push([kind, await lookAgain(kind, await writingOf(kind, applying), applying)])
  const drifted = found.flatMap(([kind, prospect]) => prospect.drifted.map((identity) => `${kind.name} ${identity}`))
  if (drifted.length > 0) {
    throw new Refusal(
      `the target changed since the plan: ${drifted.length} of the items to write ${drifted.length === 1 ? 'is' : 'are'} neither as planned nor as before`,
      `look at them, then plan again: st2upgrade plan --run ${applying.settings.run}`,
      EXIT.targetChanged,
      drifted.slice(0, 50),
    )
  }
  return found
}

async function writingOf(kind: Kind, { context, settings, archive, target, run, plan }: Applying): Promise<Writing> {
  const changes = []
  if (kind.open) for await (const change of plan.changes(kind.name)) changes.push(change)
  return { system: context.system, settings, archive, source: await secretsOf(archive, context), target, phase: 'apply', activity: activityOf(run), workDir: run.workDir, keepDir: run.at(keptName(await undoHeads(run.at(UNDO_FILE)))), changes }
}

/** The ledger after an apply: what the journal says; verify writes the final one. */
async function account(applying: Applying, writes: number): Promise<StageResult> {
  const { plan, run, journal, archive, settings } = applying
  const counts = await writeLedger(run, async (ledger) => {
    await ledger.remarks(archive.manifest)
    for await (const change of plan.changes()) await ledger.change(change, journal.states)
    return closeLedger(ledger, plan.end.identical)
  })
  return {
    stage: 'apply',
    exit: counts.total.failed + counts.total.manual > 0 ? EXIT.needsPerson : EXIT.done,
    summary: [
      `${writes > 0 ? counted(writes, 'write') : counts.total.failed > 0 ? 'nothing was written' : 'nothing was left to write'} on ${applying.target.url}${journal.resumed && writes > 0 ? ' (went on where an earlier apply stopped)' : ''}`,
      counts.line,
      ...personLines(counts),
      `ledger: ${run.at('ledger.jsonl')}`,
      `next: st2upgrade verify --run ${settings.run}`,
    ],
    data: { run: settings.run, writes, resumed: journal.resumed, counts: counts.byKind, ledger: run.at('ledger.jsonl'), ...counts.forPerson },
  }
}
