/**
 * The actions of an instance that its packs' files would not make: made through the API, or edited there. Their data files come with the pack, as edits made in it; only what was
 * written into a built-in pack, which is never carried, goes with the action itself.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { sha256 } from '../../core/canonical'
import type { Reading } from '../kind'
import { filesBehind } from '../content/behind'
import { ShippedFiles, type Normal } from '../content/edited'
import { refOf, toItem, type Row } from '../content/item'
import { isOurs, shippedOnTarget, tellBuiltIn } from '../content/list'
import { recordRows, type RecordKind } from '../content/records'
import { SYSTEM_PACKS } from '../packs/item'
import { packRows } from '../packs/rows'
import { isByteCode, walkPack } from '../packs/walk'
import { isMapping } from '../members'
import { readActionFile } from './files'
import { entryFile, type ActionFile, type ActionItem } from './item'
import { withoutDefaults } from './schema-defaults'

export const ACTIONS: RecordKind = { kind: 'actions', path: '/v1/actions', word: 'action', folder: 'actions', normaliser: async () => normal, byBareName: false }

const normal: Normal = ({ description, runner_type, entry_point, parameters, tags, notify, output_schema: schema }) => ({
  description: description ?? undefined,
  runner_type,
  entry_point: entry_point ?? '',
  parameters: parameters ?? {},
  tags: tags ?? [],
  notify: toldOf(notify),
  output_schema: withoutDefaults(schema ?? {}),
})

/** Who is told of the end of an action; old `channels` are routes, what is empty is left out. */
function toldOf(notify: unknown): Record<string, unknown> {
  const events = Object.entries(isMapping(notify) ? notify : {}).filter(([, one]) => isMapping(one) && Object.keys(one).length > 0)
  return Object.fromEntries(
    events.map(([event, one]) => {
      const { message, data, routes, channels } = one as { message?: string; data?: object; routes?: unknown[]; channels?: unknown[] }
      const to = routes?.length ? routes : channels
      return [event, { ...(message && { message }), ...(data && Object.keys(data).length > 0 && { data }), ...(to?.length && { routes: to }) }]
    }),
  )
}

export async function* listActions(reading: Reading): AsyncGenerator<ActionItem> {
  if (reading.wanted) yield* listTarget(reading)
  else yield* listSource(reading)
}

/** What the archive holds is looked at, whatever made it there; what is as its pack ships it, and was edited on the source, is not there yet. */
async function* listTarget(reading: Reading): AsyncGenerator<ActionItem> {
  const wanted = new Map<string, ActionItem>()
  for await (const item of reading.wanted!.items('actions')) wanted.set(item.identity, item as ActionItem)
  const asShipped = await shippedOnTarget(ACTIONS, reading)
  for await (const row of recordRows(reading.instance.api, ACTIONS)) {
    const source = wanted.get(refOf(row))
    if (source && !asShipped(row)) yield withFiles(row, !row.metadata_file, await filesOf(reading, row, source.files.map((file) => file.path)))
  }
}

async function* listSource(reading: Reading): AsyncGenerator<ActionItem> {
  const behind = await filesBehind(reading)
  const shipped = await ShippedFiles.read(reading, 'actions', normal)
  const all: Row[] = []
  for await (const row of recordRows(reading.instance.api, ACTIONS)) {
    if (isOurs(row)) all.push(row)
    else tellBuiltIn(ACTIONS, row, shipped, reading)
  }
  const made: Row[] = []
  for (const row of all) if (!(await behind(row))) made.push(row)
  made.sort((a, b) => (refOf(a) < refOf(b) ? -1 : 1))
  const loose = await looseFiles(reading, all, made)
  for (const row of all) {
    reading.system.stop.check()
    const isMade = made.includes(row)
    const edited = isMade ? [] : (shipped.edited(row) ?? [])
    if ((!isMade && edited.length === 0) || reading.leftOut?.(toItem(row, isMade))) continue
    const item = withFiles(row, isMade, await filesOf(reading, row, isMade ? namesOf(reading, row, loose) : []))
    yield edited.length > 0 ? { ...item, edited } : item
  }
}

const withFiles = (row: Row, made: boolean, files: ActionFile[]): ActionItem => ({ ...toItem(row, made), runner_type: row.runner_type ?? '', entry_point: row.entry_point ?? '', files })

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
