/**
 * A second look at the target before the first write: which changes of a plan are still to be made, which are there
 * already (from an earlier, stopped apply), and which the target no longer fits.
 */
import { joinByIdentity } from '../core/join'
import type { Change, Item } from '../core/model'
import type { Kind, Weighing } from '../kinds/kind'
import type { Applying } from './applying'
import { listKind, type Listing } from './listing'

export type Numbered = Change & { n: number }

export interface ToWrite {
  change: Numbered
  item: Item
  before?: Item
}

export interface Prospect {
  /** Items that are neither as they were when planned nor as planned. */
  drifted: string[]
  /** Number of changes still to be written. */
  count: number
  weighing: Weighing
  toWrite(): AsyncGenerator<ToWrite>
}

export async function lookAgain(kind: Kind, weighing: Weighing, applying: Applying): Promise<Prospect> {
  const { context, settings, target, archive, run } = applying
  const listing = await listKind({ context, settings, instance: target, kind, workDir: run.workDir, wanted: archive })
  const done = new Set<number>()
  const drifted: string[] = []
  let count = 0
  for await (const row of rows(kind, listing, applying)) {
    context.system.stop.check()
    const state = await stateOf(kind, row, weighing, applying)
    if (state === 'drifted') drifted.push(row.change.identity)
    if (state === 'done') done.add(row.change.n)
    if (state === 'open') count++
  }
  return {
    drifted,
    count,
    weighing,
    toWrite: async function* () {
      for await (const row of rows(kind, listing, applying)) if (!done.has(row.change.n)) yield row
    },
  }
}

/** The plan's writes of this kind, each with the item and with what the target has now. */
async function* rows(kind: Kind, listing: Listing, { plan, archive }: Applying): AsyncGenerator<ToWrite> {
  const streams = { change: writesOf(plan.changes(kind.name)), item: archive.items(kind.name), before: listing.items() }
  for await (const { change, item, before } of joinByIdentity(streams)) {
    if (change && item) yield { change, item, before }
  }
}

async function* writesOf(changes: AsyncIterable<Numbered>): AsyncGenerator<Numbered> {
  for await (const change of changes) if (change.action === 'create' || change.action === 'update') yield change
}

type State = 'open' | 'done' | 'drifted'

/** An intent without a confirmation, and a write that failed (an install can leave half a pack), are our own half-done work: whatever stands there is to be written again. */
async function stateOf(kind: Kind, { change, item, before }: ToWrite, weighing: Weighing, { journal }: Applying): Promise<State> {
  if (before && (await kind.compare(item, before, weighing)).length === 0) {
    if (!journal.states.get(change.n).match(/^(carried|transformed)$/)) journal.confirm(change, { outcome: change.transformed ? 'transformed' : 'carried', note: change.note })
    return 'done'
  }
  if (journal.states.get(change.n) === 'left') return 'done'
  if (['intent', 'failed'].includes(journal.states.get(change.n))) return 'open'
  return (before && kind.fingerprint(before)) === change.before ? 'open' : 'drifted'
}
