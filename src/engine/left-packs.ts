/** Packs that a selection leaves out although something that is carried needs them, and that the target does not have either. */
import type { Item } from '../core/model'
import { KINDS } from '../kinds'
import type { Instance, Kind } from '../kinds/kind'
import type { CarriedArchive } from './carried'
import { packOf, Selection, type Selected } from './selection'

export interface LeftPacks {
  /** What an item needs and will not find, with the reason. Asks the target once for each pack that was left out. */
  neededBy(kind: Kind, item: Item): Promise<string | undefined>
  /** One line for each such pack: who needs it. */
  lines(): string[]
}

const NAMED = 6

export async function leftPacks(archive: CarriedArchive, selected: Selected, target: Instance, kinds: readonly Kind[] = KINDS): Promise<LeftPacks> {
  const reasons = await reasonsFor(archive, selected, kinds)
  const there = new Map<string, Promise<boolean>>()
  const needed = new Map<string, string[]>()
  const onTarget = (pack: string): Promise<boolean> => {
    const asked = there.get(pack) ?? target.api.find(`/v1/packs/${encodeURIComponent(pack)}`).then((found) => found !== undefined)
    there.set(pack, asked)
    return asked
  }
  return {
    neededBy: async (kind, item) => {
      const own = kind.name === 'packs' ? undefined : packOf(kind, item)
      const packs = new Set([...(own === undefined ? [] : [own]), ...(kind.needsPacks?.(item) ?? [])].filter((pack) => reasons.has(pack)))
      const missing: string[] = []
      for (const pack of packs) if (!(await onTarget(pack))) missing.push(pack)
      for (const pack of missing) needed.set(pack, [...(needed.get(pack) ?? []), `${kind.name} ${item.identity}`])
      return missing.length === 0 ? undefined : missing.map((pack) => `it needs pack ${pack}, which is ${reasons.get(pack)} and not on the new instance`).join('; ')
    },
    lines: () =>
      [...needed].map(([pack, by]) => `pack ${pack} is ${reasons.get(pack)}, but needed by ${by.slice(0, NAMED).join(', ')}${by.length > NAMED ? ` and ${by.length - NAMED} more` : ''}`),
  }
}

async function reasonsFor(archive: CarriedArchive, selected: Selected, kinds: readonly Kind[]): Promise<Map<string, string>> {
  const reasons = new Map<string, string>()
  const packs = kinds.find(({ name }) => name === 'packs')
  if (!packs || (!selected.only && !selected.except)) return reasons
  const selection = new Selection(selected)
  for await (const { item } of archive.every('packs')) {
    const reason = selection.leftOut(packs, item)
    if (reason !== undefined) reasons.set(item.identity, reason)
  }
  return reasons
}
