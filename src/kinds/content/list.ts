/**
 * The records of policies and aliases on an instance. All are listed, those of packs too: registering a pack can take another
 * pack's away, so that only the list tells what an instance has.
 */
import { canonicalJson } from '../../core/canonical'
import type { Reading } from '../kind'
import { differingMembers } from '../members'
import { OWN_PACK, SYSTEM_PACKS } from '../packs/item'
import { metadataOf, type Folder, type Named } from '../packs/names'
import { filesBehind } from './behind'
import { toItem, type ContentItem, type Row } from './item'
import { recordRows, type RecordKind } from './records'

export async function* listContent(records: RecordKind, folder: Folder, reading: Reading): AsyncGenerator<ContentItem> {
  if (reading.wanted) yield* listTarget(records, reading)
  else yield* listSource(records, folder, reading)
}

async function* listTarget(records: RecordKind, { instance }: Reading): AsyncGenerator<ContentItem> {
  for await (const row of recordRows(instance.api, records)) if (isOurs(row)) yield toItem(row, !row.metadata_file)
}

/** What StackStorm or this tool's pack ships is never carried: the other instance has its own. */
const isOurs = ({ pack, metadata_file: file }: Row): boolean => pack !== OWN_PACK && !(file && SYSTEM_PACKS.includes(pack))

async function* listSource(records: RecordKind, folder: Folder, reading: Reading): AsyncGenerator<ContentItem> {
  const behind = await filesBehind(reading)
  const metadata = await metadataOf(reading, [folder])
  for await (const row of recordRows(reading.instance.api, records)) {
    if (!isOurs(row)) continue
    const item = toItem(row, !(await behind(row)))
    if (reading.leftOut?.(item)) continue
    tellEdited(records, item, metadata, reading)
    const others = namesakes(item, metadata)
    yield others.length > 0 ? { ...item, shares_name_with: others } : item
  }
}

function namesakes({ pack, name }: ContentItem, metadata: Named[]): string[] {
  return [...new Set(metadata.filter((one) => one.name === name && one.pack !== pack).map((one) => one.pack))].sort()
}

/** Changed through the API, or in a file that was not registered since: the pack's file travels, and what it does not say is told. */
function tellEdited({ word }: RecordKind, item: ContentItem, metadata: Named[], { note }: Reading): void {
  if (item.made) return
  const file = metadata.find((one) => one.pack === item.pack && one.file === item.metadata_file && one.name === item.name)
  if (!file) return
  const members = Object.keys(file.content).filter((name) => name in item && !['pack', 'enabled', 'metadata_file'].includes(name))
  const paths = members.flatMap((name) => differingMembers(plain(file.content[name]), item[name], name)).filter(({ source }) => source !== undefined && source !== null)
  if (paths.length === 0) return
  note(`${word} ${item.identity} is not as its file ${item.metadata_file} says (${paths.map(({ path }) => path).join(', ')}): it was changed through the API, or the file since; the file is carried, as the next registration would use it`)
}

/** As JSON has it: a YAML date becomes its text. */
const plain = (value: unknown): unknown => (value === undefined || value === null ? value : (JSON.parse(canonicalJson(value)) as unknown))
