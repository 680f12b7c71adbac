/** What an undo answers: what went and what came back, what was left and why, and what StackStorm keeps whatever one does. */
import { counted, countedKinds } from '../core/counted'
import { EXIT } from '../core/exit-codes'
import { KINDS } from '../kinds'
import { sweptLines } from './borrowings'
import { pushedBy, pushLines } from './pushed'
import type { StageResult } from './types'
import type { Look, Way } from './undo-look'
import type { UndoLine, Undone } from './undo-journal'
import { nextStep, stepsOutOfReach, whatStops } from './undo-reach'
import { UNDO_STEPS } from './undo-steps'
import type { Undoing } from './undoing'

type Counts = Partial<Record<Undone, number>>

/** Entries that data shows, and lines of a summary. */
const SHOWN = 20
const TOLD = 5

export class Tally {
  readonly byKind: Record<string, Counts> = {}
  readonly forPerson: UndoLine[] = []
  /** What was taken back in another way than it was before. */
  readonly remarks: string[] = []

  constructor(readonly file: string) {}

  add(line: UndoLine): void {
    const { kind, identity, state, note } = line
    if (state === 'intent') return
    const counts = (this.byKind[kind] ??= {})
    counts[state] = (counts[state] ?? 0) + 1
    const done = state === 'removed' || state === 'restored' || state === 'same'
    if (!done && this.forPerson.length < SHOWN) this.forPerson.push(line)
    if (done && note !== undefined && this.remarks.length < SHOWN) this.remarks.push(`${kind} ${identity}: ${note}`)
  }

  remark(...lines: string[]): void {
    this.remarks.push(...lines)
  }

  total(...states: Undone[]): number {
    return Object.values(this.byKind).reduce((sum, counts) => sum + states.reduce((s, state) => s + (counts[state] ?? 0), 0), 0)
  }

  of(state: Undone): string {
    return countedKinds(Object.fromEntries(Object.entries(this.byKind).map(([kind, counts]) => [kind, counts[state] ?? 0])))
  }
}

export async function accountOf(undoing: Undoing, tally: Tally): Promise<StageResult> {
  const { settings, target, run } = undoing
  const open = tally.total('left', 'manual', 'failed')
  const pushed = await pushedBy(run)
  return {
    stage: 'undo',
    exit: open > 0 ? EXIT.needsPerson : EXIT.done,
    summary: [
      `${counted(tally.total('removed', 'restored'), 'change')} of run ${settings.run} taken back on ${target.url}${open > 0 ? `, ${open} not` : ''}`,
      ...parts(tally),
      ...personLines(tally, open),
      ...tally.remarks.slice(0, TOLD),
      ...staysLine(undoing, tally),
      ...pushLines(pushed, LEFT_THERE),
      `undo journal: ${tally.file}`,
      ...(tally.total('failed') > 0 ? [`next: st2upgrade undo --run ${settings.run}`] : []),
    ],
    data: { run: run.record.run, counts: tally.byKind, for_person: tally.forPerson, remarks: tally.remarks, stays: staysBehind(undoing, tally), pushed, journal: tally.file },
  }
}

function parts(tally: Tally): string[] {
  const words: [Undone, string][] = [
    ['removed', 'removed'],
    ['restored', 'put back'],
    ['same', 'there already as before'],
  ]
  return words.filter(([state]) => tally.total(state) > 0).map(([state, word]) => `${tally.of(state)} ${word}`)
}

function personLines({ forPerson }: Tally, open: number): string[] {
  const words: Partial<Record<UndoLine['state'], string>> = { left: 'left', manual: 'needs a person', failed: 'failed' }
  const lines = forPerson.slice(0, TOLD).map(({ kind, identity, state, note, advice }) => `${words[state]}: ${kind} ${identity}: ${note ?? ''}${advice ? ` (${advice})` : ''}`)
  return open > lines.length ? [...lines, `... and ${open - lines.length} more in the undo journal`] : lines
}

/** Of the kinds that something was taken back of. */
function staysBehind({ context }: Undoing, { byKind }: Tally): string[] {
  const kinds = (context.kinds ?? KINDS).filter(({ name }) => (byKind[name]?.removed ?? 0) + (byKind[name]?.restored ?? 0) > 0)
  return [...new Set([...ALWAYS, ...kinds.flatMap((kind) => kind.staysBehind ?? [])])]
}

/** A push is no thing of the target's: it is told, and needs no decision for the target to be as before. */
const LEFT_THERE = 'left on the git host:'

const ALWAYS = ['lines of audit logs']

const staysLine = (undoing: Undoing, tally: Tally): string[] => (tally.total('removed', 'restored') > 0 ? [`StackStorm keeps, whatever one does: ${staysBehind(undoing, tally).join('; ')}`] : [])

/** Also where all that is left is a person's. */
export async function nothingToUndo(undoing: Undoing, looks: Look[]): Promise<StageResult> {
  const { run, settings, target } = undoing
  const left = await leftIn(looks, await stepsOutOfReach(undoing))
  const pushed = await pushedBy(run)
  const when = run.record.undone
  return {
    stage: 'undo',
    exit: left.total > 0 ? EXIT.needsPerson : EXIT.done,
    summary: [
      `${left.total > 0 ? `nothing of run ${settings.run} was taken back on ${target.url}: ${counted(left.total, 'item is', 'items are')} left` : `there is nothing of run ${settings.run} to take back on ${target.url}`}${when === undefined ? '' : ` (it was taken back at ${when})`}`,
      ...leftLines(left, 'left'),
      ...pushLines(pushed, LEFT_THERE),
    ],
    data: { run: settings.run, counts: {}, for_person: left.lines, left: left.total, pushed },
  }
}

/** What `dry_run` answers. */
export async function shown(undoing: Undoing, looks: Look[]): Promise<StageResult> {
  const { settings, target, run } = undoing
  const left = await leftIn(looks, await stepsOutOfReach(undoing))
  const pushed = await pushedBy(run)
  const of = (...ways: Way[]): string => countedKinds(Object.fromEntries(looks.map(({ kind, counts }) => [kind.name, ways.reduce((sum, way) => sum + counts[way], 0)])))
  const steps = (await Promise.all(UNDO_STEPS.map((step) => step.look(undoing)))).flat()
  const stops = await whatStops(undoing)
  const lines = [
    ...(of('remove', 'clear') === '' ? [] : [`would remove ${of('remove', 'clear')}`]),
    ...(of('restore') === '' ? [] : [`would put back ${of('restore')}`]),
    ...steps.map((line) => `would take back: ${line}`),
  ]
  return {
    stage: 'undo',
    exit: EXIT.done,
    summary: [
      lines.length === 0 && stops === undefined ? `there is nothing of run ${settings.run} to take back on ${target.url}` : `undo of run ${settings.run} on ${target.url} (dry run: nothing was written)`,
      ...sweptLines(target, undoing.context.source),
      ...lines,
      ...leftLines(left, 'would leave'),
      ...pushLines(pushed, 'would leave on the git host:'),
      ...(stops === undefined ? [] : [`undo will stop before its first write: ${stops}`]),
      ...(stops === undefined && lines.length === 0 ? [] : [`next: ${stops === undefined ? `st2upgrade undo --run ${settings.run}` : nextStep(undoing)}`]),
    ],
    data: { run: settings.run, dry_run: true, stops, would: Object.fromEntries(looks.map(({ kind, counts }) => [kind.name, counts])), steps, first: await firstOf(looks), left: left.total, for_person: left.lines, pushed },
  }
}

interface Left {
  total: number
  /** The first of them. */
  lines: UndoLine[]
}

async function leftIn(looks: Look[], besides: UndoLine[]): Promise<Left> {
  const left: Left = { total: besides.length, lines: besides.slice(0, SHOWN) }
  for (const look of looks) {
    for await (const line of look.settled()) {
      if ((line.state === 'left' || line.state === 'manual') && ++left.total <= SHOWN) left.lines.push(line)
    }
  }
  return left
}

function leftLines({ total, lines }: Left, word: string): string[] {
  const told = lines.slice(0, TOLD).map(({ kind, identity, note }) => `${word}: ${kind} ${identity}: ${note ?? ''}`)
  return total > told.length ? [...told, `... and ${total - told.length} more`] : told
}

async function firstOf(looks: Look[]): Promise<{ kind: string; identity: string; way: Way }[]> {
  const first: { kind: string; identity: string; way: Way }[] = []
  for (const look of looks) {
    for await (const { identity, way } of look.steps('remove', 'clear', 'restore')) {
      if (first.length === SHOWN) return first
      first.push({ kind: look.kind.name, identity, way })
    }
  }
  return first
}
