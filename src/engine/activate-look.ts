/** What activate has still to do: for each item of the kinds that are staged or land switched off, how it stands on the target. */
import { EXIT, Refusal } from '../core/exit-codes'
import { joinByIdentity } from '../core/join'
import { KINDS } from '../kinds'
import type { Kind, Writing } from '../kinds/kind'
import type { Applying } from './applying'
import { listKind, type Listing } from './listing'
import { numbered } from './numbers'
import type { Prospect, ToWrite } from './prospect'
import { selectedKinds } from './sides'
import { writingOf } from './with-plan'

export interface Pending {
  kind: Kind
  prospect: Prospect
  /** Set where the one global file is kept apart from those of packs. */
  global?: boolean
}

interface Wanted {
  /** All of the run: what belongs to no pack too. */
  whole: boolean
  only?: 'staged' | 'activated'
}

/** Looks at every kind; refuses (exit 6) when a file that is to be written is not as it was planned. */
export async function lookBeforeActivation(applying: Applying, { whole, only }: Wanted): Promise<Pending[]> {
  const { context, settings, plan } = applying
  const all = (context.kinds ?? KINDS).filter((kind) => plan.header.kinds.includes(kind.name) && selectedKinds(context, settings).includes(kind))
  const kinds = [...all.filter((kind) => kind.staged && only !== 'activated'), ...all.filter((kind) => kind.activated && only !== 'staged')]
  const found: Pending[] = []
  for (const kind of kinds) found.push({ kind, prospect: await prospectOf(kind, applying, whole) })
  const drifted = found.flatMap(({ kind, prospect }) => prospect.drifted.map((identity) => `${kind.name} ${identity}`))
  if (drifted.length > 0) throw new Refusal(`the target changed since the plan: ${drifted.join(', ')}`, `look at them, then plan and apply again: st2upgrade plan --run ${settings.run}`, EXIT.targetChanged, drifted)
  return found
}

async function prospectOf(kind: Kind, applying: Applying, whole: boolean): Promise<Prospect> {
  const { context, settings, target, archive, run } = applying
  const writing: Writing = { ...(await writingOf(kind, applying)), activity: 'active' }
  const listing = await listKind({ context, settings, instance: target, kind, workDir: run.workDir, wanted: archive })
  const open = new Set<number>()
  const drifted: string[] = []
  for await (const row of rows(kind, listing, applying, whole)) {
    context.system.stop.check()
    const state = await stateOf(kind, row, applying, writing)
    if (state === 'drifted') drifted.push(row.change.identity)
    if (state === 'open') open.add(row.change.n)
  }
  return {
    drifted,
    count: open.size,
    weighing: writing,
    toWrite: async function* () {
      for await (const row of rows(kind, listing, applying, whole)) if (open.has(row.change.n)) yield asWritten(kind, row)
    },
  }
}

/** What came with its pack was not there before the run: an undo finds no earlier state to go back to. */
function asWritten(kind: Kind, { change, item, before }: ToWrite): ToWrite {
  return change.action === 'create' && kind.sets ? { change, item } : { change, item, before }
}

async function* rows(kind: Kind, listing: Listing, applying: Applying, whole: boolean): AsyncGenerator<ToWrite> {
  const { archive } = applying
  for await (const { change, item, before } of joinByIdentity({ change: numbered(kind, applying), item: archive.items(kind.name), before: listing.items() })) {
    if (change && item && (whole || item.pack !== undefined)) yield { change, item, before }
  }
}

type State = 'done' | 'open' | 'drifted'

async function stateOf(kind: Kind, { change, item, before }: ToWrite, applying: Applying, writing: Writing): Promise<State> {
  const { journal, run } = applying
  const state = journal.states.get(change.n)
  if (before && (await kind.compare(item, before, writing)).length === 0) {
    if (state === 'intent') journal.confirm(change, { outcome: 'carried', note: change.note })
    return 'done'
  }
  if (kind.staged) return !kind.sets && state === 'none' && (before && kind.fingerprint(before)) !== change.before ? 'drifted' : 'open'
  if (!before && ['failed', 'manual', 'left'].includes(state)) return 'done'
  // Once packs are registered again, what was edited in them is as they ship it: no person's doing.
  if (run.record.activating !== undefined || (state !== 'carried' && state !== 'transformed')) return 'open'
  const asLanded = before && (await kind.compare(item, before, { ...writing, activity: 'quiet' })).length === 0
  return asLanded ? 'open' : 'drifted'
}
