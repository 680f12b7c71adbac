/** The list of keys: `GET /v1/keys`. */
import { checkedLimit, checkedOffset, countHeaders, page } from '../http/paging'
import { booleanParameter, integerParameter, textParameter } from '../http/parameters'
import { Fault, serverError, type Handler, type Sandbox, type SandboxRequest } from '../types'
import { requireAllScopeRight, requireDecryptRight, requireOwnUser, seesAllUsersKeys, seesSystemKeys } from './access'
import { findsNothing } from './names'
import { presentKey } from './present'
import { ALL, fullScope, isAllowedScope, keyReference, requireScope, SYSTEM, USER } from './scopes'
import { keysOf, type KeyDoc } from './store'

const DEFAULT_LIMIT = 100
/** What `sort` may name; of these `sort` and `prefix` are no members, so they order nothing. */
const SORTABLE = ['prefix', 'scope', 'id', 'name', 'sort']

interface Asked {
  prefix?: string
  scope: string
  decrypt: boolean
  user: string
  limit: number
  offset: number
  sort: string[]
  id?: string
  name?: string
}

interface Filter {
  scope: string
  prefix?: string
  name?: string
  id?: string
}

interface Listed {
  keys: Record<string, unknown>[]
  headers: Record<string, string>
}

/** `scope=all` is two lists, one after the other, each with its own limit and offset. */
export const listKeys: Handler = (request, sandbox) => {
  const asked = readQuery(request)
  requireListRights(asked, request, sandbox)
  const lists = filtersFor(asked, request, sandbox).map((filter) => listOne(filter, asked, request, sandbox))
  const counted = sandbox.traits.keyListsAreCounted && lists.length === 1
  return { status: 200, json: lists.flatMap(({ keys }) => keys), ...(counted && { headers: lists[0]?.headers }) }
}

function readQuery({ query, caller }: SandboxRequest): Asked {
  const scope = textParameter(query, 'scope') || SYSTEM
  const decrypt = booleanParameter(query, 'decrypt') ?? false
  const user = textParameter(query, 'user')
  const limit = integerParameter(query, 'limit', DEFAULT_LIMIT)
  const offset = integerParameter(query, 'offset', 0)
  const filters = { prefix: textParameter(query, 'prefix'), id: textParameter(query, 'id'), name: textParameter(query, 'name') }
  return { ...filters, scope: fullScope(user ? USER : scope), decrypt, user: user || caller.user, limit, offset, sort: (textParameter(query, 'sort') ?? '').split(',') }
}

function requireListRights({ scope, decrypt, user }: Asked, { caller }: SandboxRequest, sandbox: Sandbox): void {
  const known = scope === ALL || isAllowedScope(scope)
  if (!known && !sandbox.traits.unknownListScopeNamesAll) throw new Fault(400, `Invalid scope: ${scope}`)
  if (scope === ALL) requireAllScopeRight(caller, sandbox)
  requireDecryptRight(decrypt, scope, caller)
  requireOwnUser(user, caller, sandbox)
  if (!known) requireScope(scope)
}

function filtersFor({ scope, prefix, user, id, name }: Asked, { caller }: SandboxRequest, sandbox: Sandbox): Filter[] {
  const filters: Filter[] = []
  if (scope !== USER && seesSystemKeys(caller, sandbox)) filters.push({ scope: SYSTEM, prefix, id, name })
  if (scope === SYSTEM) return filters
  const everybody = scope === ALL && seesAllUsersKeys(caller, sandbox)
  const stored = (part: string): string => (everybody ? part : keyReference(USER, part, user))
  if (name && sandbox.traits.nameFilterFindsUserKeys) filters.push({ scope: USER, id, name: stored(name), prefix })
  else filters.push({ scope: USER, id, name, prefix: stored(prefix ?? '') })
  return filters
}

function listOne(filter: Filter, asked: Asked, { caller }: SandboxRequest, sandbox: Sandbox): Listed {
  checkedOffset(asked.offset)
  const limit = checkedLimit(asked.limit, caller)
  const { total, docs } = find(filter, asked.sort, sandbox, (all) => page(all, asked.offset, limit))
  return { keys: docs.map((doc) => presentKey(doc, sandbox, asked.decrypt)), headers: countHeaders(total, limit) }
}

/** What fits the filter, in the wanted order, and how many there are; only the wanted page is fetched. */
function find({ scope, prefix, name, id }: Filter, sort: string[], sandbox: Sandbox, cut: <T>(all: T[]) => T[]): { total: number; docs: KeyDoc[] } {
  const keys = keysOf(sandbox)
  if (id) requireObjectId(id)
  if (prefix && findsNothing(prefix)) throw serverError()
  if (name && findsNothing(name)) return { total: 0, docs: cut([]) }
  const order = sort.filter((key) => SORTABLE.includes(bare(key)))
  if (!name && !id && order.length === 1 && order[0] !== undefined && /^\+?name$/.test(order[0])) {
    const ids = keys.idsByName(scope, prefix ?? '')
    return { total: ids.length, docs: cut(ids).flatMap((one) => keys.get(one) ?? []) }
  }
  const fits = (doc: KeyDoc): boolean => (!prefix || doc.name.startsWith(prefix)) && (!name || doc.name === name) && (!id || doc.id === id.toLowerCase())
  const docs = inOrder(keys.inScope(scope).filter(fits), order)
  return { total: docs.length, docs: cut(docs) }
}

function inOrder(docs: KeyDoc[], order: string[]): KeyDoc[] {
  const members = order.flatMap((key) => {
    const member = bare(key)
    return member === 'name' || member === 'scope' || member === 'id' ? [{ member, sign: key.startsWith('-') ? -1 : 1 } as const] : []
  })
  if (members.length === 0) return docs
  return docs.sort((a, b) => {
    const decisive = members.find(({ member }) => a[member] !== b[member])
    return decisive ? (a[decisive.member] < b[decisive.member] ? -decisive.sign : decisive.sign) : 0
  })
}

const bare = (key: string): string => key.replace(/^[-+]/, '')

function requireObjectId(id: string): void {
  if (/^[0-9a-fA-F]{24}$/.test(id)) return
  throw new Fault(400, `'${id}' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string`)
}
