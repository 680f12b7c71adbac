/**
 * The configurations of an instance: records through the API, secrets included, and the files where they can be reached.
 * Record and file are two things in StackStorm: an edit of the file counts when it is registered.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { sha256 } from '../../core/canonical'
import { nameProblem } from '../../archive/names'
import { parseYaml } from '../../core/yaml11'
import type { Reading } from '../kind'
import { sameValues } from './compare'
import { jsonValues, type ConfigFile, type ConfigItem } from './item'

const OWN_PACK = 'st2upgrade'

interface ConfigRow {
  pack: string
  values?: Record<string, unknown>
}

export async function* listConfigs(reading: Reading): AsyncGenerator<ConfigItem> {
  const { api, files } = reading.instance
  const packs = new Set<string>()
  for await (const { ref } of api.list<{ ref: string }>('/v1/packs', { query: { include_attributes: 'ref' } })) packs.add(ref)
  const schemas = new Set<string>()
  for await (const { pack } of api.list<{ pack: string }>('/v1/config_schemas')) schemas.add(pack)
  const seen = new Set<string>()
  // Without show_secrets the list is masked, and 404 as a whole when one record's pack has no schema.
  for await (const row of api.list<ConfigRow>('/v1/configs', { query: { show_secrets: true } })) {
    seen.add(row.pack)
    if (row.pack === OWN_PACK || reading.leftOut?.({ identity: row.pack, pack: row.pack })) continue
    // On a target it counts even so: the write of its pack's would replace it.
    if (packs.has(row.pack) || reading.wanted) yield await toItem(reading, row, schemas.has(row.pack))
    else remarkOrphan(reading, row.pack)
  }
  if (reading.wanted) yield* unregistered(reading, seen, packs)
  else if (files) await remarkUnused(reading, files.configs, seen, packs)
}

/** On a target: files in the places that the archive's take, of which StackStorm has no record. */
async function* unregistered(reading: Reading, seen: ReadonlySet<string>, packs: ReadonlySet<string>): AsyncGenerator<ConfigItem> {
  for await (const { identity: pack } of reading.wanted!.items('configs')) {
    if (seen.has(pack) || nameProblem(pack) !== undefined) continue
    const found = await readFile(reading, pack)
    if (!found) continue
    const read = parseFile(found.bytes)
    yield { identity: pack, pack, values: 'values' in read ? read.values : {}, schema: false, via: 'files', file: { sha256: sha256(found.bytes), mode: found.mode }, unregistered: packs.has(pack) ? 'file' : 'pack' }
  }
}

async function toItem(reading: Reading, row: ConfigRow, schema: boolean): Promise<ConfigItem> {
  const values = jsonValues(row.values)
  const item: ConfigItem = { identity: row.pack, pack: row.pack, values, schema, via: reading.instance.files ? 'files' : 'api' }
  const found = await readFile(reading, row.pack)
  if (!found) return item
  const { bytes, mode } = found
  const file: ConfigFile = { sha256: sha256(bytes), mode }
  if (reading.instance.side === 'target') return { ...item, file }
  const read = parseFile(bytes)
  if ('broken' in read) {
    reading.note(`config of ${row.pack}: its file cannot be read as YAML (${read.broken}); what StackStorm uses now is carried, the file is not`)
    return item
  }
  if (!sameValues(values, read.values)) reading.note(`config of ${row.pack}: its file was edited and not registered since; the file is carried, as the next registration would use it`)
  const member = `files/configs/${row.pack}.yaml`
  if (reading.stage) await fs.writeFile(await reading.stage(member), bytes, { mode: 0o600 })
  return { ...item, values: read.values, file: { ...file, member } }
}

async function readFile({ instance, note }: Reading, pack: string): Promise<{ bytes: Buffer; mode: number } | undefined> {
  if (!instance.files) return undefined
  const file = path.join(instance.files.configs, `${pack}.yaml`)
  const stat = await fs.stat(file).catch(() => undefined)
  if (!stat?.isFile()) return undefined
  try {
    return { bytes: await fs.readFile(file), mode: stat.mode & 0o777 }
  } catch (error) {
    if ((error as { code?: string }).code !== 'EACCES') throw error
    note(`config of ${pack}: ${file} may not be read by this user; the values come through the API, the file's comments do not`)
    return undefined
  }
}

/** The values that registering the file would store, or why it would fail. */
function parseFile(bytes: Buffer): { values: Record<string, unknown> } | { broken: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const values = parseYaml(text) ?? {}
    if (typeof values !== 'object' || Array.isArray(values)) return { broken: 'it is no mapping' }
    return { values: jsonValues(values) }
  } catch (error) {
    // The text around a mistake may be a secret: only the reason is told.
    return { broken: ((error as { reason?: string }).reason ?? (error as Error).message).split('\n')[0] ?? '' }
  }
}

function remarkOrphan(reading: Reading, pack: string): void {
  reading.remark({
    identity: pack,
    outcome: 'left',
    note: 'there is no pack of this name on the old instance: nothing uses this configuration',
    advice: `if it is needed, install pack ${pack} on the old instance and export again`,
  })
}

/** Files that StackStorm has no record of: edited for a pack that never registered them, or left behind by an uninstall. */
async function remarkUnused(reading: Reading, directory: string, seen: Set<string>, packs: Set<string>): Promise<void> {
  for (const name of (await fs.readdir(directory).catch(() => [])).sort()) {
    const pack = name.replace(/\.yaml$/, '')
    if (pack === name || seen.has(pack) || pack === OWN_PACK) continue
    const why = packs.has(pack) ? 'it was never registered' : 'there is no pack of this name'
    reading.remark({
      identity: pack,
      outcome: 'left',
      note: `${directory}/${name} is not in use on the old instance: ${why}`,
      advice: packs.has(pack) ? `if it is needed, register it there (st2 pack register ${pack} --types configs) and export again` : 'nothing, unless you want the file: then copy it yourself',
    })
  }
}
