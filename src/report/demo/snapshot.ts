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

export interface Snapshot {
  /** By scope, user and name; secrets in plain text, decrypted by the sandbox itself. */
  keys: Map<string, RawKey>
  /** By pack and path; without `.git` and the packs of StackStorm itself. */
  files: Map<string, RawFile>
  /** The files of `configs`, by name. */
  configs: Map<string, RawFile>
  /** The configurations as StackStorm reads them. */
  configValues: Map<string, string>
  /** Packs, actions, rules, sensors, aliases and policies by reference: what is registered, and whether it is switched on. */
  content: Map<string, string>
  /** Number of API keys: a temporary one that was not deleted again would show. */
  apiKeys: number
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
    const [keys, content, configValues, apiKeys] = await Promise.all([readKeys(clients), readContent(admin), readConfigs(admin), admin.call<unknown[]>('GET', '/v1/apikeys?limit=-1')])
    return {
      keys,
      content,
      configValues,
      apiKeys: apiKeys.length,
      files: readFiles(path.join(stackstorm, 'packs'), (name) => !BUILT_IN.has(name)),
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
  for (const key of lists.flat()) keys.set(key.user === undefined ? `st2kv.system:${key.name}` : `st2kv.user:${key.user}:${key.name}`, key)
  return keys
}

const CONTENT = ['packs', 'actions', 'rules', 'sensortypes', 'actionalias', 'policies'] as const

interface Registered {
  ref: string
  pack?: string
  version?: string
  enabled?: boolean
}

async function readContent(admin: RawClient): Promise<Map<string, string>> {
  const lists = await Promise.all(CONTENT.map((kind) => admin.call<Registered[]>('GET', `/v1/${kind}?limit=-1`)))
  const content = new Map<string, string>()
  lists.forEach((list, i) => {
    for (const { ref, pack, version, enabled } of list) {
      if (!BUILT_IN.has(pack ?? ref)) content.set(`${CONTENT[i]} ${ref}`, JSON.stringify({ version, enabled }))
    }
  })
  return content
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
      if (entry.name === '.git' || (below === '' && !wanted(entry.name))) continue
      if (entry.isDirectory()) walk(name)
      else files.set(name, readFile(path.join(directory, name)))
    }
  }
  walk('')
  return files
}

function readFile(file: string): RawFile {
  return { sha256: sha256(fs.readFileSync(file)), executable: (fs.statSync(file).mode & 0o100) !== 0 }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
