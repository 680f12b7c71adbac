/** The packs of a run, for activating them one by one. */
import type { Archive } from '../archive/types'
import { EXIT, Refusal } from '../core/exit-codes'
import { KINDS } from '../kinds'
import type { Applying } from './applying'
import { numbered } from './numbers'

/** Every pack that the run brings, or of which it sets something. */
export async function everyPack(applying: Applying): Promise<string[]> {
  const { context, plan } = applying
  const packs = new Set<string>()
  for (const kind of context.kinds ?? KINDS) {
    if (!plan.header.kinds.includes(kind.name) || !(kind.name === 'packs' || kind.staged || kind.activated)) continue
    const identities = new Set<string>()
    // What was there as it should be belongs to the run only as a part of its packs.
    for await (const { identity, n } of numbered(kind, applying)) if (kind.name === 'packs' || n < plan.end.changes) identities.add(identity)
    for await (const item of applying.archive.items(kind.name)) {
      const pack = kind.name === 'packs' ? item.identity : item.pack
      if (typeof pack === 'string' && identities.has(item.identity)) packs.add(pack)
    }
  }
  return [...packs].sort()
}

/** A mistyped name must not pass for a pack that is active now. */
export async function refuseUnknownPacks(applying: Applying): Promise<void> {
  const { packs } = applying.settings
  if (!packs) return
  const all = await everyPack(applying)
  const unknown = packs.filter((pack) => !all.includes(pack))
  if (unknown.length > 0) throw new Refusal(`the run brings no pack ${unknown.join(', ')}`, `its packs are: ${all.join(', ')}`, EXIT.usage)
}

/** The archive as if it held these packs alone, for the kinds that activate looks at. */
export function inPacks({ archive }: Applying, packs: readonly string[]): Archive {
  return {
    ...archive,
    items: async function* (kind) {
      for await (const item of archive.items(kind)) if (packs.includes(String(kind === 'packs' ? item.identity : item.pack))) yield item
    },
  }
}
