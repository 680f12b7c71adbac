/**
 * An archive as a plan carries it: without the items that the selection leaves out. Kinds see nothing but this view, so that
 * what is left out counts nowhere as coming.
 */
import type { Archive } from '../archive/types'
import type { Item } from '../core/model'
import { KINDS } from '../kinds'
import type { Kind } from '../kinds/kind'
import { Selection, type Selected } from './selection'

/** One item of the archive, and what becomes of it on its way. */
export interface Carried {
  identity: string
  item: Item
  /** Why it is left out. */
  leftOut?: string
}

export interface CarriedArchive extends Archive {
  /** Every item of a kind, those that are left out too. */
  every(kind: string): AsyncGenerator<Carried>
}

/** `selections`: an item is left out when any of them says so. A kind that none of them takes is seen whole: it may be looked up by others. */
export function carriedArchive(archive: Archive, selections: readonly Selected[], kinds: readonly Kind[] = KINDS): CarriedArchive {
  const parsed = selections.map((one) => new Selection(one))
  async function* every(name: string): AsyncGenerator<Carried> {
    const kind = kinds.find((one) => one.name === name)
    const asked = parsed.filter((selection) => kind && selection.takesKind(name, kind.packless))
    for await (const item of archive.items(name)) {
      const leftOut = kind && asked.map((selection) => selection.leftOut(kind, item)).find((reason) => reason !== undefined)
      yield { identity: item.identity, item, ...(leftOut !== undefined && { leftOut }) }
    }
  }
  async function* items(name: string): AsyncGenerator<Item> {
    for await (const { item, leftOut } of every(name)) if (leftOut === undefined) yield item
  }
  return { ...archive, items, every }
}
