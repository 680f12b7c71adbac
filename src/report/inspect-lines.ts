/** What the files of lines hold: plan, journal, ledger. Each is streamed; only the first entries are shown. */
import { counted } from '../core/counted'
import { EXIT } from '../core/exit-codes'
import type { LedgerEntry, LedgerFact } from '../core/model'
import type { JournalLine } from '../engine/journal'
import { readPlan } from '../engine/plan-file'
import { Selection } from '../engine/selection'
import type { UndoLine } from '../engine/undo-journal'
import type { StageResult } from '../engine/types'
import { KINDS } from '../kinds'
import { logRecords } from '../system/append-log'

const SHOWN = 30

/** Actions of a plan by kind, what blocks it, and what a person must look at. `only`: which changes are listed. */
export async function inspectPlan(file: string, only: string[]): Promise<StageResult> {
  const plan = await readPlan(file)
  const { header, end } = plan
  const told: string[] = []
  let wantedCount = 0
  for await (const change of plan.changes()) {
    const wanted = isNamed(change, only) || change.rewritten !== undefined || change.kept !== undefined || change.action === 'conflict' || change.action === 'manual'
    if (wanted && wantedCount++ < SHOWN) told.push(`${change.action} ${change.kind} ${JSON.stringify(change.identity)}${change.note ? `: ${change.note}` : ''}`)
  }
  const blockers = end.blockers.map(({ what, unless }) => `apply will stop: ${what}${unless ? ` (unless ${unless}=true)` : ''}`)
  return {
    stage: 'inspect',
    exit: EXIT.done,
    summary: [
      `${file} is whole: the plan of run ${header.run}, made ${header.created}`,
      `from ${header.source.url} (StackStorm ${header.source.version}) to ${header.target.url} (StackStorm ${header.target.version}) as ${header.target.user}`,
      ...(header.only || header.except ? [`selected: ${[header.only && `only=${header.only.join(',')}`, header.except && `except=${header.except.join(',')}`].filter(Boolean).join(' ')}`] : []),
      ...(end.told ?? []),
      ...header.kinds.map((kind) => `${kind}: ${counts({ ...end.counts[kind], identical: end.identical[kind] ?? 0 })}`),
      ...blockers.slice(0, SHOWN),
      ...andMore(blockers.length),
      ...told,
      ...andMore(wantedCount),
    ],
    data: { type: 'plan', sha256: plan.sha256, run: header.run, created: header.created, source: header.source, target: header.target, counts: end.counts, identical: end.identical, blockers: end.blockers.slice(0, SHOWN), changes: told },
  }
}

/** How far an apply has come. Lines under an older head belong to an earlier plan and are not counted. */
export async function inspectJournal(file: string): Promise<StageResult> {
  let head: Record<string, unknown> = {}
  let states = new Map<number, string>()
  const begun = new Map<number, Pick<JournalLine, 'kind' | 'identity'>>()
  for await (const line of logRecords<JournalLine & { journal?: number }>(file)) {
    const { n, kind, identity, state } = line
    if (line.journal !== undefined) {
      ;[head, states] = [{ ...line }, new Map<number, string>()]
      begun.clear()
      continue
    }
    // Only what is told: a line may hold the item as it stood before, values and all.
    states.set(n, state)
    if (state === 'intent') begun.set(n, { kind, identity })
    else begun.delete(n)
  }
  const all = [...begun.values()]
  const open = all.filter(({ kind }) => !isStaged(kind))
  const waiting = all.length - open.length
  const sums = { ...tally([...states.values()].filter((state) => state !== 'intent')), intent: open.length, waiting }
  return {
    stage: 'inspect',
    exit: EXIT.done,
    summary: [
      `${file}: the journal of run ${String(head.run)}`,
      counts(sums) || 'nothing was written yet',
      ...(open.length > 0 ? [`${counted(open.length, 'write was', 'writes were')} begun and not confirmed: apply looks at it again`] : []),
      ...(waiting > 0 ? [`${counted(waiting, 'state or override', 'states and overrides')} not set yet; how they stood before is kept: activate looks at them again`] : []),
      ...open.slice(0, SHOWN).map(({ kind, identity }) => `begun: ${kind} ${JSON.stringify(identity)}`),
      ...andMore(open.length),
    ],
    data: { type: 'journal', run: head.run, plan_sha256: head.plan, states: sums },
  }
}

/** What activate puts in place: an apply notes how it stands before packs land on it, and writes nothing of it. */
const isStaged = (kind: string): boolean => KINDS.some(({ name, staged }) => name === kind && staged === true)

/** What undos have taken back, of every apply of the run. */
export async function inspectUndo(file: string): Promise<StageResult> {
  let run: string | undefined
  let undos = 0
  const last = new Map<string, UndoLine['state']>()
  const told: string[] = []
  let unlike = 0
  for await (const line of logRecords<UndoLine & { undo?: number; run?: string }>(file)) {
    if (line.undo !== undefined) {
      ;[run, undos] = [line.run, undos + 1]
      last.clear()
      told.length = unlike = 0
      continue
    }
    const { kind, identity, state, note } = line
    last.set(`${kind} ${identity}`, state)
    const wanted = state === 'left' || state === 'manual' || state === 'failed'
    if (wanted && unlike++ < SHOWN) told.push(`${state} ${kind} ${JSON.stringify(identity)}${note ? `: ${note}` : ''}`)
  }
  const sums = tally([...last.values()])
  return {
    stage: 'inspect',
    exit: EXIT.done,
    summary: [`${file}: what ${counted(undos, 'undo')} of run ${String(run)} came to; of the last one:`, counts(sums) || 'nothing was taken back yet', ...told, ...andMore(unlike)],
    data: { type: 'undo journal', run, undos, states: sums, entries: told },
  }
}

/** The account of every item, and those that failed or need a person. */
export async function inspectLedger(file: string, only: string[]): Promise<StageResult> {
  // Without a prototype: the names come from a file that anybody may have written.
  const sums = Object.create(null) as Record<string, Record<string, number>>
  const told: string[] = []
  let wantedCount = 0
  const facts: string[] = []
  for await (const entry of logRecords<LedgerEntry | LedgerFact>(file)) {
    if ('fact' in entry) {
      if (facts.length < SHOWN) facts.push(`${entry.kind}: ${entry.fact}`)
      const counted = Object.entries(entry.counted ?? {}).filter(([, count]) => count > 0)
      for (const [outcome, count] of counted) (sums[entry.kind] ??= {})[outcome] = (sums[entry.kind]![outcome] ?? 0) + count
      continue
    }
    const { kind, identity, outcome, note, advice } = entry
    const ofKind = (sums[kind] ??= {})
    ofKind[outcome] = (ofKind[outcome] ?? 0) + 1
    const wanted = isNamed(entry, only) || outcome === 'failed' || outcome === 'manual'
    if (wanted && wantedCount++ < SHOWN) told.push([`${outcome} ${kind} ${JSON.stringify(identity)}`, note, advice && `-> ${advice}`].filter(Boolean).join(': '))
  }
  return {
    stage: 'inspect',
    exit: EXIT.done,
    summary: [`${file}: a ledger`, ...Object.entries(sums).map(([kind, ofKind]) => `${kind}: ${counts(ofKind)}`), ...told, ...andMore(wantedCount), ...facts],
    data: { type: 'ledger', counts: sums, entries: told, facts },
  }
}

/** A line has no item: of `pack:` words it is told by what its identity begins with. */
function isNamed({ kind, identity }: { kind: string; identity: string }, only: string[]): boolean {
  const known = KINDS.find(({ name }) => name === kind)
  return only.length > 0 && new Selection({ only }).leftOut({ name: kind, packless: known?.packless }, { identity, name: nameIn(identity), pack: identity.split('.')[0] }) === undefined
}

/** Of `st2kv.system:NAME` and `st2kv.user:USER:NAME`, else undefined. */
const nameIn = (identity: string): string | undefined => /^st2kv\.(?:system|user:[^:]*):([^]*)$/.exec(identity)?.[1]

/** What is not listed is counted. */
const andMore = (count: number): string[] => (count > SHOWN ? [`... and ${count - SHOWN} more`] : [])

function tally(words: string[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const word of words) sums[word] = (sums[word] ?? 0) + 1
  return sums
}

const counts = (sums: Record<string, number | undefined>): string => Object.entries(sums).filter(([, count]) => count).map(([word, count]) => `${count} ${word}`).join(', ')
