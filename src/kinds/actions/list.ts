/**
 * The actions of an instance that no file stands behind. Their data files come with the pack, as edits made in it; only what was
 * written into a built-in pack, which is never carried, goes with the action itself.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { sha256 } from '../../core/canonical'
import type { Reading } from '../kind'
import { filesBehind } from '../content/behind'
import { refOf, toItem, type Row } from '../content/item'
import { recordRows, type RecordKind } from '../content/records'
import { OWN_PACK, SYSTEM_PACKS } from '../packs/item'
import { packRows } from '../packs/rows'
import { isByteCode, walkPack } from '../packs/walk'
import { readActionFile } from './files'
import { entryFile, type ActionFile, type ActionItem } from './item'

export const ACTIONS: RecordKind = { kind: 'actions', path: '/v1/actions', word: 'action', byBareName: false }

export async function* listActions(reading: Reading): AsyncGenerator<ActionItem> {
  if (reading.wanted) yield* listTarget(reading)
  else yield* listSource(reading)
}

/** What the archive holds is looked at, whatever made it there. */
async function* listTarget(reading: Reading): AsyncGenerator<ActionItem> {
  const wanted = new Map<string, ActionItem>()
  for await (const item of reading.wanted!.items('actions')) wanted.set(item.identity, item as ActionItem)
  for await (const row of recordRows(reading.instance.api, ACTIONS)) {
    const source = wanted.get(refOf(row))
    if (source) yield withFiles(row, await filesOf(reading, row, source.files.map((file) => file.path)))
  }
}

async function* listSource(reading: Reading): AsyncGenerator<ActionItem> {
  const behind = await filesBehind(reading)
  const all: Row[] = []
  for await (const row of recordRows(reading.instance.api, ACTIONS)) all.push(row)
  const made: Row[] = []
  for (const row of all) if (row.pack !== OWN_PACK && !(row.metadata_file && SYSTEM_PACKS.includes(row.pack)) && !(await behind(row))) made.push(row)
  made.sort((a, b) => (refOf(a) < refOf(b) ? -1 : 1))
  const loose = await looseFiles(reading, all, made)
  for (const row of made) {
    reading.system.stop.check()
    if (reading.leftOut?.(toItem(row, true))) continue
    yield withFiles(row, await filesOf(reading, row, namesOf(reading, row, loose)))
  }
}

const withFiles = (row: Row, files: ActionFile[]): ActionItem => ({ ...toItem(row, true), runner_type: row.runner_type ?? '', entry_point: row.entry_point ?? '', files })

/** Which files go with the action: those of a pack that is carried come with it. */
function namesOf({ note }: Reading, row: Row, loose: Map<string, string[]>): string[] {
  const entry = entryFile(row)
  if (row.entry_point && entry === undefined) note(`action ${refOf(row)}: its entry point ${row.entry_point} lies outside of its pack and is not carried`)
  if (!SYSTEM_PACKS.includes(row.pack)) return []
  return [...new Set([...(entry === undefined ? [] : [entry]), ...(loose.get(refOf(row)) ?? [])])].sort()
}

/**
 * Files in the pack `default` that no action names, by the action that carries them: the first one made there. StackStorm keeps
 * no account of which data file came with which action, and ships nothing but README files there.
 */
async function looseFiles(reading: Reading, all: Row[], made: Row[]): Promise<Map<string, string[]>> {
  const first = made.find(({ pack }) => pack === DEFAULT_PACK)
  if (!first) return new Map()
  const named = new Set(all.filter(({ pack }) => pack === DEFAULT_PACK).flatMap((row) => [row.entry_point ?? '', (row.metadata_file ?? '').replace(/^actions\//, '')]))
  const names = (await namesBelow(reading)).filter((name) => !named.has(name) && path.posix.basename(name) !== 'README.md')
  return new Map([[refOf(first), names]])
}

const DEFAULT_PACK = 'default'

async function namesBelow({ instance }: Reading): Promise<string[]> {
  if (instance.files) {
    const directory = path.join(instance.files.packs, DEFAULT_PACK, 'actions')
    return (await isDirectory(directory)) ? (await walkPack(directory)).files.filter(({ link }) => link === undefined).map((file) => file.path) : []
  }
  const row = (await packRows(instance.api)).find(({ ref }) => ref === DEFAULT_PACK)
  return (row?.files ?? []).filter((name) => name.startsWith('actions/') && !name.split('/').some(isByteCode)).map((name) => name.slice('actions/'.length))
}

const isDirectory = async (directory: string): Promise<boolean> => (await fs.stat(directory).catch(() => undefined))?.isDirectory() ?? false

/** The files as they are there; on an export their bytes go into the archive. */
async function filesOf(reading: Reading, row: Row, names: string[]): Promise<ActionFile[]> {
  const files: ActionFile[] = []
  for (const name of names) {
    const found = await readActionFile(reading.instance, row.pack, name)
    if (found === undefined || typeof found === 'string') {
      if (!reading.wanted) reading.note(`action ${refOf(row)}: its file actions/${name} ${found === undefined ? 'is not there' : `cannot be read: ${found}`}`)
      continue
    }
    const member = `files/actions/${row.pack}/${name}`
    if (reading.stage) await fs.writeFile(await reading.stage(member), found.bytes, { mode: 0o600 })
    files.push({ path: name, sha256: sha256(found.bytes), ...(found.exec === undefined ? {} : { exec: found.exec }), ...(reading.stage ? { member } : {}) })
  }
  return files
}
