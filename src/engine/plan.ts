/** plan: what must change on a target so that it holds what an archive holds. Reads only; the plan is a file without values. */
import { pMapIterable } from 'p-map'
import { counted, countedKinds } from '../core/counted'
import { EXIT } from '../core/exit-codes'
import { joinByIdentity } from '../core/join'
import type { Change, Item } from '../core/model'
import { conflictPolicy, type Blocker, type Instance, type Kind, type Weighing } from '../kinds/kind'
import { isPublished } from '../kinds/packs/publish'
import { carriedArchive, type Carried, type CarriedArchive } from './carried'
import { orThere } from './handover/or-there'
import { leftPacks, type LeftPacks } from './left-packs'
import { listKind } from './listing'
import { leftOutLines } from './ledger'
import { PLAN_VERSION, PlanWriter, readPlan, type Plan, type PlanEnd, type PlanHeader } from './plan-file'
import { Rewriting, withRewriting } from './rewriting'
import { inRun, type Run } from './runs'
import { notExported, openRunArchive, refuseOlder, refuseSameInstance, requireSide, secretsOf, selectedKinds } from './sides'
import type { Stage, StageContext, StageResult, StageSettings } from './types'

/** Items weighed at a time: some need an answer of an instance. */
const WEIGHED_AT_ONCE = 8

export const planStage: Stage = orThere('plan', (context, settings) => inRun(context, settings, (run) => planIn(run, context, settings)))

async function planIn(run: Run, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const target = requireSide(context, 'target')
  const archive = carriedArchive(await openRunArchive(run, context, settings), [settings], context.kinds)
  try {
    const { manifest } = archive
    refuseSameInstance(manifest.instance, target)
    refuseOlder(manifest.instance.version, target.version, settings)
    const file = settings.plan ?? run.at('plan.jsonl')
    await makePlan(file, archive, target, run, context, settings)
    await run.save({ plan: file, archive: settings.archive ?? run.record.archive, archiveSha256: archive.sha256, sourceId: manifest.instance.id, targetUrl: target.url, landing: settings.landing, activated: undefined, activating: undefined, activatedPacks: undefined })
    return result(await readPlan(file), file, run, notExported(archive, selectedKinds(context, settings)))
  } finally {
    await archive.close()
  }
}

async function makePlan(file: string, archive: CarriedArchive, target: Instance, run: Run, context: StageContext, settings: StageSettings): Promise<void> {
  const kinds = selectedKinds(context, settings).filter((kind) => archive.manifest.kinds[kind.name])
  const writer = await PlanWriter.create(file, header(archive, target, kinds, context, settings))
  try {
    await writePlan(writer, kinds, archive, target, run, context, settings)
  } catch (error) {
    await writer.abandon()
    throw error
  }
}

async function writePlan(writer: PlanWriter, kinds: Kind[], archive: CarriedArchive, target: Instance, run: Run, context: StageContext, settings: StageSettings): Promise<void> {
  const identical: Record<string, number> = {}
  const blockers: Blocker[] = []
  const told: string[] = []
  const packs = await leftPacks(archive, settings, target, context.kinds)
  const rewriting = new Rewriting(settings.rewrite)
  for (const kind of kinds) {
    const weighing: Weighing = { system: context.system, settings, archive, source: await secretsOf(archive, context), target, phase: 'plan', activity: settings.landing === 'active' ? 'active' : 'quiet', workDir: run.workDir, kinds: kinds.map(({ name }) => name) }
    identical[kind.name] = 0
    const kept: Change[] = []
    let writes = false
    for await (const change of weighKind(kind, { ...weighing, archive }, { packs, rewriting }, context, settings, run)) {
      if (change === undefined) identical[kind.name]!++
      else {
        await writer.change(change)
        writes ||= change.action === 'create' || change.action === 'update'
        if (kind.blockers || kind.notices) kept.push(change)
      }
    }
    blockers.push(...((await kind.blockers?.(kept, weighing)) ?? []))
    told.push(...((await kind.notices?.(kept, weighing)) ?? []), ...(writes ? ((await kind.caveats?.(weighing)) ?? []) : []))
  }
  await writer.finish({ identical, blockers, told: [...rewriting.lines(), ...told, ...packs.lines(), ...leftOutLines(archive.manifest, kinds.map(({ name }) => name), settings)] })
}

function header(archive: CarriedArchive, target: Instance, kinds: Kind[], context: StageContext, settings: StageSettings): PlanHeader {
  const { id, url, version } = archive.manifest.instance
  return {
    plan: PLAN_VERSION,
    run: settings.run,
    created: context.system.clock.now().toISOString(),
    archiveSha256: archive.sha256,
    source: { id, url, version },
    target: { id: target.id, url: target.url, version: target.version, user: target.user },
    kinds: kinds.map((kind) => kind.name),
    onConflict: settings.onConflict,
    otherUsers: settings.otherUsers,
    landing: settings.landing,
    only: settings.only,
    except: settings.except,
    rewrite: settings.rewrite,
  }
}

/** One change per item of the archive that the target lacks or has otherwise; undefined for an item that it has as it is. */
async function* weighKind(kind: Kind, weighing: Weighing & { archive: CarriedArchive }, telling: Telling, context: StageContext, settings: StageSettings, run: Run): AsyncIterable<Change | undefined> {
  const { archive, target } = weighing
  const listing = await listKind({ context, settings, instance: target, kind, workDir: run.workDir, wanted: archive })
  context.system.progress.stage(`plan ${kind.title}`, archive.manifest.kinds[kind.name]!.count)
  const weigh = async ({ source, found }: Pair): Promise<{ change?: Change }> => {
    context.system.stop.check()
    context.system.progress.step()
    return { change: await weighCarried(kind, source, found, weighing, telling) }
  }
  const pairs = carriedPairs(joinByIdentity({ source: archive.every(kind.name), found: listing.items() }))
  for await (const { change } of pMapIterable(pairs, weigh, { concurrency: WEIGHED_AT_ONCE, backpressure: WEIGHED_AT_ONCE * 4 })) yield change
}

/** What is told beside the changes. */
interface Telling {
  packs: LeftPacks
  rewriting: Rewriting
}

interface Pair {
  source: Carried
  found?: Item
}

/** What only the target has is left alone. */
async function* carriedPairs(rows: AsyncIterable<Partial<Pair>>): AsyncGenerator<Pair> {
  for await (const { source, found } of rows) if (source) yield { source, found }
}

/** What is left out is a line of the plan too: every item of the archive is accounted for. */
async function weighCarried(kind: Kind, carried: Carried, found: Item | undefined, weighing: Weighing, { packs, rewriting }: Telling): Promise<Change | undefined> {
  const { item, leftOut } = carried
  if (leftOut !== undefined) return { kind: kind.name, identity: item.identity, action: 'leave', note: leftOut }
  const held = await rewriting.look(kind, carried, weighing.source)
  const weighed = await weighItem(kind, item, found, weighing)
  if (weighed === undefined || weighed.action === 'leave') return weighed
  const change = withRewriting(weighed, carried, held)
  const missing = await packs.neededBy(kind, item)
  return missing === undefined || change.action === 'manual' ? change : { ...change, note: [change.note, missing].filter(Boolean).join('; ') }
}

async function weighItem(kind: Kind, source: Item, found: Item | undefined, weighing: Weighing): Promise<Change | undefined> {
  const about = { kind: kind.name, identity: source.identity }
  if (!found) return { ...about, action: 'create', ...(await kind.weigh?.(source, undefined, [], weighing)) }
  const differences = await kind.compare(source, found, weighing)
  if (differences.length === 0) return undefined
  return { ...about, action: onDifference(kind.name, weighing), before: kind.fingerprint(found), ...(kind.isStranger?.(found) && { stranger: true }), differences, ...(await kind.weigh?.(source, found, differences, weighing)) }
}

function onDifference(kind: string, { settings }: Weighing): Change['action'] {
  return ({ fail: 'conflict', skip: 'skip', overwrite: 'update' } as const)[conflictPolicy(settings, kind)]
}

async function result(plan: Plan, file: string, run: Run, absent: string[]): Promise<StageResult> {
  const { end, header: head } = plan
  const { persons, pushes, lasting } = await highlights(plan)
  return {
    stage: 'plan',
    exit: EXIT.done,
    summary: [
      totals(plan),
      ...absent,
      ...(pushes.length > 0 ? [`publish will push ${counted(pushes.length, 'pack')} before they are installed: ${pushes.join(', ')}`] : []),
      ...persons,
      ...lasting,
      ...(end.told ?? []),
      ...blockerLines(end.blockers, total(end, 'conflict')),
      `plan: ${file}`,
      nextStep(run.record.run, pushes.length > 0, end.blockers.length > 0 || total(end, 'conflict') > 0),
    ],
    data: { run: run.record.run, plan: file, target: head.target.url, identical: end.identical, counts: end.counts, conflicts: total(end, 'conflict'), blockers: end.blockers.slice(0, 40), blockers_total: end.blockers.length, pushes },
  }
}

/** What will stop an apply is put right before it, and planned again. */
const nextStep = (run: string, pushes: boolean, blocked: boolean): string =>
  blocked ? `next: put right what will stop it, then plan again: st2upgrade plan --run ${run}` : `next: st2upgrade ${pushes ? 'publish' : 'apply'} --run ${run}`

const total = (end: PlanEnd, action: Change['action']): number => Object.values(end.counts).reduce((sum, counts) => sum + (counts[action] ?? 0), 0)

/** One line: what an apply would write, by kind, and how much it would not. */
function totals({ header, end }: Plan): string {
  const same = Object.values(end.identical).reduce((a, b) => a + b, 0)
  const ofKinds = (action: Change['action']): string => countedKinds(Object.fromEntries(header.kinds.map((kind) => [kind, end.counts[kind]?.[action] ?? 0])))
  const left = total(end, 'leave')
  const parts: [number, string][] = [
    [total(end, 'create'), `to create (${ofKinds('create')})`],
    [total(end, 'update'), `to overwrite (${ofKinds('update')})`],
    [same, 'there already'],
    [total(end, 'skip'), `skipped: the target keeps another value (${ofKinds('skip')})`],
    [left, left === 1 ? 'left as it is' : 'left as they are'],
    [total(end, 'manual'), 'for a person'],
    [total(end, 'conflict'), 'in conflict'],
  ]
  const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  return told.join(', ') || 'there is nothing in the archive to plan for'
}

/** Entries that an answer names. */
const TOLD = 5

/** What whoever approves must see beside the numbers: what a person has to do, where packs are pushed to, and what no undo takes back. */
async function highlights(plan: Plan): Promise<{ persons: string[]; pushes: string[]; lasting: string[] }> {
  const persons: string[] = []
  const lasting: string[] = []
  const pushes: string[] = []
  for await (const change of plan.changes()) {
    if (change.action === 'manual') persons.push(`for a person: ${change.kind} ${change.identity}: ${change.note ?? ''}${change.advice ? ` (${change.advice})` : ''}`)
    if (persons.length > TOLD) persons.pop()
    if (change.stays !== undefined && (change.action === 'create' || change.action === 'update') && lasting.length < TOLD) lasting.push(`for good: ${change.kind} ${change.identity}: ${change.stays}${change.advice ? ` (${change.advice})` : ''}`)
    if (isPublished(change)) pushes.push(`${change.identity} to ${String(change.details?.url)}`)
  }
  const more = total(plan.end, 'manual') - persons.length
  return { persons: more > 0 ? [...persons, `... and ${more} more for a person: see inspect on the plan`] : persons, pushes, lasting }
}

function blockerLines(blockers: Blocker[], conflicts: number): string[] {
  const lines = blockers.slice(0, 10).map((b) => `apply will stop: ${b.what}${b.unless ? ` (unless ${b.unless.includes('=') ? b.unless : `${b.unless}=true`})` : ''}`)
  if (blockers.length > 10) lines.push(`... and ${blockers.length - 10} more`)
  if (conflicts > 0) lines.push('apply will stop: the target holds other values (plan again with on_conflict=skip or on_conflict=overwrite)')
  return lines
}
