/**
 * verify: reads everything back and says item by item what differs: the proof. It is plan again and expects nothing to do.
 * The ledger it writes is the account of every item found on the source; its sum must equal the inventory.
 */
import { pMapIterable } from 'p-map'
import type { Archive } from '../archive/types'
import { counted, countedKinds } from '../core/counted'
import { EXIT, Refusal } from '../core/exit-codes'
import { joinByIdentity } from '../core/join'
import type { Difference, Item, LedgerEntry } from '../core/model'
import type { Instance, Kind, Weighing } from '../kinds/kind'
import { carriedArchive, type Carried, type CarriedArchive } from './carried'
import { orThere } from './handover/or-there'
import { readJournal, JournalStates } from './journal'
import { closeLedger, entryOf, leftOutLines, writeLedger, personLines, WAITS, type Ledger, type LedgerCounts } from './ledger'
import { listKind } from './listing'
import { readPlan, type Plan } from './plan-file'
import { endsQuiet } from './quiet-file'
import type { Numbered } from './prospect'
import { rewriteNote } from './rewrite'
import { activityOf, inRun, type Run } from './runs'
import { notExported, openRunArchive, requireSide, secretsOf, selectedKinds } from './sides'
import type { Stage, StageContext, StageResult, StageSettings } from './types'

const COMPARED_AT_ONCE = 8
const SHOWN = 50

interface Verifying {
  context: StageContext
  settings: StageSettings
  run: Run
  archive: CarriedArchive
  target: Instance
  /** The plan of the run, when it was made from this archive for this target. */
  plan?: Plan
  states: JournalStates
  ledger: Ledger
  differing: LedgerEntry[]
  differingTotal: number
  /** Items of the archive that are not there, or not compared, for a reason that was told. */
  excused: number
  /** Items, by kind, that activate will put in place or switch on. */
  pending: Record<string, number>
  fingerprints: Record<string, { source: string; target: string }>
}

export const verifyStage: Stage = orThere('verify', (context, settings) => inRun(context, settings, (run) => verifyIn(run, context, settings)))

async function verifyIn(run: Run, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const target = requireSide(context, 'target')
  const opened = await openRunArchive(run, context, settings)
  try {
    const plan = await planOf(run, opened, target, settings)
    const archive = carriedArchive(opened, [...(plan ? [plan.header] : []), settings], context.kinds)
    const states = (plan && (await journalOf(run, plan))) ?? new JournalStates()
    // A part that was planned is proved as that part, so that what the plan left out is not missed.
    const part = settings.only || settings.except || !plan ? settings : { ...settings, only: plan.header.only, except: plan.header.except }
    const selected = selectedKinds(context, part)
    const kinds = selected.filter((kind) => archive.manifest.kinds[kind.name])
    return await writeLedger(run, async (ledger) => {
      const verifying: Verifying = { context, settings, run, archive, target, plan, states, ledger, differing: [], differingTotal: 0, excused: 0, pending: {}, fingerprints: {} }
      for (const kind of kinds) await verifyKind(kind, verifying)
      await ledger.remarks(archive.manifest)
      const planned = [...kinds.map(({ name }) => name), ...(plan?.header.kinds ?? [])]
      if (plan) await ledger.kindsLeftOut(archive.manifest, planned, plan.header)
      const counts = await closeLedger(ledger)
      refuseLostItems(archive, kinds, counts)
      return result(verifying, counts, [...notExported(archive, selected), ...(plan ? leftOutLines(archive.manifest, planned, plan.header) : [])], await keepsQuiet(run, target, context))
    })
  } finally {
    await opened.close()
  }
}

async function planOf(run: Run, archive: Archive, target: Instance, settings: StageSettings): Promise<Plan | undefined> {
  const file = settings.plan ?? run.record.plan
  if (file === undefined) return undefined
  const plan = await readPlan(file)
  return plan.header.archiveSha256 === archive.sha256 && plan.header.target.id === target.id ? plan : undefined
}

async function journalOf(run: Run, plan: Plan): Promise<JournalStates | undefined> {
  const journal = await readJournal(run.at('journal.jsonl'))
  return journal?.head.plan === plan.sha256 ? journal.states : undefined
}

interface Triple {
  source: Carried
  found?: Item
  change?: Numbered
}

async function verifyKind(kind: Kind, verifying: Verifying): Promise<void> {
  const { context, settings, archive, target, run, plan } = verifying
  const weighing: Weighing = { system: context.system, settings, archive, source: await secretsOf(archive, context), target, phase: 'verify', activity: activityOf(run), workDir: run.workDir }
  const listing = await listKind({ context, settings, instance: target, kind, workDir: run.workDir, wanted: archive })
  verifying.fingerprints[kind.name] = { source: archive.manifest.kinds[kind.name]!.fingerprint, target: listing.summary.fingerprint }
  context.system.progress.stage(`verify ${kind.title}`, archive.manifest.kinds[kind.name]!.count)
  const rows = joinByIdentity({ source: archive.every(kind.name), found: listing.items(), change: plan ? plan.changes(kind.name) : nothing() })
  const judge = async (row: Triple): Promise<LedgerEntry> => {
    context.system.stop.check()
    context.system.progress.step()
    return judgeItem(kind, row, weighing, verifying)
  }
  for await (const entry of pMapIterable(ofSource(rows), judge, { concurrency: COMPARED_AT_ONCE, backpressure: COMPARED_AT_ONCE * 4 })) {
    if (entry.outcome === 'left' || entry.outcome === 'manual') verifying.excused++
    await verifying.ledger.add(entry)
  }
}

async function* nothing(): AsyncGenerator<Numbered> {}

async function* ofSource(rows: AsyncIterable<Partial<Triple>>): AsyncGenerator<Triple> {
  for await (const { source, found, change } of rows) if (source) yield { source, found, change }
}

async function judgeItem(kind: Kind, { source: { item: source, leftOut, rewritten }, found, change }: Triple, weighing: Weighing, verifying: Verifying): Promise<LedgerEntry> {
  const about = { kind: kind.name, identity: source.identity }
  if (leftOut !== undefined) return { ...about, outcome: 'left', note: leftOut }
  const differences = found ? await kind.compare(source, found, weighing) : [{ path: '', source: 'there', target: 'missing' }]
  if (differences.length === 0) return asItIsNow(kind, same(about, change, rewriteNote(rewritten), verifying), source, found!, weighing, verifying)
  const waits = kind.staged === true && verifying.run.record.activated === undefined
  const excused = change && entryOf(change, verifying.states, waits)
  if (excused && (excused.outcome === 'left' || excused.outcome === 'manual')) return excused
  const verdict = found ? undefined : await kind.weigh?.(source, undefined, [], weighing)
  if (verdict?.action === 'leave') return { ...about, outcome: 'left', note: verdict.note, advice: verdict.advice }
  if (verdict?.action === 'manual') return { ...about, outcome: 'manual', note: verdict.note, advice: verdict.advice }
  if (waits) return pending(verifying, excused ?? { ...about, outcome: 'carried', note: WAITS })
  const unknown = differences.every((difference) => difference.unknown !== undefined)
  return unknown ? notCompared(about, differences) : differs(about, differences, excused, verifying)
}

/** On a quiet target what lands switched off is as it should be, and told. */
async function asItIsNow(kind: Kind, entry: LedgerEntry, source: Item, found: Item, weighing: Weighing, verifying: Verifying): Promise<LedgerEntry> {
  if (weighing.activity === 'active' || !kind.activated) return entry
  const later = await kind.compare(source, found, { ...weighing, activity: 'active' })
  return later.length === 0 ? entry : pending(verifying, { ...entry, note: [entry.note, OFF].filter(Boolean).join('; ') })
}

const OFF = 'off until activate'

function pending(verifying: Verifying, entry: LedgerEntry): LedgerEntry {
  verifying.pending[entry.kind] = (verifying.pending[entry.kind] ?? 0) + 1
  return entry
}

function notCompared(about: Pick<LedgerEntry, 'kind' | 'identity'>, differences: Difference[]): LedgerEntry {
  const note = `it is there, but could not be compared: ${differences.map((difference) => difference.unknown).join('; ')}`
  return { ...about, outcome: 'manual', note, advice: 'verify where the source, or a copy of its crypto key (source_crypto_key_file), can be reached' }
}

/** Equal on both sides: the plan and the journal tell whether this run brought it there. */
function same(about: Pick<LedgerEntry, 'kind' | 'identity'>, change: Numbered | undefined, rewritten: string | undefined, { states }: Verifying): LedgerEntry {
  if (!change) return rewritten === undefined ? { ...about, outcome: 'identical' } : { ...about, outcome: 'transformed', note: rewritten }
  const entry = entryOf(change, states)
  if (entry.outcome === 'carried' || entry.outcome === 'transformed') return entry
  if (change.transformed) return { ...about, outcome: 'transformed', note: change.note }
  return { ...about, outcome: 'carried' }
}

function differs(about: Pick<LedgerEntry, 'kind' | 'identity'>, differences: Difference[], excused: LedgerEntry | undefined, verifying: Verifying): LedgerEntry {
  const told = differences.slice(0, 5).map((d) => (d.path === '' ? 'it is missing on the target' : `${d.path}: ${d.source ?? 'absent'} on the source, ${d.target ?? 'absent'} on the target`))
  const note = [...(excused?.outcome === 'failed' && excused.note ? [excused.note] : []), ...told].join('; ')
  const entry: LedgerEntry = { ...about, outcome: 'failed', note, advice: excused?.advice ?? 'plan and apply again, or settle it by hand' }
  verifying.differingTotal++
  if (verifying.differing.length < SHOWN) verifying.differing.push(entry)
  return entry
}

/** The sums must equal the inventory: a ledger that lost an item is no proof. */
function refuseLostItems(archive: Archive, kinds: Kind[], counts: LedgerCounts): void {
  for (const kind of kinds) {
    const inventory = archive.manifest.kinds[kind.name]!.count + (archive.manifest.remarks[kind.name]?.length ?? 0)
    const told = Object.values(counts.byKind[kind.name] ?? {}).reduce((a, b) => a + b, 0)
    if (told !== inventory) throw lostItems(told, kind.title, inventory)
  }
  for (const [name, { count, listed }] of Object.entries(archive.manifest.kept ?? {})) {
    const inventory = count - listed + (archive.manifest.remarks[name]?.length ?? 0)
    const told = Object.values(counts.byKind[name] ?? {}).reduce((a, b) => a + b, 0)
    if (told !== inventory) throw lostItems(told, name, inventory)
  }
}

const lostItems = (told: number, title: string, inventory: number): Refusal =>
  new Refusal(`the ledger tells of ${told} ${title}, the inventory holds ${inventory}`, 'this is a fault of this tool: report it with the run directory')

/** The first line: says no more than what was seen. */
function verdict({ differingTotal, excused, archive, target }: Verifying): string {
  const source = archive.manifest.instance.url
  if (differingTotal > 0) return `${counted(differingTotal, 'item differs', 'items differ')} between the archive of ${source} and ${target.url}`
  const but = excused === 0 ? 'everything' : `everything but ${counted(excused, 'item')} that did not cross or could not be compared`
  return `${but} was read back from ${target.url} and agrees with the archive of ${source}`
}

const waiting = ({ pending: counts }: Verifying): number => Object.values(counts).reduce((sum, count) => sum + count, 0)

/** The file that keeps the target quiet is there until activate: whatever is registered meanwhile, of this run or not, stays off. */
const keepsQuiet = async (run: Run, target: Instance, { system }: StageContext): Promise<boolean> => run.record.activated === undefined && endsQuiet(run, target, system)

/** While it is quiet, what the source does and the target does not yet is no difference. */
function quietLines(verifying: Verifying, quiet: boolean): string[] {
  if (waiting(verifying) === 0) return quiet ? ['the target is quiet: what is registered there stays switched off until activate, though nothing of this run waits for it'] : []
  return [`${activityOf(verifying.run) === 'quiet' ? 'the target is quiet' : 'not activated yet'}: pending activation: ${countedKinds(verifying.pending)}`]
}

function result(verifying: Verifying, counts: LedgerCounts, absent: string[], quiet: boolean): StageResult {
  const { run, differingTotal, fingerprints } = verifying
  const ledger = run.at('ledger.jsonl')
  const toActivate = waiting(verifying) > 0 || quiet
  const exit = differingTotal > 0 ? EXIT.differences : counts.total.failed + counts.total.manual > 0 ? EXIT.needsPerson : EXIT.done
  return {
    stage: 'verify',
    exit,
    summary: [
      verdict(verifying),
      ...absent,
      counts.line,
      ...personLines(counts),
      ...quietLines(verifying, quiet),
      `ledger: ${ledger}`,
      ...(toActivate ? [`next: st2upgrade activate --run ${run.record.run}`] : []),
    ],
    data: { run: run.record.run, phase: activityOf(run), pending: verifying.pending, waits: waiting(verifying), to_activate: toActivate, differences: differingTotal, differing: verifying.differing.slice(0, 20), counts: counts.byKind, total: counts.total, fingerprints, ledger, ...counts.forPerson },
  }
}
