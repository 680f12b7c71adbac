/**
 * Everything that an instance holds, to be compared with what it holds later: the items of every kind as the kinds list them,
 * the rows of its API, and the bytes, modes and links of its files. Without what differs by nature: ids, and the last seconds
 * of an expiry.
 */
import { createHash } from 'crypto'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { KINDS } from '../../src/kinds'
import type { Instance } from '../../src/kinds/kind'
import { collect } from './migration'
import { SETTINGS } from './packs'
import { testSystem } from './system'

/** By where it stands, as text: `keys st2kv.system:a` or `file packs/x/pack.yaml`. */
export type Snapshot = Record<string, string>

/** API lists whose rows are compared raw, beside what the kinds make of them. */
const LISTS = ['packs', 'actions', 'rules', 'sensortypes', 'actionalias', 'policies', 'triggertypes', 'configs', 'config_schemas', 'apikeys', 'runnertypes']
const TREES = ['packs', 'configs', 'overrides', 'rbac']

export async function snapshotOf(instance: Instance): Promise<Snapshot> {
  return { ...(await itemsOf(instance)), ...(await rowsOf(instance)), ...filesOf(instance) }
}

/** What is in one snapshot and not, or otherwise, in the other. */
export function changesBetween(before: Snapshot, after: Snapshot): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names.filter((name) => !same(before[name], after[name])).map((name) => `${name}: ${short(before[name])} -> ${short(after[name])}`)
}

const EXPIRY = /<expires (\d+)>/g
const TOLERANCE_MS = 30_000

/** Expiries agree within some seconds. */
function same(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined || a.replace(EXPIRY, '') !== b.replace(EXPIRY, '')) return a === b
  const times = (text: string): number[] => [...text.matchAll(EXPIRY)].map(([, ms]) => Number(ms))
  const [left, right] = [times(a), times(b)]
  return left.length === right.length && left.every((ms, i) => Math.abs(ms - right[i]!) <= TOLERANCE_MS)
}

const short = (text: string | undefined): string => (text === undefined ? 'absent' : text.length > 400 ? `${text.slice(0, 400)}...` : text)

async function itemsOf(instance: Instance): Promise<Snapshot> {
  const found: Snapshot = {}
  const workDir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-snapshot-'))
  try {
    for (const kind of KINDS) {
      const settings = { ...SETTINGS, otherUsers: true, users: ['alice', 'bob'] }
      const reading = { system: testSystem(), instance, settings, remark: () => undefined, note: () => undefined, workDir: fs.mkdtempSync(path.join(workDir, kind.name)) }
      for (const item of await collect(kind.list(reading))) found[`${kind.name} ${item.identity}`] = plain(item)
    }
    return found
  } finally {
    fs.rmSync(workDir, { recursive: true, force: true })
  }
}

async function rowsOf({ api }: Instance): Promise<Snapshot> {
  const found: Snapshot = {}
  for (const name of LISTS) {
    const rows = await collect(api.list<Record<string, unknown>>(`/v1/${name}`, { query: { show_secrets: true } }))
    for (const row of rows) {
      if ((row.metadata as { st2upgrade?: string } | undefined)?.st2upgrade === undefined) found[`row ${name} ${String(row.ref ?? row.uid ?? row.pack ?? row.name)}`] = plain(row)
    }
  }
  return found
}

/** Ids are made anew, also that in the reference of a trigger with parameters; `context` names who registered a rule. */
function plain(value: unknown): string {
  const volatile = new Set(['id', 'uid', 'created_at', 'context'])
  const text = JSON.stringify(value, (name, member: unknown) => {
    if (volatile.has(name)) return undefined
    if (name === 'expires' || name === 'expire_timestamp') return typeof member === 'string' ? `<expires ${Date.parse(member)}>` : member
    if (member !== null && typeof member === 'object' && !Array.isArray(member)) return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
    return member
  })
  return text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
}

function filesOf({ files }: Instance): Snapshot {
  const found: Snapshot = {}
  if (!files) return found
  const walk = (root: string, name: string): void => {
    const file = path.join(root, name)
    const stat = fs.lstatSync(file)
    const mode = (stat.mode & 0o7777).toString(8)
    if (stat.isSymbolicLink()) found[`file ${name}`] = `-> ${fs.readlinkSync(file)}`
    else if (stat.isFile()) found[`file ${name}`] = `${mode} ${createHash('sha256').update(fs.readFileSync(file)).digest('hex')}`
    else if (stat.isDirectory()) {
      if (name.startsWith('packs/')) found[`file ${name}/`] = mode
      for (const inside of fs.readdirSync(file)) walk(root, path.join(name, inside))
    }
  }
  for (const tree of TREES) if (fs.existsSync(path.join(files.root, 'opt/stackstorm', tree))) walk(path.join(files.root, 'opt/stackstorm'), tree)
  return found
}
