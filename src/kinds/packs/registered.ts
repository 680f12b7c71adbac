/**
 * What is registered of packs, as the API shows it: kept before an install and put back by undo. Installing and removing a pack
 * changes more than its files: states and edits of its rows, and rows of others that have a name in common with it.
 */
import { isSt2Error } from '../../st2/errors'
import type { StackStorm } from '../../st2/port'
import { bodyOf as contentBody, toItem as toContent, type Row as ContentRow } from '../content/item'
import { isMapping, sameMembers } from '../members'
import { sentOf as sentOfRule } from '../rules/item'
import { bodyOf as bodyOfType, toItem as toType, type TriggerTypeRow } from '../trigger-types/item'

export interface Row {
  id: string
  ref: string
  pack: string
  name?: string
  metadata_file?: string
  enabled?: boolean
  [member: string]: unknown
}

/** Rows by the path of their list. */
export type Rows = Record<string, Row[]>

interface List {
  path: string
  /** The kind that carries those of them that no pack brings. */
  kind?: string
  /** In messages. */
  word: string
  /** Sensors can neither be made nor deleted by themselves. */
  made: boolean
  /** What is sent to change or make one. */
  body: (row: Row) => Record<string, unknown>
  /** Packs whose rows can be lost when another is registered: found by their bare name, or taken for an old copy. Default: none. */
  endangered?: 'all' | 'default'
}

export const RUNNERS = '/v1/runnertypes'

/** In the order in which they can be made. */
export const LISTS: readonly List[] = [
  // Registering all of a pack registers the runners too, which switches them on.
  { path: RUNNERS, word: 'runner', made: false, body: ({ enabled }) => ({ enabled }), endangered: 'all' },
  { path: '/v1/triggertypes', kind: 'trigger_types', word: 'trigger type', made: true, body: (row) => bodyOfType(toType(row as unknown as TriggerTypeRow, 'source')) },
  { path: '/v1/sensortypes', word: 'sensor', made: false, body: ({ enabled }) => ({ enabled }) },
  { path: '/v1/actions', kind: 'actions', word: 'action', made: true, body: contentOf },
  { path: '/v1/rules', kind: 'rules', word: 'rule', made: true, body: ruleBody, endangered: 'default' },
  { path: '/v1/policies', kind: 'policies', word: 'policy', made: true, body: contentOf, endangered: 'all' },
  { path: '/v1/actionalias', kind: 'aliases', word: 'alias', made: true, body: contentOf, endangered: 'all' },
]

function contentOf(row: Row): Record<string, unknown> {
  return contentBody(toContent(row as ContentRow, false))
}

function ruleBody(row: Row): Record<string, unknown> {
  const { pack, name, metadata_file: file, enabled } = row
  return { pack, name, ...(file ? { metadata_file: file } : {}), ...sentOfRule(row), enabled: enabled ?? false }
}

export const stateOf = ({ enabled }: Row): string => (enabled === false ? 'off' : 'on')

/** Those of a pack, and those of others that registering it endangers. Secrets are shown. */
export async function rowsAround(api: StackStorm, pack: string): Promise<Rows> {
  const found: Rows = {}
  for (const { path, endangered } of LISTS) {
    const rows = await rowsOf(api, path, endangered === 'all' ? undefined : [pack, ...(endangered ? [endangered] : [])])
    found[path] = rows.map((row) => ({ ...row, ref: refOf(row) }))
  }
  return found
}

/** Of these packs, or of all. Filters that a version does not know are dropped silently. */
async function rowsOf(api: StackStorm, path: string, packs: readonly string[] | undefined): Promise<Row[]> {
  const rows: Row[] = []
  for (const pack of packs ? new Set(packs) : [undefined]) {
    for await (const row of api.list<Row>(path, { query: { show_secrets: true, pack } })) if (pack === undefined || row.pack === pack) rows.push(row)
  }
  return rows
}

const refOf = ({ ref, pack, name }: Partial<Row>): string => ref ?? (pack === undefined ? String(name) : `${pack}.${name}`)

/** Deletes rows where that can be done by themselves; returns those that stay, with the reason. */
export async function deleteRows(api: StackStorm, rows: Rows): Promise<string[]> {
  const stay: string[] = []
  for (const { path, word, made } of [...LISTS].reverse()) {
    for (const { id, ref } of made ? (rows[path] ?? []) : []) {
      const why = await attempt(() => api.delete(`${path}/${id}`))
      if (why !== undefined) stay.push(`${word} ${ref}: ${why}`)
    }
  }
  return stay
}

/** Makes rows that are not there, and changes those that are there otherwise; returns those that could not be, with the reason. */
export async function putRows(api: StackStorm, rows: Rows): Promise<string[]> {
  const failed: string[] = []
  for (const list of LISTS) {
    const wanted = rows[list.path] ?? []
    if (wanted.length === 0) continue
    const there = new Map((await rowsOf(api, list.path, list.endangered === 'all' ? undefined : wanted.map(({ pack }) => pack))).map((row) => [refOf(row), row]))
    for (const row of wanted) {
      const why = await putRow(api, list, row, there.get(row.ref))
      if (why !== undefined) failed.push(`${list.word} ${row.ref}: ${why}`)
    }
  }
  return failed
}

async function putRow(api: StackStorm, { path, body, made }: List, row: Row, there: Row | undefined): Promise<string | undefined> {
  if (!there) return made ? attempt(() => api.post(path, withoutNulls(body(row)))) : 'StackStorm makes none without its file'
  if (sameMembers(withoutNulls(body(row)), withoutNulls(body(there)))) return undefined
  // Of a runner StackStorm wants all to be sent, and takes the state alone.
  return attempt(() => api.put(`${path}/${there.id}`, path === RUNNERS ? { ...there, ref: undefined, ...body(row) } : withoutNulls(body(row))))
}

const withoutNulls = (value: unknown): unknown => (isMapping(value) ? Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null && member !== undefined)) : value)

/** What StackStorm refuses is this row's; all else is thrown. */
async function attempt(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (isSt2Error(error, 'not_found')) return undefined
    if (isSt2Error(error, 'bad_request', 'conflict', 'server')) return (error as Error).message
    throw error
  }
}
