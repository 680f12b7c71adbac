/**
 * Places inside that hold the old host name: members of items, lines of files. Only the place is told, never what stands there:
 * next to a host name there often stands a password.
 */
import * as path from 'path'
import pMap from 'p-map'
import { decrypt } from '../../core/datastore-cipher'
import type { HostNames } from '../../core/host-names'
import type { Item } from '../../core/model'
import type { KeyItem } from '../../kinds/keys'
import { openBundle } from '../../kinds/packs/bundles'
import type { PackItem } from '../../kinds/packs/item'
import { walkPack } from '../../kinds/packs/walk'
import { heldIn } from './held'
import { textOf } from './side'
import type { Entry, Looking } from './types'

const REWRITES = 'plan with rewrite= changes it on its way'

/** What is looked into, and the members that only say what an item is. */
const LOOKED_INTO: Record<string, readonly string[]> = {
  configs: ['pack', 'file', 'schema', 'via'],
  rules: [],
  policies: [],
  aliases: [],
  actions: ['files'],
  trigger_types: [],
}

export async function* inside(looking: Looking, names: HostNames): AsyncGenerator<Entry> {
  if (looking.oldHosts.length === 0) {
    looking.missed('no host name of the old instance is known: give its names with old_names to find the places that hold them')
    return
  }
  yield* inKeys(looking, names)
  for (const [kind, without] of Object.entries(LOOKED_INTO)) {
    for await (const item of looking.side.items(kind)) {
      const places = heldIn(item, names, [...IDENTIFYING, ...without])
      if (kind === 'configs') places.push(...(await linesOfConfig(looking, item, names)))
      if (places.length > 0) yield entry(`${kind} ${item.identity}`, places, names, REWRITES)
    }
  }
  for await (const pack of looking.side.items('packs')) yield* inPack(looking, pack as PackItem, names)
  for (const { place, text } of await looking.side.hostFiles()) {
    const lines = linesIn(text, names)
    if (lines.length > 0) yield entry(place, lines, names, 'put the new name in when you take this file over')
  }
}

export const IDENTIFYING: readonly string[] = ['identity', 'name', 'ref', 'pack', 'id', 'uid', 'user', 'metadata_file', 'entry_point', 'runner_type']

function entry(old: string, places: string[], names: HostNames, todo: string): Entry {
  return { section: 'inside', old, new: names.rewrites[0]!.to, evidence: `${places.slice(0, SHOWN).join(', ')}${places.length > SHOWN ? ` and ${places.length - SHOWN} more` : ''}`, todo }
}

const SHOWN = 12

async function* inKeys({ side, missed }: Looking, names: HostNames): AsyncGenerator<Entry> {
  let closed = 0
  for await (const item of side.items('keys')) {
    const key = item as KeyItem
    const text = key.secret ? opened(key, side.of.crypto) : key.value
    if (text === undefined) closed++
    else if (names.in(text).size > 0) yield entry(`keys ${key.identity}`, [key.secret ? 'its secret value' : 'its value'], names, key.secret ? 'a secret is not rewritten: set it anew on the new instance' : REWRITES)
  }
  if (closed > 0) missed(`${closed} secret keys could not be looked into: the datastore's crypto key is not at hand`)
}

function opened({ value }: KeyItem, crypto: Parameters<typeof decrypt>[1] | undefined): string | undefined {
  try {
    return crypto && decrypt(value, crypto)
  } catch {
    return undefined
  }
}

const linesIn = (text: string, names: HostNames): string[] => {
  if (names.in(text).size === 0) return []
  return text.split('\n').flatMap((line, at) => (names.in(line).size > 0 ? [`line ${at + 1}`] : []))
}

/** The file, comments included. */
async function linesOfConfig({ side }: Looking, item: Item, names: HostNames): Promise<string[]> {
  const { member } = (item.file ?? {}) as { member?: string }
  const file = side.files ? path.join(side.files.configs, `${item.identity}.yaml`) : member === undefined ? undefined : side.of.archive.member(member)
  const text = file === undefined ? undefined : await textOf(file)
  return text === undefined ? [] : linesIn(text, names).map((line) => `file ${line}`)
}

async function* inPack(looking: Looking, pack: PackItem, names: HostNames): AsyncGenerator<Entry> {
  const places = looking.side.isArchive ? await linesOfHistory(looking, pack, names) : looking.side.files ? await linesOnDisk(looking, pack, names) : await linesThroughApi(looking, pack, names)
  if (places.length > 0) yield entry(`packs ${pack.identity}`, places, names, "change it in the pack's repository, or on the new instance")
}

/** One question to git for all files of the commit. */
async function linesOfHistory({ side, missed }: Looking, { identity, head }: PackItem, names: HostNames): Promise<string[]> {
  if (head === undefined) return []
  try {
    const { git, repo } = await openBundle({ system: side.system, archive: side.of.archive, workDir: side.workDir }, identity)
    const patterns = names.rewrites.flatMap(({ from }) => ['-e', from])
    const { code, stdout, stderr } = await git.try(['grep', '-n', '-I', '-i', '-F', '--full-name', '-z', ...patterns, head, '--'], { gitDir: repo })
    if (code > 1) throw new Error(stderr.trim())
    return stdout.toString('utf8').split('\n').flatMap((line) => {
      const [, file, number, text] = /^[^:]*:([^\0]*)\0(\d+)[\0:]([^]*)$/.exec(line) ?? []
      return text !== undefined && names.in(text).size > 0 ? [`${file}:${number}`] : []
    })
  } catch (error) {
    missed(`the files of pack ${identity} could not be looked through: ${(error as Error).message}`)
    return []
  }
}

async function linesOnDisk({ side, missed }: Looking, { identity }: PackItem, names: HostNames): Promise<string[]> {
  const directory = path.join(side.files!.packs, identity)
  const walked = await walkPack(directory).catch(() => undefined)
  if (!walked) missed(`the files of pack ${identity} could not be looked through: ${directory} cannot be read`)
  const found: string[] = []
  for (const file of walked?.files ?? []) {
    side.system.stop.check()
    if (file.link !== undefined) continue
    const text = await textOf(Buffer.concat([Buffer.from(directory + path.sep), file.raw]).toString())
    if (text !== undefined) found.push(...linesIn(text, names).map((line) => `${file.path}:${line.slice('line '.length)}`))
  }
  return found
}

const AT_ONCE = 4

async function linesThroughApi({ side, missed }: Looking, { identity, files }: PackItem, names: HostNames): Promise<string[]> {
  const { api } = side.of.instance
  let unread = 0
  const found = await pMap(
    files.filter(({ link }) => link === undefined),
    async ({ path: file }) => {
      side.system.stop.check()
      const bytes = await api.getBytes(`/v1/packs/views/file/${encodeURIComponent(identity)}/${file.split('/').map(encodeURIComponent).join('/')}`).catch(() => undefined)
      if (!bytes) unread++
      return bytes && !bytes.includes(0) ? linesIn(bytes.toString('utf8'), names).map((line) => `${file}:${line.slice('line '.length)}`) : []
    },
    { concurrency: AT_ONCE },
  )
  if (unread > 0) missed(`${unread} files of pack ${identity} cannot be read through the API`)
  return found.flat()
}

