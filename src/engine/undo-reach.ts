/**
 * What an undo cannot take back where the target's files are out of reach although the run was applied with them: to go on without
 * would take half of it back, and what lies in files cannot even be seen to be there still.
 */
import { countedKinds } from '../core/counted'
import { EXIT, Refusal } from '../core/exit-codes'
import { KINDS } from '../kinds'
import type { Kind } from '../kinds/kind'
import type { Touched } from './touched'
import { undoLines, UNDO_FILE, type UndoLine } from './undo-journal'
import { UNDO_STEPS } from './undo-steps'
import type { Undoing } from './undoing'

const NOTE = "it lies in the target's files, which cannot be reached from here"
const ADVICE = 'run undo again where they can: with target_root=DIRECTORY, or on the target itself'

/** For a person, where the item cannot be taken back from here; undefined for all else. */
export async function outOfReach(kind: Kind, { identity, kept }: Touched, { target, run }: Undoing): Promise<UndoLine | undefined> {
  if (target.files || !(await kind.needsFiles?.(identity, run.at(kept)))) return undefined
  return { kind: kind.name, identity, state: 'manual', note: NOTE, advice: ADVICE }
}

/** The same for what an apply or an activation has put into files beside items. Not what an undo that came to its end has given back. */
export async function stepsOutOfReach(undoing: Undoing): Promise<UndoLine[]> {
  if (undoing.target.files) return []
  const { ended, left } = await lastUndo(undoing)
  const lines: UndoLine[] = []
  for (const step of UNDO_STEPS) {
    for (const { identity } of (await step.inFiles?.(undoing)) ?? []) {
      if (!ended || left.has(`${step.name} ${identity}`)) lines.push({ kind: step.name, identity, state: 'manual', note: NOTE, advice: ADVICE })
    }
  }
  return lines
}

/** Whether an undo of the same writes has come to its end, and what it left for a person. */
async function lastUndo({ run, wrote }: Undoing): Promise<{ ended: boolean; left: Set<string> }> {
  const { undone } = run.record
  const left = new Set<string>()
  let began: string | undefined
  for await (const one of undoLines(run.at(UNDO_FILE))) {
    if (one.journal !== wrote.lines) continue
    if (!one.line) began = one.at
    else if (one.line.state === 'manual') left.add(`${one.line.kind} ${one.line.identity}`)
  }
  return { ended: began !== undefined && undone !== undefined && undone >= began, left }
}

/** One line that says how much it is; none when all can be reached, or it was said to go on without. */
export async function whatStops(undoing: Undoing): Promise<string | undefined> {
  const { context, target, run, wrote, settings } = undoing
  if (target.files || settings.apiOnly) return undefined
  const counts: Record<string, number> = {}
  for (const kind of context.kinds ?? KINDS) {
    if (!kind.needsFiles) continue
    for await (const { identity, kept } of wrote.of(kind.name)) if (await kind.needsFiles(identity, run.at(kept))) counts[kind.name] = (counts[kind.name] ?? 0) + 1
  }
  const parts = [countedKinds(counts), ...(await stepsOutOfReach(undoing)).map(({ identity }) => identity)].filter((part) => part !== '')
  return parts.length === 0 ? undefined : `run ${settings.run} has written into files of ${target.url} that cannot be reached from here: ${parts.join(', ')}`
}

/** Before the first write. @throws Refusal with exit 5. */
export async function refuseOutOfReach(undoing: Undoing): Promise<void> {
  const why = await whatStops(undoing)
  if (why === undefined) return
  throw new Refusal(`nothing was taken back: ${why}`, nextStep(undoing), EXIT.blocked)
}

export const nextStep = ({ settings: { run } }: Undoing): string =>
  `name the directory below which the target's files are mounted (target_root=DIRECTORY), or run undo on the target itself, with this run's directory there: st2upgrade undo --run ${run}; or give api_only=true: then what lies in files is left for a person`
