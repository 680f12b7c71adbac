/**
 * An archive as a plan carries it: without the items that the selection leaves out, and with the host names changed that are
 * to be. Kinds see nothing but this view, so that what is left out counts nowhere as coming, and what is changed is compared
 * and written as it is to be on the target.
 */
import type { Archive } from '../archive/types'
import type { Rewrite } from '../core/host-names'
import type { Item, Rewritten } from '../core/model'
import { KINDS } from '../kinds'
import type { Kind } from '../kinds/kind'
import { ItemRewriter } from './rewrite'
import { Selection, type Selected } from './selection'

/** One item of the archive, and what becomes of it on its way. */
export interface Carried {
  identity: string
  item: Item
  /** Why it is left out. */
  leftOut?: string
  /** Host names that were changed in it. */
  rewritten?: Rewritten[]
  /** Why a host name in it was not changed. */
  kept?: string
}

/** What a plan says of all its items. */
export interface Carrying extends Selected {
  rewrite?: readonly Rewrite[]
}

export interface CarriedArchive extends Archive {
  /** Every item of a kind, those that are left out too. */
  every(kind: string): AsyncGenerator<Carried>
}

/** `carrying`: an item is left out when any of them says so; host names are changed as the first one says. A kind that none of them takes is seen whole: it may be looked up by others. */
export function carriedArchive(archive: Archive, carrying: readonly Carrying[], kinds: readonly Kind[] = KINDS): CarriedArchive {
  const parsed = carrying.map((one) => new Selection(one))
  const rewriter = new ItemRewriter(carrying[0]?.rewrite ?? [], archive)
  async function* every(name: string): AsyncGenerator<Carried> {
    const kind = kinds.find((one) => one.name === name)
    const asked = parsed.filter((selection) => kind && selection.takesKind(name, kind.packless))
    for await (const original of archive.items(name)) {
      const leftOut = kind && asked.map((selection) => selection.leftOut(kind, original)).find((reason) => reason !== undefined)
      const { item, rewritten, kept } = rewriter.rewrite(name, original)
      yield { identity: item.identity, item, ...(leftOut !== undefined && { leftOut }), ...(rewritten.length > 0 && { rewritten }), ...(kept !== undefined && { kept }) }
    }
  }
  async function* items(name: string): AsyncGenerator<Item> {
    for await (const { item, leftOut } of every(name)) if (leftOut === undefined) yield item
  }
  return { ...archive, items, every, member: (name) => rewriter.member(name) }
}
