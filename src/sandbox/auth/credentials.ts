/**
 * Who asks: tokens and API keys, in the order in which StackStorm looks for them. The first credential found decides; a bad token is
 * not rescued by a good API key.
 */
import type { RawRequest } from '../http/request'
import { Fault, type Caller, type Sandbox } from '../types'
import { apiKeyCollection, hashApiKey } from './apikey-store'
import { isSystemAdmin } from './permissions'
import { tokenCollection } from './token-store'

interface Identified {
  user: string
  expiry?: Date
}
type Place = Pick<Caller, 'method' | 'location'> & { read: (raw: RawRequest) => string | null | undefined; setsCookie: boolean }

const PLACES: readonly Place[] = [
  { method: 'authentication token', location: 'header', setsCookie: true, read: (raw) => header(raw, 'x-auth-token') },
  { method: 'API key', location: 'header', setsCookie: false, read: (raw) => header(raw, 'st2-api-key') },
  { method: 'authentication token', location: 'query', setsCookie: true, read: (raw) => lastOf(raw.query, 'x-auth-token') },
  { method: 'API key', location: 'query', setsCookie: false, read: (raw) => lastOf(raw.query, 'st2-api-key') },
  { method: 'authentication token', location: 'cookie', setsCookie: false, read: (raw) => cookieOf(raw, 'auth-token') },
]

/** The caller, and the cookie that the answer carries; throws the 401 that StackStorm gives. */
export function authenticate(raw: RawRequest, sandbox: Sandbox): { caller: Caller; cookie?: string } {
  for (const { method, location, read, setsCookie } of PLACES) {
    const secret = read(raw)
    if (!secret) continue
    const found = method === 'API key' ? userOfApiKey(secret, sandbox) : userOfToken(secret, sandbox)
    const caller: Caller = { user: found.user, method, location, isAdmin: isSystemAdmin(found.user, sandbox), ...(found.expiry && { tokenExpiry: found.expiry }) }
    return { caller, ...(setsCookie && found.expiry && { cookie: authCookie(secret, found.expiry, sandbox.traits.cookieFlags) }) }
  }
  throw unauthorized('One of Token or API key required.')
}

/** True while a token is known and has not expired. */
export function isValidToken(token: string, sandbox: Sandbox): boolean {
  const found = tokenCollection(sandbox.store).by('token', token)
  return found !== undefined && Date.parse(found.expiry) > Date.now()
}

function userOfToken(token: string, sandbox: Sandbox): Identified {
  const found = tokenCollection(sandbox.store).by('token', token)
  if (!found) throw unauthorized()
  const expiry = new Date(found.expiry)
  if (expiry.getTime() <= Date.now()) {
    sandbox.audit('st2api', `Token with id "${found.id}" has expired.`)
    throw unauthorized('Token has expired.')
  }
  sandbox.audit('st2api', `Token with id "${found.id}" is validated.`)
  return { user: found.user, expiry }
}

function userOfApiKey(key: string, sandbox: Sandbox): Identified {
  const hash = hashApiKey(key)
  const found = apiKeyCollection(sandbox.store).by('key_hash', hash)
  if (!found) throw unauthorized(`ApiKey with key_hash=${hash} not found.`)
  if (!found.enabled) throw unauthorized('API key is disabled.')
  return { user: found.user }
}

function unauthorized(reason?: string): Fault {
  return new Fault(401, reason ? `Unauthorized - ${reason}` : 'Unauthorized')
}

function authCookie(token: string, expiry: Date, flags: string): string {
  const seconds = Math.max(0, Math.floor((expiry.getTime() - Date.now()) / 1000))
  const [day, date, month, year, time] = new Date(Date.now() + seconds * 1000).toUTCString().replace(',', '').split(' ')
  return `auth-token=${token}; Max-Age=${seconds}; Path=/; expires=${day}, ${date}-${month}-${year} ${time} GMT${flags}`
}

function header(raw: RawRequest, name: string): string | undefined {
  const value = raw.message.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function lastOf(query: URLSearchParams, name: string): string | undefined {
  return query.getAll(name).pop()
}

function cookieOf(raw: RawRequest, name: string): string | undefined {
  const cookie = (raw.message.headers.cookie ?? '').split(/;\s*/).find((part) => part.startsWith(`${name}=`))
  return cookie?.slice(name.length + 1).replace(/^"(.*)"$/, '$1')
}
