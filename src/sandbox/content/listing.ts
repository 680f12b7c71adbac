/**
 * The list endpoints of content: filters, order, pages, and the attributes to leave in or out. Each endpoint says as data which
 * query parameters it knows; all others are dropped without a word, as StackStorm drops them.
 */
import { checkedLimit, checkedOffset, countHeaders, page } from '../http/paging'
import { integerParameter, textParameter } from '../http/parameters'
import { isMapping } from '../python'
import { Fault, type Doc, type Reply, type Sandbox, type SandboxRequest } from '../types'

type Json = Record<string, unknown>

export interface ListRules<T> {
  /** Query parameters that filter, with the member they are compared with. `id` is always known. */
  filters: Record<string, (doc: T) => unknown>
  /** Filters that take several values with commas between them. */
  lists?: readonly string[]
  /** Members by which the list comes sorted when nothing is asked for; none: in order of creation. */
  order?: (keyof T & string)[]
  /** Names that `sort` knows; undefined: the endpoint drops `sort` and `offset`. */
  sortable?: string[]
  /** How many come when no `limit` is given; undefined: all, without an X-Limit header. */
  defaultLimit?: number
  /** What `include_attributes` and `exclude_attributes` may name; undefined: anything. */
  fields?: readonly string[]
  /** The only names that `exclude_attributes` may hold; undefined: any field. */
  excludable?: readonly string[]
  /** Members that come in any case. */
  always: readonly string[]
  /** Whether a document was stored more than once, where the version then loses its empty objects. */
  losesEmpty?: (doc: T) => boolean
}

/** Answers a list request. `render` turns a stored document into its API form. */
export function listReply<T extends Doc>(docs: T[], rules: ListRules<T>, request: SandboxRequest, { traits }: Sandbox, render: (doc: T) => Json): Reply {
  const { query } = request
  const attributes = checkedAttributes(query, rules, traits.unknownFieldByName)
  const limitGiven = integerParameter(query, 'limit', rules.defaultLimit ?? NaN)
  const offset = rules.sortable ? checkedOffset(integerParameter(query, 'offset', 0)) : 0
  const limit = checkedLimit(Number.isNaN(limitGiven) ? undefined : limitGiven, request.caller)
  const found = sorted(docs.filter(filterOf(query, rules)), query, rules)
  const loses = (doc: T): boolean => traits.savedAgainLosesEmpty && attributes.include.length > 0 && rules.losesEmpty?.(doc) === true
  const rows = page(found, offset, limit).map((doc) => withAttributes(loses(doc) ? withoutEmpty(render(doc)) : render(doc), attributes, rules.always))
  return { status: 200, json: rows, headers: countHeaders(found.length, limit) }
}

// ---------------------------------------------------------------- which rows

type Predicate<T> = (doc: T) => boolean

function filterOf<T extends Doc>(query: URLSearchParams, { filters, lists = [] }: ListRules<T>): Predicate<T> {
  const tests = Object.entries({ id: (doc: T): unknown => doc.id, ...filters }).flatMap(([name, member]) => {
    const value = textParameter(query, name)
    return value ? [lists.includes(name) ? oneOf(value.split(','), member) : testOf(name, value, member)] : []
  })
  return (doc) => tests.every((test) => test(doc))
}

function testOf<T>(name: string, value: string, member: (doc: T) => unknown): Predicate<T> {
  if (name === 'id') return oneOf(value.split(',').map(checkedId), member)
  if (name === 'enabled') return oneOf([truth(value)], member)
  if (value.toLowerCase() === 'null') return (doc) => member(doc) === undefined
  if (value.includes('..')) throw new Fault(400, 'Datetime value does not match expected format.')
  return oneOf([value], member)
}

/** Compares with a member, or with each of a list's. */
function oneOf<T>(values: unknown[], member: (doc: T) => unknown): Predicate<T> {
  return (doc) => {
    const found = member(doc)
    return Array.isArray(found) ? found.some((item) => values.includes(item)) : values.includes(found)
  }
}

function checkedId(id: string): string {
  if (/^[0-9a-fA-F]{24}$/.test(id)) return id.toLowerCase()
  throw new Fault(400, `'${id}' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string`)
}

function truth(value: string): boolean {
  if (['1', 'true', 'True'].includes(value)) return true
  if (['0', 'false', 'False'].includes(value)) return false
  throw new Fault(400, `Invalid bool representation "${value}" provided.`)
}

// ---------------------------------------------------------------- in which order

/** A member as the database compares it: what is missing comes first. */
const keyOf = (doc: unknown, member: string): string => {
  const value = (doc as Json)[member]
  return typeof value === 'string' ? value : ''
}
const compareTexts = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

function sorted<T extends Doc>(docs: T[], query: URLSearchParams, { order = [], sortable }: ListRules<T>): T[] {
  const asked = (sortable && textParameter(query, 'sort')?.split(',')) || []
  const known = asked.map((key) => ({ descending: key.startsWith('-'), member: key.replace(/^[-+ ]/, '') })).filter(({ member }) => member === 'id' || sortable?.includes(member))
  const keys = known.length > 0 ? known : order.map((member) => ({ descending: false, member }))
  if (keys.length === 0) return docs
  return [...docs].sort((a, b) => {
    for (const { member, descending } of keys) {
      const difference = compareTexts(keyOf(a, member), keyOf(b, member))
      if (difference !== 0) return descending ? -difference : difference
    }
    return 0
  })
}

// ---------------------------------------------------------------- which members

interface Attributes {
  include: string[]
  exclude: string[]
}

/** Attributes as asked for; 400 for both at once and for names that the resource does not have. */
function checkedAttributes<T>(query: URLSearchParams, { fields, excludable }: ListRules<T>, byName: boolean): Attributes {
  const include = textParameter(query, 'include_attributes')?.split(',') ?? []
  const exclude = textParameter(query, 'exclude_attributes')?.split(',') ?? []
  if (include.length > 0 && exclude.length > 0) {
    throw new Fault(400, 'exclude_fields and include_fields arguments are mutually exclusive. You need to provide either one or another, but not both.')
  }
  const foreign = exclude.find((name) => excludable && !excludable.includes(name))
  if (foreign !== undefined) throw new Fault(400, `Invalid or unsupported exclude attribute specified: ${foreign}`)
  refuseUnknown('include', include, fields, byName)
  refuseUnknown('exclude', exclude, fields, byName)
  return { include, exclude }
}

function refuseUnknown(what: string, names: string[], fields: readonly string[] | undefined, byName: boolean): void {
  const unknown = names.map((name) => name.split('.')[0] ?? '').find((name) => fields && !fields.includes(name))
  if (unknown === undefined) return
  const told = byName && unknown !== '' ? unknown : `Cannot resolve field "${unknown}"`
  throw new Fault(400, `Invalid or unsupported ${what} attribute specified: ${told}`)
}

function withAttributes(row: Json, { include, exclude }: Attributes, always: readonly string[]): Json {
  if (include.length === 0 && exclude.length === 0) return row
  const kept = include.length > 0 ? (name: string) => include.some((one) => one.split('.')[0] === name) || always.includes(name) : (name: string) => !exclude.includes(name)
  const entries = Object.entries(row).filter(([name]) => kept(name))
  return Object.fromEntries(entries.map(([name, value]) => [name, include.includes(name) || include.length === 0 ? value : onlyParts(value, name, include)]))
}

const withoutEmpty = (row: Json): Json => Object.fromEntries(Object.entries(row).filter(([, value]) => !isMapping(value) || Object.keys(value).length > 0))

/** What is left of a member of which only parts were asked for: `action.ref`. */
function onlyParts(value: unknown, name: string, include: string[]): unknown {
  const parts = include.filter((one) => one.startsWith(`${name}.`)).map((one) => one.slice(name.length + 1).split('.')[0])
  if (parts.length === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([member]) => parts.includes(member)))
}
