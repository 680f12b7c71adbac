/**
 * Numbers in the journal for what activate does: a planned change has its own; an item that the plan found as it should be (and
 * that a landing may have switched off since) gets one behind all of the plan's. The same for the same plan and archive, always.
 */
import { joinByIdentity } from '../core/join'
import type { Change } from '../core/model'
import { KINDS } from '../kinds'
import type { Kind } from '../kinds/kind'
import type { Applying } from './applying'
import type { Numbered } from './prospect'

/** Every item of a kind that the plan neither leaves nor hands to a person, in identity order. */
export async function* numbered(kind: Kind, applying: Applying): AsyncGenerator<Numbered> {
  const { plan, archive } = applying
  let next = await firstNumber(kind, applying)
  for await (const { change, item } of joinByIdentity({ change: plan.changes(kind.name), item: archive.items(kind.name) })) {
    if (!item) continue
    const n = next++
    if (!change) yield { kind: kind.name, identity: item.identity, action: 'update', n }
    else if (writes(change)) yield change
  }
}

const writes = ({ action }: Change): boolean => action === 'create' || action === 'update'

async function firstNumber(kind: Kind, { plan, archive, context }: Applying): Promise<number> {
  let first = plan.end.changes
  for (const one of context.kinds ?? KINDS) {
    if (one.name === kind.name) return first
    first += archive.manifest.kinds[one.name]?.count ?? 0
  }
  return first
}
