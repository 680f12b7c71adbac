/** The ledger: what became of every item, one JSON line each, and the sums that must equal the inventory. */
import type { Manifest } from '../archive/types'
import { canonicalJson } from '../core/canonical'
import { counted } from '../core/counted'
import { OUTCOMES, type Change, type LedgerEntry, type LedgerFact, type Outcome } from '../core/model'
import { KEPT } from '../kinds/kept'
import { JsonLinesFile } from '../system/json-lines'
import type { JournalStates } from './journal'
import { keptFact } from './keep'
import type { Run } from './runs'
import type { StageSettings } from './types'

export type Counts = Record<Outcome, number>

export interface LedgerCounts {
  byKind: Record<string, Counts>
  total: Counts
  /** One line for people. What is kept in the archive is `left` in the counts, and told apart here. */
  line: string
  /** The first items that failed, that need a person, and of the past that waits for one: in this order. */
  forPerson: { for_person: LedgerEntry[] }
}

/** How many entries a result shows; all of them stand in the file. */
const SHOWN = 20

const PAST: ReadonlySet<string> = new Set(KEPT.map(({ name }) => name))

export class Ledger {
  readonly byKind: Record<string, Counts> = {}
  /** By what a person must see first: many open inquiries hide no item that failed. */
  private readonly open: [failed: LedgerEntry[], manual: LedgerEntry[], past: LedgerEntry[]] = [[], [], []]
  /** Those of `left` that are kept in the archive. */
  kept = 0

  constructor(private readonly file: JsonLinesFile) {}

  async add(entry: LedgerEntry): Promise<void> {
    this.count(entry.kind, entry.outcome, 1)
    if (entry.outcome === 'failed' || entry.outcome === 'manual') {
      const among = this.open[entry.outcome === 'failed' ? 0 : PAST.has(entry.kind) ? 2 : 1]
      if (among.length < SHOWN) among.push(entry)
    }
    await this.file.line(canonicalJson(entry))
  }

  get forPerson(): LedgerEntry[] {
    return this.open.flat().slice(0, SHOWN)
  }

  count(kind: string, outcome: Outcome, by: number): void {
    this.byKind[kind] ??= noCounts()
    this.byKind[kind][outcome] += by
  }

  /** What the export found and could not carry, and what it tells beside the items. */
  async remarks(manifest: Manifest): Promise<void> {
    for (const [kind, notes] of Object.entries(manifest.notes)) for (const fact of notes) await this.file.line(canonicalJson({ kind, fact } satisfies LedgerFact))
    for (const [kind, remarks] of Object.entries(manifest.remarks)) for (const remark of remarks) await this.add({ kind, ...remark })
    for (const [name, summary] of Object.entries(manifest.kept ?? {})) await this.keep(keptFact(name, summary))
  }

  /** Kinds that the archive holds and the plan has left out whole: they have no lines, and count all the same. */
  async kindsLeftOut(manifest: Manifest, kinds: readonly string[], selection: Selecting): Promise<void> {
    for (const { kind, count, why } of leftOutWhole(manifest, kinds, selection)) {
      this.count(kind, 'left', count)
      await this.file.line(canonicalJson({ kind, fact: `${counted(count, 'item')} ${why}`, counted: { left: count } } satisfies LedgerFact))
    }
  }

  private async keep(fact: LedgerFact): Promise<void> {
    const left = fact.counted?.left ?? 0
    this.count(fact.kind, 'left', left)
    this.kept += left
    await this.file.line(canonicalJson(fact))
  }

  /** What the journal says of a planned change. `waits`: its kind is staged, and activate has not been there yet. */
  change(change: Change & { n: number }, states: JournalStates, waits = false): Promise<void> {
    return this.add(entryOf(change, states, waits))
  }

  async close(): Promise<void> {
    await this.file.finish()
  }

  /** The ledger that was there before stays. */
  abandon(): Promise<void> {
    return this.file.abandon()
  }
}

type Selecting = Pick<StageSettings, 'only' | 'except'>

/** One line for people: kinds of the archive that are no part of a plan at all. */
export function leftOutLines(manifest: Pick<Manifest, 'kinds'>, kinds: readonly string[], selection: Selecting): string[] {
  const left = leftOutWhole(manifest, kinds, selection)
  return left.length === 0 ? [] : [`${left[0]!.why}: ${left.map(({ kind, count }) => `${count} ${kind}`).join(', ')}`]
}

function leftOutWhole({ kinds: held }: Pick<Manifest, 'kinds'>, kinds: readonly string[], { only, except }: Selecting): { kind: string; count: number; why: string }[] {
  const taken = new Set(kinds)
  const words = [only && `only=${only.join(',')}`, except && `except=${except.join(',')}`].filter(Boolean).join(' ')
  if (words === '') return []
  const why = `left out by ${words}`
  return Object.entries(held).filter(([kind, { count }]) => count > 0 && !taken.has(kind)).map(([kind, { count }]) => ({ kind, count, why }))
}

const noCounts = (): Counts => Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Counts

/** Writes the run's ledger with `write`; when that throws, the one that was there before stays. */
export async function writeLedger<T>(run: Run, write: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = new Ledger(await JsonLinesFile.create(run.at('ledger.jsonl')))
  try {
    return await write(ledger)
  } catch (error) {
    await ledger.abandon()
    throw error
  }
}

/** `identical`: items that are counted but have no line of their own yet. */
export async function closeLedger(ledger: Ledger, identical: Record<string, number> = {}): Promise<LedgerCounts> {
  for (const [kind, count] of Object.entries(identical)) ledger.count(kind, 'identical', count)
  await ledger.close()
  const total = noCounts()
  for (const counts of Object.values(ledger.byKind)) for (const outcome of OUTCOMES) total[outcome] += counts[outcome]
  return { byKind: ledger.byKind, total, line: lineOf(total, ledger.kept), forPerson: { for_person: ledger.forPerson } }
}

function lineOf(total: Counts, kept: number): string {
  const told = { ...total, left: total.left - kept }
  const words = OUTCOMES.filter((o) => told[o] > 0).map((o) => `${told[o]} ${told[o] === 1 && o === 'manual' ? 'needs a person' : WORDS[o]}`)
  return [...words, ...(kept > 0 ? [`${kept} kept in the archive`] : [])].join(', ') || 'no items'
}

const TOLD = 5

/** The first items that failed or need a person, one line each. */
export function personLines({ total, forPerson: { for_person: entries } }: LedgerCounts): string[] {
  const lines = entries.slice(0, TOLD).map(({ kind, identity, outcome, note, advice }) => `${outcome === 'manual' ? 'needs a person' : 'failed'}: ${kind} ${identity}: ${note ?? ''}${advice ? ` (${advice})` : ''}`)
  const more = total.failed + total.manual - lines.length
  return more > 0 ? [...lines, `... and ${more} more in the ledger`] : lines
}

const WORDS: Record<Outcome, string> = {
  carried: 'carried',
  identical: 'identical already',
  transformed: 'transformed',
  left: 'left behind with a reason',
  manual: 'need a person',
  failed: 'failed',
}

/** What the ledger says of an item that activate puts in place. */
export const WAITS = 'staged: activate puts it in place'

/** The account of one planned change, before anything was read back. */
export function entryOf(change: Change & { n: number }, states: JournalStates, waits = false): LedgerEntry {
  const about = { kind: change.kind, identity: change.identity, note: change.note, advice: change.advice }
  if (change.action === 'manual') return { ...about, outcome: 'manual' }
  // Left as it is because it is there already, in another form: the proof tells it so too.
  if (change.action === 'leave') return { ...about, outcome: change.transformed ? 'transformed' : 'left' }
  if (change.action === 'skip' || change.action === 'conflict') return { ...about, outcome: 'left', note: change.note ?? 'another value stands on the target and was left there' }
  const state = states.get(change.n)
  if (waits && (state === 'none' || state === 'intent')) return { ...about, outcome: 'carried', note: waiting(change.note) }
  if (state === 'none' || state === 'intent') return { ...about, outcome: 'failed', note: 'not written yet', advice: 'run apply again: it goes on where it was' }
  const noted = states.notes.get(change.n)
  return { ...about, note: noted?.note ?? (state === 'carried' ? undefined : change.note), advice: noted?.advice ?? change.advice, outcome: state }
}

const waiting = (note: string | undefined): string => (note === undefined ? WAITS : `${WAITS} (${note})`)
