/** Small trees of files below a root, and what stands there, for tests of kinds whose items are files. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { filesBelow } from '../../src/engine/instance'
import type { Archive } from '../../src/archive/types'
import type { Item, Remark } from '../../src/core/model'
import type { Instance, InstanceFiles, Kind, Reading, Settings, Writing } from '../../src/kinds/kind'
import { testSystem } from './system'

export const tempRoot = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'st2-files-'))

/** Paths below the root; a text, or a text with a mode. */
export function plant(root: string, files: Record<string, string | { text: string | Buffer; mode: number }>): void {
  for (const [name, file] of Object.entries(files)) {
    const at = path.join(root, name)
    fs.mkdirSync(path.dirname(at), { recursive: true })
    fs.writeFileSync(at, typeof file === 'string' ? file : file.text)
    fs.chmodSync(at, typeof file === 'string' ? 0o644 : file.mode)
  }
}

/** Every file below a directory with its mode and content. */
export function treeOf(root: string, directory = ''): Record<string, string> {
  const found: Record<string, string> = {}
  for (const entry of fs.existsSync(path.join(root, directory)) ? fs.readdirSync(path.join(root, directory), { withFileTypes: true }) : []) {
    const name = path.join(directory, entry.name)
    if (entry.isDirectory()) Object.assign(found, treeOf(root, name))
    else found[name] = `${(fs.lstatSync(path.join(root, name)).mode & 0o777).toString(8)} ${fs.readFileSync(path.join(root, name), 'utf8')}`
  }
  return found
}

export interface Listed<T extends Item> {
  items: T[]
  remarks: Remark[]
  notes: string[]
}

export interface Side {
  root: string
  side: 'source' | 'target'
  version?: string
  /** Without: only the API can be asked. */
  files?: false
}

export const SETTINGS: Settings = { run: 'r1', otherUsers: false, users: [], servePacks: false, onConflict: 'fail', landing: 'active' }

const trees = new Map<string, InstanceFiles>()

/** An instance of files alone. */
export function instanceOf({ root, side, version = side === 'source' ? '3.8.1' : '3.9.0', files }: Side): Instance {
  if (!trees.has(root)) trees.set(root, filesBelow(root))
  return { side, api: {} as Instance['api'], url: `https://${side}.example.org`, id: side, version, user: 'st2admin', isAdmin: true, rbac: false, files: files === false ? undefined : trees.get(root) }
}

/** What a kind lists. `staging`: where the archive's members go. */
export async function listed<T extends Item>(kind: Kind<T>, side: Side, more: { staging?: string; wanted?: Archive } = {}): Promise<Listed<T>> {
  const found: Listed<T> = { items: [], remarks: [], notes: [] }
  const stage = async (member: string): Promise<string> => {
    const file = path.join(more.staging!, member)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    return file
  }
  const reading: Reading = {
    system: testSystem(),
    instance: instanceOf(side),
    settings: SETTINGS,
    remark: (remark) => found.remarks.push(remark),
    note: (text) => found.notes.push(text),
    workDir: os.tmpdir(),
    ...(more.staging !== undefined && { stage }),
    ...(more.wanted && { wanted: more.wanted }),
  }
  for await (const item of kind.list(reading)) found.items.push(item)
  return found
}

/** An archive of one kind's items, with the members that were staged. */
export function archiveOf(kind: string, items: Item[], staging: string, version = '3.8.1'): Archive {
  return {
    manifest: { instance: { id: 'source', url: 'https://source.example.org', version, user: 'st2admin', rbac: false }, kinds: { [kind]: { count: items.length, fingerprint: '' } } } as unknown as Archive['manifest'],
    sha256: '',
    async *items(name) {
      if (name === kind) yield* items
    },
    member: (name) => (fs.existsSync(path.join(staging, name)) ? path.join(staging, name) : undefined),
    members: () => [],
    close: async () => undefined,
  }
}

/** An apply under way onto a root. */
export function writingTo(target: Side, archive: Archive, more: Partial<Writing> = {}): Writing {
  return { system: testSystem(), settings: SETTINGS, archive, source: {}, target: instanceOf(target), phase: 'apply', activity: 'active', workDir: os.tmpdir(), keepDir: path.join(target.root, '..kept'), changes: [], ...more }
}
