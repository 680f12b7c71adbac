/** Setting a key: `PUT /v1/keys/{name}`. */
import { duplicateFault } from '../duplicate'
import { validate, type Schema } from '../schema'
import { microseconds } from '../http/time'
import { DuplicateKey, Fault, serverError, type Handler, type Sandbox, type SandboxRequest } from '../types'
import { requireEncryptedRight, requireKeyPermission, requireOwnUser } from './access'
import { findsNothing, nameFromPath, requireLatin1, requireUtf8 } from './names'
import { presentKey } from './present'
import { fullScope, keyReference, requireScope, SYSTEM } from './scopes'
import { keysOf, type KeyDoc } from './store'

const STRING = { type: 'string' }
const BOOLEAN = { type: 'boolean' }
const SCHEMA: Schema = {
  type: 'object',
  required: ['name', 'value'],
  properties: { name: STRING, value: STRING, secret: BOOLEAN, encrypted: BOOLEAN, scope: STRING, ttl: { type: 'integer' }, user: { type: ['string', 'null'] } },
}
const YEAR_10000 = Date.UTC(10000, 0)
const YEAR_1 = new Date(0).setUTCFullYear(1, 0, 1)
/** The database takes documents up to 16 MiB. */
const LARGEST_DOCUMENT = 16 * 1024 * 1024

interface KeyBody {
  value: string
  secret?: boolean
  encrypted?: boolean
  scope?: string
  ttl?: number | bigint
  user?: string | null
  description?: unknown
  id?: unknown
}

/** Creates or updates; both answer 200 with what was sent, not with what is stored: an older expiry or description stays, unseen. */
export const putKey: Handler = (request, sandbox) => {
  const { caller } = request
  const name = nameFromPath(request, sandbox.traits)
  const body = readBody(request)
  const scope = fullScope(body.scope ?? SYSTEM)
  requireScope(scope)
  const user = body.user || caller.user
  requireOwnUser(user, caller, sandbox)
  const reference = keyReference(scope, name, user)
  requireKeyPermission('set', scope, reference, caller, sandbox)
  requireEncryptedRight(body.encrypted ?? false, caller)
  requireLatin1(scope, reference)
  const existing = findsNothing(reference) ? undefined : keysOf(sandbox).find(scope, reference)
  const expiry = body.ttl ? expiryOf(body.ttl) : undefined
  const fresh = { scope, name: reference, ...storedValue(body, reference, sandbox), ...describe(body), ...(expiry !== undefined && { expiry }) }
  const saved = save(fresh, body.id, existing, sandbox)
  const { id } = saved
  keysOf(sandbox).changed({ ...(existing && { before: existing }), after: saved })
  sandbox.audit('st2api', `PUT /v1/keys/${name} succeeded id=${id}`, { scope, name, user, key_ref: reference })
  return { status: 200, json: presentKey({ ...fresh, id }, sandbox, false, expiry === undefined ? undefined : microseconds(new Date(expiry))) }
}

function readBody(request: SandboxRequest): KeyBody {
  const exact = request.exactBody()
  const body = exact === undefined ? {} : exact
  const error = validate(SCHEMA, body, { dialect: 'draft4' })
  if (error !== undefined) throw new Fault(400, error)
  return body as KeyBody
}

/** Seconds from now; a time that Python's calendar does not have is an error nobody foresaw: 500. */
function expiryOf(ttl: number | bigint): number {
  const expiry = Date.now() + Number(ttl) * 1000
  if (!(expiry < YEAR_10000 && expiry >= YEAR_1)) throw serverError()
  return expiry
}

/** A value sent as ciphertext is checked and stored as it came, and makes the key a secret whatever `secret` says. */
function storedValue({ value, secret, encrypted }: KeyBody, reference: string, sandbox: Sandbox): Pick<KeyDoc, 'value' | 'secret'> {
  if (encrypted) requireIntact(value, reference, sandbox)
  else requireUtf8(value)
  if (encrypted || !secret) return { value, secret: Boolean(encrypted) }
  return { value: sandbox.encrypt(value), secret: true }
}

/** Throws the 400 for a ciphertext of another key. */
export function requireIntact(value: string, name: string, sandbox: Sandbox): void {
  try {
    sandbox.decrypt(value)
  } catch {
    throw new Fault(400, `Failed to verify the integrity of the provided value for key "${name}". Ensure that the value is encrypted with the correct key and not corrupted.`)
  }
}

function describe({ description }: KeyBody): { description?: string } {
  if (description === undefined || description === null) return {}
  if (typeof description !== 'string') throw new Fault(400, `ValidationError (KeyValuePairDB:None) (StringField only accepts string values: ['description'])`)
  requireUtf8(description)
  return { description }
}

/** Stores and returns the key. An update keeps what is not sent; a new key takes over the id, and place, of a key that the body names. */
function save(fresh: Omit<KeyDoc, 'id'>, wantedId: unknown, existing: KeyDoc | undefined, sandbox: Sandbox): KeyDoc {
  if (documentSize(fresh) > LARGEST_DOCUMENT) throw serverError()
  const keys = keysOf(sandbox)
  if (existing) return keys.put({ ...existing, ...fresh })
  const id = typeof wantedId === 'string' && /^[0-9a-fA-F]{24}$/.test(wantedId) ? wantedId.toLowerCase() : undefined
  if (id !== undefined && !keys.get(id)) throw new Fault(404, `Unable to find the KeyValuePairDB instance. {'id': ObjectId('${id}')}`)
  try {
    return keys.put({ ...fresh, id: id ?? sandbox.store.newId() })
  } catch (error) {
    // A key named null is there but never found, so that its second PUT runs into the database's unique index.
    if (error instanceof DuplicateKey) throw duplicateFault(sandbox, 'key_value_pair_d_b', 'uid_1', { uid: `key_value_pair:${fresh.scope}:${fresh.name}` }, null)
    throw error
  }
}

/** The size of a key as BSON. */
function documentSize({ scope, name, value, description, expiry }: Omit<KeyDoc, 'id'>): number {
  const text = (member: string, content: string): number => 1 + member.length + 1 + 4 + Buffer.byteLength(content) + 1
  const fixed = 4 + '_id'.length + 2 + 12 + 'secret'.length + 3 + 1
  const optional = (description === undefined ? 0 : text('description', description)) + (expiry === undefined ? 0 : 'expire_timestamp'.length + 10)
  return fixed + optional + text('uid', `key_value_pair:${scope}:${name}`) + text('name', name) + text('scope', scope) + text('value', value)
}
