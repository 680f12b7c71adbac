/**
 * undo: takes back what the applies of a run have done to a target, from the pre-images in the run's journal. What was created
 * goes, last kind first; then what was overwritten comes back, first kind first, as an apply would bring it. What a person
 * changed since is left and listed. Journaled as an apply is: killed, it goes on where it was; run twice, there is nothing to do.
 */
import type { Archive } from '../archive/types'
import { EXIT, Refusal } from '../core/exit-codes'
import { KINDS } from '../kinds'
import type { Kind, Writing } from '../kinds/kind'
import { isSt2Error } from '../st2/errors'
import { carriedArchive } from './carried'
import { leaveTarget } from './handover/leave'
import { orThere } from './handover/or-there'
import { holding } from './holding'
import { takeLock } from './lock'
import { readPlan } from './plan-file'
import { pushedBy, pushLines, type Push } from './pushed'
import { activityOf, inRun, type Run } from './runs'
import { openRunArchive, requireSide, secretsOf } from './sides'
import { lockStateDir } from './state-lock'
import { readTouched } from './touched'
import type { Stage, StageContext, StageResult, StageSettings } from './types'
import { lookAtKind, type Look } from './undo-look'
import { accountOf, nothingToUndo, shown, Tally } from './undo-account'
import { keptNameAt, UNDO_FILE, undoHeads, UndoJournal, undoLines } from './undo-journal'
import { leavingWhatIsNeeded } from './undo-needs'
import { refuseOutOfReach, stepsOutOfReach } from './undo-reach'
import { UNDO_STEPS } from './undo-steps'
import { takeBack } from './undo-write'
import type { Undoing, UndoStep, Writer } from './undoing'

export const undoStage: Stage = orThere('undo', (context, settings) => inRun(context, settings, (run) => undoIn(run, context, settings)), { after: leaveTarget })

async function undoIn(run: Run, context: StageContext, settings: StageSettings): Promise<StageResult> {
  if (settings.dryRun) return undoWith(run, context, settings, async (undoing) => shown(undoing, await lookAtAll(undoing)))
  return holding(
    () => lockStateDir(context.stateDir, settings.run, context.system),
    (lock) => undoWith(run, context, settings, (undoing) => carryOut(undoing, () => lock.check())),
  )
}

async function undoWith(run: Run, context: StageContext, settings: StageSettings, work: (undoing: Undoing) => Promise<StageResult>): Promise<StageResult> {
  const target = requireSide(context, 'target')
  const wrote = await touchedBy(run, target.id)
  if (!wrote) throw nothingWritten(context, settings, await pushedBy(run))
  const archive = await openRunArchive(run, context, settings)
  try {
    const heads = await undoHeads(run.at(UNDO_FILE))
    return await work({ context, settings, run, target, archive: await asCarried(archive, run, context), wrote, keepDir: run.at(keptNameAt(heads, wrote.lines)), resumed: heads.includes(wrote.lines) })
  } finally {
    await archive.close()
  }
}

const nothingWritten = ({ system }: StageContext, { run }: StageSettings, pushes: Push[]): Refusal =>
  new Refusal(`run ${run} has written nothing: it has no journal on host ${system.hostname}`, 'name the run that was applied, on the host where that was done (its directory lies in the state directory, below runs)', EXIT.usage, pushLines(pushes, 'pushed by this run:'))

const touchedBy = (run: Run, target: string): ReturnType<typeof readTouched> => readTouched({ journal: run.at('journal.jsonl'), undo: run.at(UNDO_FILE), workDir: run.workDir }, target)

/** Items in the form that the plan gave them; those too that a later plan leaves out. */
async function asCarried(archive: Archive, run: Run, context: StageContext): Promise<Archive> {
  const plan = run.record.plan === undefined ? undefined : await readPlan(run.record.plan).catch(() => undefined)
  const carried = carriedArchive(archive, plan?.header.archiveSha256 === archive.sha256 ? [plan.header] : [], context.kinds)
  return {
    ...archive,
    items: async function* (kind) {
      for await (const { item } of carried.every(kind)) yield item
    },
  }
}

/** Where nothing is left to take back nothing is written, not even a lock. */
async function carryOut(undoing: Undoing, checkLock: () => void): Promise<StageResult> {
  await refuseOutOfReach(undoing)
  const looks = await lookAtAll(undoing)
  if (!(await anythingIn(looks, undoing))) return nothingToUndo(undoing, looks)
  const { context, settings, run, target, wrote } = undoing
  return holding(
    () => takeLock(target.api, settings.run, context.system),
    async (lock) => {
      const journal = await UndoJournal.open(run.at(UNDO_FILE), settings.run, wrote.lines, context.system.clock.now())
      const tally = new Tally(run.at(UNDO_FILE))
      const writer: Writer = {
        ...undoing,
        intend: (kind, identity) => journal.intend(kind, identity),
        confirm: (line) => {
          journal.confirm(line)
          tally.add(line)
        },
        checkLock: () => {
          checkLock()
          lock.check()
        },
      }
      await takeAllBack(await lookAtAll(undoing), writer, tally).finally(() => journal.close())
      await run.save({ activated: undefined, activating: undefined, activatedPacks: undefined, undone: context.system.clock.now().toISOString() })
      return accountOf(undoing, tally)
    },
  )
}

async function anythingIn(looks: Look[], undoing: Undoing): Promise<boolean> {
  if (looks.some(({ counts }) => counts.remove + counts.clear + counts.restore > 0)) return true
  for (const step of UNDO_STEPS) if ((await step.look(undoing)).length > 0) return true
  return false
}

/** Everything is looked at before the first write, in the order of the registry. */
async function lookAtAll(undoing: Undoing): Promise<Look[]> {
  const kinds = touchedKinds(undoing)
  const looks: Look[] = []
  for (const kind of kinds) looks.push(await lookAtKind(kind, await writingOf(undoing), undoing))
  return leavingWhatIsNeeded(looks)
}

function touchedKinds({ context, wrote, settings }: Undoing): Kind[] {
  const all = context.kinds ?? KINDS
  const unknown = wrote.kinds.find((name) => !all.some((kind) => kind.name === name))
  if (unknown !== undefined) throw new Refusal(`run ${settings.run} wrote ${unknown}, which this release does not know`, 'undo the run with the release that applied it', EXIT.usage)
  return all.filter((kind) => wrote.kinds.includes(kind.name))
}

/** Once the undo of an activation may have begun, what acts by itself may be off. */
async function writingOf({ context, settings, archive, target, run, resumed, keepDir }: Undoing): Promise<Writing> {
  const activity = resumed ? 'quiet' : activityOf(run)
  return { system: context.system, settings, archive, source: await secretsOf(archive, context), target, phase: 'apply', activity, workDir: run.workDir, keepDir, changes: [] }
}

async function takeAllBack(looks: Look[], writer: Writer, tally: Tally): Promise<void> {
  const base = { ...(await writingOf(writer)), goes: goesIn(looks, writer) }
  for (const look of looks) for await (const line of look.settled()) writer.confirm(line)
  for (const line of await stepsOutOfReach(writer)) writer.confirm(line)
  await contributed('first', writer, tally)
  const goAway = async (last: boolean): Promise<void> => {
    for (const look of [...looks].reverse()) if ((look.kind.removedLast ?? false) === last) await takeBack(look, ['remove', 'clear'], base, writer)
  }
  await goAway(false)
  await contributed('between', writer, tally)
  for (const look of looks) await takeBack(look, ['restore'], base, writer)
  await goAway(true)
  for (const { kind, counts } of looks) if (counts.remove + counts.restore + counts.clear > 0) await finish(kind, base, writer)
  await contributed('last', writer, tally)
}

async function finish(kind: Kind, writing: Writing, writer: Writer): Promise<void> {
  try {
    await kind.finishUndo?.(writing)
  } catch (error) {
    if (!(error instanceof Refusal) || isSt2Error(error)) throw error
    writer.confirm({ kind: kind.name, identity: kind.title, state: 'failed', note: error.message, advice: error.advice })
  }
}

async function contributed(when: UndoStep['when'], writer: Writer, tally: Tally): Promise<void> {
  for (const step of UNDO_STEPS) {
    if (step.when !== when || (await step.look(writer)).length === 0) continue
    writer.checkLock()
    tally.remark(...(await step.undo(writer)))
  }
}

/** What this undo takes away, or has taken away before it was stopped. Read from the decisions when a kind is first asked after. */
function goesIn(looks: Look[], { run, wrote }: Undoing): NonNullable<Writing['goes']> {
  const known = new Map<string, Promise<Set<string>>>()
  const going = async (kind: string): Promise<Set<string>> => {
    const found = new Set<string>()
    for await (const { line, journal } of undoLines(run.at(UNDO_FILE))) if (line?.kind === kind && line.state === 'removed' && journal === wrote.lines) found.add(line.identity)
    const look = looks.find((one) => one.kind.name === kind)
    if (look) for await (const { identity } of look.steps('remove', 'clear')) found.add(identity)
    return found
  }
  return async (kind, identity) => {
    if (!known.has(kind)) known.set(kind, going(kind))
    return (await known.get(kind)!).has(identity)
  }
}
