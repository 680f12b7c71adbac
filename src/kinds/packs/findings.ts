/**
 * What an export finds out about packs beside the packs themselves, told as facts: names that collapse when packs are
 * registered, records whose file is gone, directories that are called otherwise than their pack. Reads only.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { parseYaml } from '../../core/yaml11'
import { filesBehind } from '../content/behind'
import type { Row } from '../content/item'
import type { Reading } from '../kind'
import { OWN_PACK, SYSTEM_PACKS } from './item'
import { FOLDERS, metadataOf, type Named } from './names'
import type { PackRow } from './rows'

export async function tellFindings(reading: Reading, rows: PackRow[]): Promise<void> {
  const metadata = (await metadataOf(reading, FOLDERS)).filter(({ pack }) => pack !== OWN_PACK)
  await tellSharedNames(reading, metadata)
  tellDoubles(reading, metadata)
  await tellFileless(reading)
  await tellOtherNames(reading, rows)
}

const byKey = <T>(all: T[], keyOf: (one: T) => string): [string, T[]][] => {
  const groups = new Map<string, T[]>()
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one])
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
}

const BARE: readonly [folder: Named['folder'], one: string, many: string, path: string][] = [
  ['policies', 'policy', 'policies', '/v1/policies'],
  ['aliases', 'alias', 'aliases', '/v1/actionalias'],
]

/** Registering looks these up by their bare name: the pack that is registered last has it. */
async function tellSharedNames({ instance, note }: Reading, metadata: Named[]): Promise<void> {
  for (const [folder, one, many, list] of BARE) {
    const shared = byKey(metadata.filter((file) => file.folder === folder), ({ name }) => name).filter(([, files]) => new Set(files.map(({ pack }) => pack)).size > 1)
    if (shared.length === 0) continue
    const there = new Map<string, string[]>()
    for await (const { name, ref } of instance.api.list<{ name: string; ref: string }>(list, { query: { include_attributes: 'ref,name' } })) there.set(name, [...(there.get(name) ?? []), ref])
    for (const [name, files] of shared) {
      const packs = [...new Set(files.map(({ pack }) => pack))].sort().join(', ')
      const now = there.get(name) ?? []
      note(`packs ${packs} each bring a ${one} called ${name}: StackStorm registers ${many} by their bare name, so that one takes the place of the other; the old instance has ${now.length > 0 ? now.sort().join(', ') : 'none of them'}, and so will the new one`)
    }
  }
}

/** Two files of one pack that name the same thing. */
function tellDoubles({ note }: Reading, metadata: Named[]): void {
  for (const [key, files] of byKey(metadata, ({ pack, folder, name }) => `pack ${pack}: ${folder} ${name}`)) {
    if (files.length > 1) note(`${key} is in ${files.map(({ file }) => file).join(' and ')}: only one of them is registered`)
  }
}

const RECORDS: readonly [word: string, path: string][] = [
  ['action', '/v1/actions'],
  ['rule', '/v1/rules'],
  ['sensor', '/v1/sensortypes'],
  ['alias', '/v1/actionalias'],
  ['policy', '/v1/policies'],
]

/** A newer version of a pack, installed over an older one, leaves in the database what it no longer has. */
async function tellFileless(reading: Reading): Promise<void> {
  const behind = await filesBehind(reading)
  for (const [word, list] of RECORDS) {
    for await (const row of reading.instance.api.list<Row>(list, { query: { include_attributes: 'ref,pack,metadata_file' } })) {
      if (!row.metadata_file || row.pack === OWN_PACK || SYSTEM_PACKS.includes(row.pack) || (await behind(row))) continue
      const fate = word === 'sensor' ? 'it is not carried: StackStorm makes no sensor without its file' : 'it does not come with the pack any more'
      reading.note(`${word} ${row.ref} was registered from ${row.metadata_file}, which is no longer in pack ${row.pack}: ${fate}`)
    }
  }
}

/** What is registered goes by the directory's name, what an install makes of it by the pack's. */
async function tellOtherNames({ instance: { files }, note }: Reading, rows: PackRow[]): Promise<void> {
  const found: { directory: string; ref: string }[] = []
  for (const { ref, path: where } of rows) if (where && !SYSTEM_PACKS.includes(ref)) found.push({ directory: path.basename(where), ref })
  for (const directory of files ? await fs.readdir(files.packs).catch(() => [] as string[]) : []) {
    const ref = await refIn(path.join(files!.packs, directory))
    if (ref !== undefined && !found.some((one) => one.directory === directory)) found.push({ directory, ref })
  }
  for (const { directory, ref } of found) if (directory !== ref) note(`the directory ${directory} holds a pack that calls itself ${ref}: what is registered from it goes by ${directory}, an install would call it ${ref}`)
  for (const [ref, all] of byKey(found, (one) => one.ref)) if (all.length > 1) note(`the directories ${all.map(({ directory }) => directory).sort().join(', ')} all call themselves pack ${ref}: StackStorm keeps one record for them`)
}

async function refIn(directory: string): Promise<string | undefined> {
  try {
    const metadata = parseYaml(await fs.readFile(path.join(directory, 'pack.yaml'), 'utf8')) as { ref?: unknown } | null
    return typeof metadata?.ref === 'string' ? metadata.ref : undefined
  } catch {
    return undefined
  }
}
