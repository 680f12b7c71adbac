/**
 * Before packs land on top of others, what is switched on and off there is journaled as the pre-image of their states: the
 * landing changes it long before activate sets it.
 */
import { joinByIdentity } from '../core/join'
import { KINDS } from '../kinds'
import type { Applying } from './applying'
import { listKind } from './listing'
import { numbered } from './numbers'
import { selectedKinds } from './sides'

/** `packs`: refs of those that are about to be written. */
export async function rememberStates(applying: Applying, packs: ReadonlySet<string>): Promise<void> {
  const { context, settings, target, archive, run, plan, journal } = applying
  const kind = (context.kinds ?? KINDS).find(({ name }) => name === 'states')
  if (!kind || !plan.header.kinds.includes(kind.name) || !selectedKinds(context, settings).includes(kind)) return
  const listing = await listKind({ context, settings, instance: target, kind, workDir: run.workDir, wanted: archive })
  for await (const { change, before } of joinByIdentity({ change: numbered(kind, applying), before: listing.items() })) {
    // Installing any pack registers the runners too, which switches them on.
    const changes = typeof before?.pack !== 'string' || packs.has(before.pack)
    if (!change || !before || !changes || journal.states.get(change.n) !== 'none') continue
    journal.intend(change, before)
  }
}
