/**
 * What one sandbox holds, read raw: from its API as every user, and from its files. It knows nothing of the engine, so that
 * the demo's proof does not repeat a mistake of what it checks.
 */
import { createHash } from 'crypto'
import * as fs from 'fs'
import * as path from 'path'
import { login, PASSWORD, USERS, type RawClient } from '../../sandbox/estate'

export interface Place {
  apiUrl: string
  authUrl: string
  root: string
}

export interface RawKey {
  id: string
  name: string
  value: string
  secret: boolean
  scope: string
  user?: string
  description?: string
  expire_timestamp?: string
}

/** SHA-256 of a file's bytes, and whether it may be executed. */
export interface RawFile {
  sha256: string
  executable: boolean
}

/** A registered resource. */
export interface RawContent {
  /** What counts of it beyond whether it is switched on: of one made through the API everything that is not its instance's own. */
  text: string
  enabled?: boolean
  /** The kind that carries it, where no file of a pack does. */
  madeAs?: string
}

export interface Snapshot {
  /** By scope, user and name; secrets in plain text, decrypted by the sandbox itself. */
  keys: Map<string, RawKey>
  /** By pack and path; without `.git` and the packs of StackStorm itself, of which only actions that came into `default` count. */
  files: Map<string, RawFile>
  /** The files of `configs`, by name. */
  configs: Map<string, RawFile>
  /** The configurations as StackStorm reads them. */
  configValues: Map<string, string>
  /** Packs, actions, rules, sensors, aliases, policies and trigger types by reference: what is registered, and whether it is switched on. */
  content: Map<string, RawContent>
  /** What is switched off of that which StackStorm itself brings along, runners included. */
  off: Set<string>
  /** By user and the beginning of the hash. A temporary one that was not deleted again would show too. */
  apiKeys: Map<string, string>
  /** SHA-256 of the datastore's crypto key file. */
  cryptoKey: string
}

const BUILT_IN = new Set(['chatops', 'core', 'default', 'examples', 'packs'])

/** Reads everything. Keys of the tool itself (`st2upgrade.`) are read too: they have no business to stay. */
export async function snapshot(place: Place): Promise<Snapshot> {
  const clients = await Promise.all(USERS.map((user) => login(place, user, PASSWORD, 4)))
  const admin = clients[0] as RawClient
  const stackstorm = path.join(place.root, 'opt/stackstorm')
  try {
    const [keys, content, configValues, apiKeys] = await Promise.all([readKeys(clients), readContent(admin), readConfigs(admin), readApiKeys(admin)])
    return {
      keys,
      ...content,
      configValues,
      apiKeys,
      files: readFiles(path.join(stackstorm, 'packs'), (name) => !BUILT_IN.has(name.split(path.sep)[0] as string) || /^default(?:$|\/actions)/.test(name)),
      configs: readFiles(path.join(stackstorm, 'configs')),
      cryptoKey: sha256(fs.readFileSync(path.join(place.root, 'etc/st2/keys/datastore_key.json'))),
    }
  } finally {
    for (const client of clients) client.close()
  }
}

async function readKeys(clients: RawClient[]): Promise<Map<string, RawKey>> {
  const keys = new Map<string, RawKey>()
  const list = (client: RawClient, scope: string): Promise<RawKey[]> => client.call('GET', `/v1/keys?scope=${scope}&limit=-1&decrypt=true`)
  const lists = await Promise.all([list(clients[0] as RawClient, 'system'), ...clients.map((client) => list(client, 'user'))])
  const { version } = await (clients[0] as RawClient).call<{ version: string }>('GET', '/v1/')
  for (const listed of lists.flat()) {
    const key = { ...listed, name: version.startsWith('3.4') ? meant(listed.name) : listed.name }
    keys.set(key.user === undefined ? `st2kv.system:${key.name}` : `st2kv.user:${key.user}:${key.name}`, key)
  }
  return keys
}

/** StackStorm 3.4 keeps each byte of a name as a character of its own. */
function meant(name: string): string {
  const bytes = Buffer.from(name, 'latin1')
  const text = bytes.toString('utf8')
  return bytes.toString('latin1') === name && Buffer.from(text, 'utf8').equals(bytes) ? text : name
}

/** Where resources are listed, and which kind carries those that were made through the API. */
const CONTENT: Record<string, string | undefined> = {
  packs: undefined,
  actions: 'actions',
  rules: 'rules',
  sensortypes: undefined,
  actionalias: 'aliases',
  policies: 'policies',
  triggertypes: 'trigger_types',
}

interface Registered {
  ref: string
  pack?: string
  version?: string
  enabled?: boolean
  metadata_file?: string
}

async function readContent(admin: RawClient): Promise<Pick<Snapshot, 'content' | 'off'>> {
  const content: Snapshot['content'] = new Map()
  const off: Snapshot['off'] = new Set()
  const read = async (where: string, madeAs?: string): Promise<void> => {
    for (const found of await admin.call<Registered[]>('GET', `/v1/${where}?limit=-1&show_secrets=true`)) {
      const { ref, pack = ref, enabled } = found
      const isMade = madeAs !== undefined && !found.metadata_file
      if (!BUILT_IN.has(pack) || (isMade && pack !== 'core')) content.set(`${where} ${ref}`, { text: isMade ? ownText(found) : (found.version ?? ''), ...(enabled !== undefined && { enabled }), ...(isMade && { madeAs }) })
      else if (enabled === false) off.add(`${where} ${ref}`)
    }
  }
  await Promise.all(Object.entries(CONTENT).map(([where, madeAs]) => read(where, madeAs)))
  for (const { name, enabled } of await admin.call<{ name: string; enabled: boolean }[]>('GET', '/v1/runnertypes?limit=-1')) if (!enabled) off.add(`runnertypes ${name}`)
  return { content, off }
}

/** Without what belongs to the one instance alone: ids, who saved it last, the name of a trigger that was made for a rule. */
function ownText(found: Registered): string {
  const { id: _id, uid: _uid, context: _context, enabled: _enabled, metadata_file: _file, trigger, output_schema, ...own } = found as unknown as Record<string, unknown>
  const { ref: _ref, ...waitsFor } = (trigger ?? {}) as Record<string, unknown>
  // Later versions fill an output schema up with what JSON schema means anyway.
  const { properties = {} } = (output_schema ?? {}) as { properties?: unknown }
  return sortedJson({ ...own, trigger: waitsFor, outputs: properties })
}

interface RawApiKey {
  user: string
  key_hash: string
  metadata: unknown
  enabled: boolean
}

async function readApiKeys(admin: RawClient): Promise<Snapshot['apiKeys']> {
  const list = await admin.call<RawApiKey[]>('GET', '/v1/apikeys?limit=-1&show_secrets=true')
  return new Map(list.map(({ user, key_hash, metadata, enabled }) => [`${user} ${key_hash.slice(0, 12)}`, sortedJson({ key_hash, metadata, enabled })]))
}

async function readConfigs(admin: RawClient): Promise<Map<string, string>> {
  const configs = await admin.call<{ pack: string; values: unknown }[]>('GET', '/v1/configs?show_secrets=true&limit=-1')
  return new Map(configs.map(({ pack, values }) => [pack, sortedJson(values)]))
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  )
}

function readFiles(directory: string, wanted: (name: string) => boolean = () => true): Map<string, RawFile> {
  const files = new Map<string, RawFile>()
  const walk = (below: string): void => {
    for (const entry of fs.readdirSync(path.join(directory, below), { withFileTypes: true })) {
      const name = path.join(below, entry.name)
      if (entry.name === '.git' || !wanted(name)) continue
      if (entry.isDirectory()) walk(name)
      else files.set(name, readFile(path.join(directory, name)))
    }
  }
  walk('')
  return files
}

/** A link is where it leads to, whatever is there. */
function readFile(file: string): RawFile {
  if (fs.lstatSync(file).isSymbolicLink()) return { sha256: sha256(Buffer.from(`link ${fs.readlinkSync(file)}`)), executable: false }
  return { sha256: sha256(fs.readFileSync(file)), executable: (fs.statSync(file).mode & 0o100) !== 0 }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
