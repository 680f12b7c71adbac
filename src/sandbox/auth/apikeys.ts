/** API keys: `/v1/apikeys`. They last until they are deleted, and anybody may make one for any user while RBAC is off. */
import { randomBytes } from 'crypto'
import { duplicateFault } from '../duplicate'
import { checkedLimit, countHeaders, page } from '../http/paging'
import { booleanParameter, integerParameter } from '../http/parameters'
import { nowWithMicroseconds } from '../http/time'
import { DuplicateKey, Fault, type Handler, type Route, type Sandbox, type SandboxRequest } from '../types'
import { isMaskedHash, presentApiKey, readApiKey, requireValid, type ApiKeyBody } from './apikey-model'
import { apiKeyCollection, hashApiKey, type ApiKeyDoc } from './apikey-store'
import { lacking } from './permissions'
import { registerUser } from './users'

const DEFAULT_LIMIT = 50
const KEY_LENGTH = 86
const INT64 = 2 ** 63

const list: Handler = ({ query, caller }, sandbox) => {
  const showSecrets = booleanParameter(query, 'show_secrets') ?? false
  const asked = integerParameter(query, 'limit', DEFAULT_LIMIT)
  const offset = integerParameter(query, 'offset', 0)
  const limit = checkedLimit(asked, caller)
  if (offset >= INT64) throw new Fault(400, `Offset "${BigInt(offset)}" specified is more than 32 bit int`)
  const all = apiKeyCollection(sandbox.store).all()
  return { status: 200, json: page(all, offset, limit).map((doc) => presentApiKey(doc, showSecrets)), headers: countHeaders(all.length, limit) }
}

const getOne: Handler = (request, sandbox) => {
  const wanted = request.params.api_key_id_or_key ?? ''
  const showSecrets = booleanParameter(request.query, 'show_secrets') ?? false
  const doc = findApiKey(wanted, sandbox)
  if (!doc) throw new Fault(404, `ApiKey matching ${wanted} for reference and id not found.`)
  requirePermission('view', doc, request, sandbox)
  return { status: 200, json: presentApiKey(doc, showSecrets) }
}

/** An id that is there is taken over, also under another hash. The key itself is shown this once; none is made when a hash was sent. */
const create: Handler = (request, sandbox) => {
  const body = readApiKey(request)
  const user = body.user || request.caller.user
  registerUser(user, 'st2api', sandbox)
  const key = body.key_hash ? null : newKey()
  const doc = save({ ...body, user }, key === null ? (body.key_hash ?? '') : hashApiKey(key), sandbox)
  sandbox.audit('st2api', `ApiKey created. ApiKey.id=${doc.id}`)
  const { key_hash, ...shown } = presentApiKey(doc, true)
  return { status: 201, json: { ...shown, key } }
}

/** The reply shows the hash unmasked, and a uid of the hash that was sent. */
const update: Handler = (request, sandbox) => {
  const body = readApiKey(request)
  const old = requireApiKey(request, sandbox)
  requirePermission('modify', old, request, sandbox)
  if (!isMaskedHash(body.key_hash) && body.key_hash !== old.key_hash) throw new Fault(400, 'Update of key_hash is not allowed.')
  if (body.user) registerUser(body.user, 'st2api', sandbox)
  const doc = save({ ...body, id: old.id }, old.key_hash, sandbox)
  sandbox.audit('st2api', `API Key updated. ApiKey.id=${doc.id}.`)
  return { status: 200, json: { ...presentApiKey(doc, true), uid: `api_key:${body.key_hash ?? ''}` } }
}

const remove: Handler = (request, sandbox) => {
  const doc = requireApiKey(request, sandbox)
  requirePermission('delete', doc, request, sandbox)
  apiKeyCollection(sandbox.store).delete(doc.id)
  sandbox.audit('st2api', `ApiKey deleted. ApiKey.id=${doc.id}`)
  return { status: 204 }
}

const ONE = '/apikeys/{api_key_id_or_key}'

export const apiKeyRoutes: Route[] = [
  { method: 'GET', pattern: '/apikeys', handler: list, permission: 'api_key_list' },
  { method: 'POST', pattern: '/apikeys', handler: create, permission: 'api_key_create' },
  { method: 'GET', pattern: ONE, handler: getOne },
  { method: 'PUT', pattern: ONE, handler: update },
  { method: 'DELETE', pattern: ONE, handler: remove },
]

function findApiKey(wanted: string, sandbox: Sandbox): ApiKeyDoc | undefined {
  const keys = apiKeyCollection(sandbox.store)
  return keys.by('key_hash', hashApiKey(wanted)) ?? keys.get(wanted.toLowerCase())
}

function requireApiKey({ params }: SandboxRequest, sandbox: Sandbox): ApiKeyDoc {
  const wanted = params.api_key_id_or_key ?? ''
  const doc = findApiKey(wanted, sandbox)
  if (!doc) throw new Fault(404, `ApiKey with key or id=${wanted} not found.`)
  return doc
}

function requirePermission(action: string, doc: ApiKeyDoc, { caller }: SandboxRequest, sandbox: Sandbox): void {
  if (sandbox.rbac && !caller.isAdmin) throw lacking(caller.user, `api_key_${action}`, `api_key:${doc.key_hash}`)
}

/** Everything that is not sent goes back to its default, and the time of creation is always now. */
function save(body: ApiKeyBody, hash: string, sandbox: Sandbox): ApiKeyDoc {
  requireValid(body, sandbox)
  const { user = '', metadata = {}, enabled = true } = body
  const id = body.id?.toLowerCase() ?? sandbox.store.newId()
  try {
    return apiKeyCollection(sandbox.store).put({ id, user, key_hash: hash, metadata, created_at: nowWithMicroseconds(), enabled })
  } catch (error) {
    if (error instanceof DuplicateKey) throw duplicateFault(sandbox, 'api_key_d_b', 'key_hash_1', { key_hash: hash }, null)
    throw error
  }
}

/** Letters and digits alone, so that a key can stand in a path. */
function newKey(): string {
  return randomBytes(96).toString('base64').replace(/[+/=]/g, '').padEnd(KEY_LENGTH, '0').slice(0, KEY_LENGTH)
}
