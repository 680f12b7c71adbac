/**
 * apply: carries out a plan file. Everything that blocks is found before the first write; each write is journaled before
 * and after, so that a killed apply goes on where it was; the target's items are looked at again first, so that nothing
 * that changed since the plan is overwritten.
 */
import { counted } from '../core/counted'
import { EXIT, Refusal } from '../core/exit-codes'
import type { Kind, Writing } from '../kinds/kind'
import type { Applying } from './applying'
import { refuseIfBlocked } from './blockers'
import { accountFor } from './account'
import { orThere } from './handover/or-there'
import { personLines } from './ledger'
import { land } from './landing'
import { lookAgain, type Prospect } from './prospect'
import { inRun, landingOf } from './runs'
import { selectedKinds } from './sides'
import type { Stage, StageResult } from './types'
import { holdingTarget, opening, withPlan, writingOf } from './with-plan'
import { writeKind } from './write-kind'

export const applyStage: Stage = orThere('apply', (context, settings) =>
  inRun(context, settings, (run) =>
    withPlan(run, context, settings, (plan) => refuseIfBlocked(plan, settings), (applying) => carryOut({ ...applying, settings: { ...settings, landing: landingOf(applying.plan.header, settings) } })),
  ),
)

/** A finished apply is seen without a lock on the target: run again, it writes nothing at all there. */
async function carryOut(applying: Applying): Promise<StageResult> {
  const { run, settings } = applying
  const kinds = kindsToWrite(applying)
  const anew = run.record.undone !== undefined
  if (run.record.landing !== settings.landing) await run.save({ landing: settings.landing })
  if (await looksFinished(kinds, applying)) {
    const open = (await lookAtAll(kinds, applying)).some(([, prospect]) => prospect.count > 0)
    if (!open) return account(applying, 0, anew)
  }
  return holdingTarget(applying, async (held) => account(held, await writeAll(kinds, held), anew))
}

/** What is staged waits for activate. */
function kindsToWrite({ context, settings, plan }: Applying): Kind[] {
  return selectedKinds(context, settings).filter((kind) => plan.header.kinds.includes(kind.name) && !kind.staged)
}

async function looksFinished(kinds: Kind[], { plan, journal }: Applying): Promise<boolean> {
  for await (const change of plan.changes()) {
    if (!kinds.some(({ name }) => name === change.kind)) continue
    const toWrite = change.action === 'create' || change.action === 'update'
    if (toWrite && !['carried', 'transformed', 'left'].includes(journal.states.get(change.n))) return false
  }
  return true
}

/** Everything that writes need is opened before the first one: what cannot be (packs that the target cannot reach) blocks. */
async function writeAll(kinds: Kind[], applying: Applying): Promise<number> {
  const prospects = (await lookAtAll(kinds, applying)).filter(([, prospect]) => prospect.count > 0)
  let writes = 0
  return opening(prospects.map(([kind, { weighing }]) => ({ kind, writing: weighing as Writing })), async () => {
    await land(applying, prospects)
    for (const [kind, prospect] of prospects) {
      const made = await writeKind(kind, prospect, applying)
      writes += made
    }
    return writes
  })
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

/** The ledger after an apply: what the journal says; verify writes the final one. `anew`: an undo has taken back what an earlier apply wrote. */
async function account(applying: Applying, writes: number, anew: boolean): Promise<StageResult> {
  const { run, journal, settings } = applying
  const counts = await accountFor(applying)
  return {
    stage: 'apply',
    exit: counts.total.failed + counts.total.manual > 0 ? EXIT.needsPerson : EXIT.done,
    summary: [
      `${writes > 0 ? counted(writes, 'write') : counts.total.failed > 0 ? 'nothing was written' : 'nothing was left to write'} on ${applying.target.url}${writes > 0 ? how(journal.resumed, anew) : ''}`,
      counts.line,
      ...personLines(counts),
      `ledger: ${run.at('ledger.jsonl')}`,
      `next: st2upgrade verify --run ${settings.run}`,
    ],
    data: { run: settings.run, writes, resumed: journal.resumed && !anew, counts: counts.byKind, ledger: run.at('ledger.jsonl'), ...counts.forPerson },
  }
}

function how(resumed: boolean, anew: boolean): string {
  if (anew) return ' (anew, after an undo)'
  return resumed ? ' (went on where an earlier apply stopped)' : ''
}
