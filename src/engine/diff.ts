/**
 * diff: two archives, an archive and a living instance, or two living instances, item by item with the members that differ.
 * Reads only. Secrets are compared decrypted where keys are at hand, and never shown.
 */
import { pMapIterable } from 'p-map'
import type { UnsealWith } from '../archive/types'
import { canonicalJson } from '../core/canonical'
import { counted } from '../core/counted'
import type { DatastoreKey as CryptoKey } from '../core/datastore-cipher'
import { EXIT, Refusal } from '../core/exit-codes'
import { joinByIdentity } from '../core/join'
import type { Difference, Item } from '../core/model'
import type { Instance, Kind, Weighing } from '../kinds/kind'
import { NotAtHand } from '../kinds/keys/secrets'
import { SYSTEM_PACKS } from '../kinds/packs/item'
import { KINDS } from '../kinds'
import { JsonLinesFile } from '../system/json-lines'
import { carriedArchive } from './carried'
import { archiveSide, livingSide, type DiffSide } from './diff-sides'
import { inRun, type Run } from './runs'
import { requireSide, selectedKinds, unsealBeside } from './sides'
import { Selection } from './selection'
import type { Stage, StageContext, StageResult, StageSettings } from './types'

export interface DiffOptions {
  /** Path of an archive; the source instance when undefined. */
  a?: string
  /** Path of an archive; the target instance when undefined. */
  b?: string
  unsealA?: UnsealWith
  unsealB?: UnsealWith
  cryptoB?: CryptoKey
  /** Every difference as JSON lines. */
  to?: string
}

/** What became of one pair. `unknown`: they could not be compared. */
const STATES = ['identical', 'differing', 'onlyA', 'onlyB', 'unknown'] as const
type State = (typeof STATES)[number]
type Counts = Record<State, number>

interface Found {
  kind: string
  identity: string
  state: Exclude<State, 'identical'>
  differences?: Difference[]
}

const COMPARED_AT_ONCE = 8
/** Items that an answer names, and members of each. */
const SHOWN = 40
const DETAILS = 5

export const diffStage =
  (options: DiffOptions): Stage =>
  (context, settings) =>
    inRun(context, settings, (run) => diffIn(run, options, { ...context, kinds: context.kinds ?? KINDS }, settings))

async function diffIn(run: Run, options: DiffOptions, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const kinds = selectedKinds(context, settings)
  const keys = [context.sourceCrypto, options.cryptoB, context.source?.crypto, context.target?.crypto].filter((key): key is CryptoKey => key !== undefined)
  const living = [context.source, context.target].filter((one): one is Instance => one !== undefined)
  const open = async (side: 'source' | 'target', file: string | undefined, unseal: UnsealWith | undefined): Promise<DiffSide> =>
    file === undefined ? livingSide(requireSide(context, side), context, settings, run.workDir) : archiveSide(file, await unsealBeside(file, unseal), side, keys, living, run.workDir)
  const a = await open('source', options.a, options.unsealA)
  try {
    const b = await open('target', options.b, options.unsealB)
    try {
      return await compareSides(a, b, kinds, run, options, context, settings)
    } finally {
      await b.close()
    }
  } finally {
    await a.close()
  }
}

async function compareSides(a: DiffSide, b: DiffSide, kinds: Kind[], run: Run, { to }: DiffOptions, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const both = kinds.filter(({ name }) => a.has(name) && b.has(name))
  if (both.length === 0) throw new Refusal('there is nothing to compare: no kind is on both sides', 'name other kinds with only, or other archives', EXIT.usage)
  const counts: Record<string, Counts> = {}
  const unseen: string[] = []
  // What could not be compared hides no difference.
  const [differing, unknown]: [Found[], Found[]] = [[], []]
  const file = to === undefined ? undefined : await JsonLinesFile.create(to)
  try {
    for (const kind of both) {
      const why = await whyNotSeen(kind, a, b)
      if (why !== undefined) {
        unseen.push(`not compared: ${kind.name}: ${why}`)
        continue
      }
      const sums: Counts = (counts[kind.name] = { identical: 0, differing: 0, onlyA: 0, onlyB: 0, unknown: 0 })
      for await (const found of pairsOf(kind, a, b, run, context, settings)) {
        sums[found.state]++
        if (found.state === 'identical') continue
        const among = found.state === 'unknown' ? unknown : differing
        if (among.length < SHOWN) among.push(found as Found)
        await file?.line(canonicalJson(found))
      }
    }
    if (unseen.length === both.length) throw new Refusal(unseen.join('; '), 'run it where the files of both can be reached, or compare archives that were exported there', EXIT.usage)
    await file?.finish()
  } catch (error) {
    await file?.abandon()
    throw error
  }
  return result(a, b, kinds, counts, { shown: [...differing, ...unknown].slice(0, SHOWN), unseen }, to)
}

/** What one side could not look at is no sign that it is not there. */
async function whyNotSeen(kind: Kind, a: DiffSide, b: DiffSide): Promise<string | undefined> {
  await a.items(kind)
  await b.items(kind)
  const [ours, theirs] = [a.unseen(kind.name), b.unseen(kind.name)]
  if (ours === undefined && theirs === undefined) return undefined
  return `${ours ?? theirs} (${ours === undefined ? 'B' : theirs === undefined ? 'A' : 'A and B'})`
}

type Judged = Omit<Found, 'state'> & { state: State }

async function* pairsOf(kind: Kind, a: DiffSide, b: DiffSide, run: Run, context: StageContext, settings: StageSettings): AsyncIterable<Judged> {
  // With names changed in A, the two are compared as a plan that changes them would leave them.
  const weighing: Weighing = { system: context.system, settings, archive: a.archive, source: { instance: a.living, crypto: a.crypto }, target: { ...b.instance, crypto: b.crypto }, phase: 'verify', activity: 'active', workDir: run.workDir }
  const selection = new Selection(settings)
  const [ours, theirs] = [await a.items(kind), await b.items(kind)]
  context.system.progress.stage(`compare ${kind.title}`)
  const judge = async ({ identity, source, found }: { identity: string; source?: Item; found?: Item }): Promise<Judged> => {
    context.system.stop.check()
    context.system.progress.step()
    const about = { kind: kind.name, identity }
    if (!source || !found) return { ...about, ...onOneSide(source ? b : a, kind, identity, source ? 'onlyA' : 'onlyB') }
    const differences = sameText(source, found, a, b) ? [] : await differencesOf(kind, source, found, weighing)
    const state = differences.length === 0 ? 'identical' : differences.every(({ unknown }) => unknown !== undefined) ? 'unknown' : 'differing'
    return { ...about, state, ...(differences.length > 0 && { differences }) }
  }
  const carried = carriedArchive({ ...a.archive, items: () => ours() }, [{ rewrite: settings.rewrite }], [kind])
  async function* selected(): AsyncGenerator<{ identity: string; source?: Item; found?: Item }> {
    for await (const row of joinByIdentity({ source: carried.items(kind.name), found: theirs() })) {
      if (selection.leftOut(kind, (row.source ?? row.found) as Item) === undefined) yield row
    }
  }
  yield* pMapIterable(selected(), judge, { concurrency: COMPARED_AT_ONCE, backpressure: COMPARED_AT_ONCE * 4 })
}

/** What the other side found too, but could not carry, is no sign that it is not there. */
function onOneSide(other: DiffSide, kind: Kind, identity: string, state: 'onlyA' | 'onlyB'): Pick<Judged, 'state' | 'differences'> {
  const remark = other.remarks(kind.name).find((one) => one.identity === identity || covers(one.identity, identity))
  return remark === undefined ? { state } : { state: 'unknown', differences: [{ path: '', unknown: `in ${state === 'onlyA' ? 'B' : 'A'}: ${remark.note}` }] }
}

/** `st2kv.user:alice:*` stands for all keys of a user that were not looked at. */
const covers = (remarked: string, identity: string): boolean => remarked.endsWith(':*') && identity.startsWith(remarked.slice(0, -1))

/** Of one instance at two times (one of which may not know its key), or with one crypto key, equal ciphertext is an equal secret. */
function sameText(source: Item, found: Item, a: DiffSide, b: DiffSide): boolean {
  const [one, other] = [a.archive.manifest, b.archive.manifest]
  const sameKey = one.instance.id === other.instance.id ? one.cryptoKey === undefined || other.cryptoKey === undefined || one.cryptoKey === other.cryptoKey : one.cryptoKey !== undefined && one.cryptoKey === other.cryptoKey
  return sameKey && canonicalJson(source) === canonicalJson(found)
}

async function differencesOf(kind: Kind, source: Item, found: Item, weighing: Weighing): Promise<Difference[]> {
  try {
    return await kind.compare(source, found, weighing)
  } catch (error) {
    if (!(error instanceof NotAtHand)) throw error
    return [{ path: '', unknown: error.message }]
  }
}

function result(a: DiffSide, b: DiffSide, kinds: Kind[], counts: Record<string, Counts>, { shown, unseen }: { shown: Found[]; unseen: string[] }, to: string | undefined): StageResult {
  const total = (state: State): number => Object.values(counts).reduce((sum, one) => sum + one[state], 0)
  const different = total('differing') + total('onlyA') + total('onlyB')
  const found = STATES.filter((state) => state !== 'identical').reduce((sum, state) => sum + total(state), 0)
  const without = kinds.filter(({ name }) => !a.has(name) || !b.has(name)).map(({ name }) => `not compared: ${name}: ${a.has(name) ? 'B' : b.has(name) ? 'A' : 'each'} was exported without them`)
  const absent = [...without, ...unseen]
  const empty = Object.entries(counts).filter(([, sums]) => !someIn(sums)).map(([kind]) => kind)
  return {
    stage: 'diff',
    exit: different > 0 ? EXIT.differences : total('unknown') > 0 ? EXIT.needsPerson : EXIT.done,
    summary: [
      verdict(total, different),
      `A: ${describe(a)}`,
      `B: ${describe(b)}`,
      ...Object.entries(counts).filter(([, sums]) => someIn(sums)).map(([kind, sums]) => `${kind}: ${STATES.filter((state) => sums[state] > 0).map((state) => `${sums[state]} ${WORDS[state]}`).join(', ')}`),
      ...(empty.length > 0 ? [`nothing on either side: ${empty.join(', ')}`] : []),
      ...absent,
      ...keptLines(a, b),
      ...shown.map(told),
      ...(found > shown.length ? [`... and ${found - shown.length} more${to === undefined ? ' (to=FILE writes all of them)' : ''}`] : []),
      ...beside(a, b, kinds),
      ...(to === undefined ? [] : [`all differences: ${to}`]),
    ],
    data: { a: facts(a), b: facts(b), counts, differing: shown.map((one) => ({ ...one, ...(one.differences && { differences: one.differences.slice(0, DETAILS) }) })), differing_total: found, not_compared: absent, ...(to !== undefined && { to }) },
  }
}

function verdict(total: (state: State) => number, different: number): string {
  const compared = STATES.reduce((sum, state) => sum + total(state), 0)
  if (different > 0) return `A and B differ: ${STATES.slice(1).filter((state) => total(state) > 0).map((state) => `${total(state)} ${WORDS[state]}`).join(', ')}`
  if (total('unknown') > 0) return `no difference was found, but ${counted(total('unknown'), 'item')} could not be compared`
  return `A and B hold the same: ${counted(compared, 'item')} compared`
}

const WORDS: Record<State, string> = { identical: 'identical', differing: 'differing', onlyA: 'only in A', onlyB: 'only in B', unknown: 'not comparable' }

function told({ kind, identity, state, differences = [] }: Found): string {
  const details = differences.slice(0, DETAILS).map((d) => (d.unknown !== undefined ? d.unknown : `${d.path}${d.source === undefined && d.target === undefined ? '' : `: ${d.source ?? 'absent'} in A, ${d.target ?? 'absent'} in B`}`))
  const more = differences.length > DETAILS ? ` and ${differences.length - DETAILS} more` : ''
  return `${WORDS[state]}: ${kind} ${identity}${details.length > 0 ? `: ${details.join('; ')}${more}` : ''}`
}

function describe({ label, archive: { manifest, sha256 } }: DiffSide): string {
  const { url, version } = manifest.instance
  return sha256 === '' ? `${label} (StackStorm ${version}), as it is now` : `${label}: ${url} (StackStorm ${version}) as exported ${manifest.started}`
}

function facts({ label, archive: { manifest, sha256 } }: DiffSide): Record<string, unknown> {
  return { of: label, instance: manifest.instance, time: manifest.started, ...(sha256 !== '' && { sha256 }) }
}

/** Records of the past are kept to be looked at; no two instances have the same ones. */
function keptLines(a: DiffSide, b: DiffSide): string[] {
  const names = [...new Set([a, b].flatMap(({ archive: { manifest } }) => Object.keys(manifest.kept ?? {})))]
  return names.length === 0 ? [] : [`not compared: ${names.join(', ')}: they are kept only to be looked at (history)`]
}

const someIn = (sums: Counts): boolean => STATES.some((state) => sums[state] > 0)

/** What a side could not read or carry was not compared either; what StackStorm itself ships is no part of an instance. */
function beside(a: DiffSide, b: DiffSide, kinds: Kind[]): string[] {
  const of = (side: DiffSide): string[] => kinds.flatMap(({ name }) => side.remarks(name).filter(({ identity }) => name !== 'packs' || !SYSTEM_PACKS.includes(identity)).map(({ identity, note }) => `${name} ${identity}: ${note}`))
  const [ours, theirs] = [of(a), of(b)]
  const lines = [...ours.map((one) => `not compared in ${theirs.includes(one) ? 'A and B' : 'A'}: ${one}`), ...theirs.filter((one) => !ours.includes(one)).map((one) => `not compared in B: ${one}`)]
  return lines.length > REMARKS ? [...lines.slice(0, REMARKS), `... and ${lines.length - REMARKS} more that were not compared`] : lines
}

const REMARKS = 6
