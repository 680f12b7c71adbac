/**
 * The records of policies and aliases on an instance. All are listed, those of packs too: registering a pack can take another
 * pack's away, so that only the list tells what an instance has.
 */
import type { Reading } from '../kind'
import { OWN_PACK, SYSTEM_PACKS } from '../packs/item'
import { filesBehind } from './behind'
import { ShippedFiles } from './edited'
import { refOf, toItem, type ContentItem, type Row } from './item'
import { recordRows, type RecordKind } from './records'

export async function* listContent(records: RecordKind, reading: Reading): AsyncGenerator<ContentItem> {
  if (reading.wanted) yield* listTarget(records, reading)
  else yield* listSource(records, reading)
}

/** What StackStorm or this tool's pack ships is never carried: the other instance has its own. */
export const isOurs = ({ pack, metadata_file: file }: Row): boolean => pack !== OWN_PACK && !(file && SYSTEM_PACKS.includes(pack))

async function* listTarget(records: RecordKind, reading: Reading): AsyncGenerator<ContentItem> {
  const asShipped = await shippedOnTarget(records, reading)
  for await (const row of recordRows(reading.instance.api, records)) if (isOurs(row) && !asShipped(row)) yield toItem(row, !row.metadata_file)
}

/** For what was edited on the source: whether a row is still as its pack ships it here. */
export async function shippedOnTarget(records: RecordKind, reading: Reading): Promise<(row: Row) => boolean> {
  const edited = new Map<string, ContentItem>()
  for await (const item of reading.wanted!.items(records.kind)) if ((item as ContentItem).edited) edited.set(item.identity, item as ContentItem)
  const packs = new Set([...edited.values()].map(({ pack }) => pack))
  const shipped = await ShippedFiles.read(reading, records.folder, await records.normaliser(reading.instance.api), packs)
  return (row) => edited.has(refOf(row)) && shipped.edited(row)?.length === 0
}

/** Changes of what StackStorm ships itself stay behind: the other instance may have it in another version. */
export function tellBuiltIn({ word }: RecordKind, row: Row, shipped: ShippedFiles, { note }: Pick<Reading, 'note'>): void {
  if (row.pack === OWN_PACK) return
  const edited = shipped.edited(row) ?? []
  if (edited.length > 0) note(`${word} ${refOf(row)}, which StackStorm brings itself, was edited on the old instance (${edited.join(', ')}): that is not carried, and any registration undoes it there`)
}

async function* listSource(records: RecordKind, reading: Reading): AsyncGenerator<ContentItem> {
  const behind = await filesBehind(reading)
  const shipped = await ShippedFiles.read(reading, records.folder, await records.normaliser(reading.instance.api))
  for await (const row of recordRows(reading.instance.api, records)) {
    if (!isOurs(row)) {
      tellBuiltIn(records, row, shipped, reading)
      continue
    }
    const item = toItem(row, !(await behind(row)))
    if (reading.leftOut?.(item)) continue
    const edited = item.made ? [] : (shipped.edited(row) ?? [])
    const others = shipped.namesakes(item)
    yield { ...item, ...(edited.length > 0 ? { edited } : {}), ...(others.length > 0 ? { shares_name_with: others } : {}) }
  }
}
