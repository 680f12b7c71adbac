/** The auth service: tokens for a user and password. */
import { validate, type Schema } from '../schema'
import { microseconds } from '../http/time'
import { Fault, type Handler, type Reply, type Route, type Sandbox, type SandboxRequest } from '../types'
import { isValidToken } from './credentials'
import { passwordMatches } from './passwords'
import { mintToken } from './token-store'
import { registerUser } from './users'

const LONGEST_TTL = 86_400
const TOKEN_REQUEST: Schema = { type: 'object', properties: { ttl: { type: ['integer', 'null'], minimum: 1 } } }
const VALIDATION_REQUEST: Schema = { type: 'object', properties: { token: { type: ['string', 'null'] } } }

interface TokenBody {
  ttl?: number | null
  user?: unknown
  impersonate_user?: unknown
}

const create: Handler = async (request, sandbox) => {
  const { ttl, ...body } = checkedBody(request, TOKEN_REQUEST) as TokenBody
  const user = await loggedIn(request, sandbox)
  if ((body.user ?? body.impersonate_user ?? null) !== null) throw new Fault(400, 'Current user is not a service and cannot request impersonated tokens')
  const seconds = Number(ttl ?? LONGEST_TTL)
  if (seconds > LONGEST_TTL) throw new Fault(400, `TTL specified ${String(ttl)} is greater than max allowed ${LONGEST_TTL}.`)
  registerUser(user, 'st2auth', sandbox)
  const { id, token, expiry } = mintToken(sandbox.store, user, seconds)
  const shown = microseconds(new Date(expiry))
  sandbox.audit('st2auth', `Access granted to "${user}" with the token set to expire at "${shown}".`, { username: user, token_expiration: shown })
  return { status: 201, headers: { 'X-API-URL': sandbox.apiUrl }, json: { user, token, expiry: shown, metadata: {}, service: false, id } }
}

const validateToken: Handler = (request, sandbox): Reply => {
  const { token } = checkedBody(request, VALIDATION_REQUEST) as { token?: string | null }
  if (!token) throw new Fault(400, 'Token is not provided.')
  return { status: 200, json: { valid: isValidToken(token, sandbox) } }
}

const sso: Handler = () => ({ status: 200, json: { enabled: false } })

export const tokenRoutes: Route[] = [
  { service: 'auth', method: 'POST', pattern: '/tokens', handler: create, public: true },
  { service: 'auth', method: 'POST', pattern: '/tokens/validate', handler: validateToken },
  { service: 'auth', method: 'GET', pattern: '/sso', handler: sso, public: true },
]

function checkedBody(request: SandboxRequest, schema: Schema): unknown {
  const exact = request.exactBody()
  const body = exact === undefined ? {} : exact
  const error = validate(schema, body)
  if (error !== undefined) throw new Fault(400, error)
  return body
}

async function loggedIn(request: SandboxRequest, sandbox: Sandbox): Promise<string> {
  const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ')
  const [, user = '', password = ''] = /^([^:]*):([^]*)$/.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  if (scheme?.toLowerCase() === 'basic' && (await passwordMatches(sandbox.paths.htpasswd, user, password))) return user
  sandbox.audit('st2auth', 'Invalid credentials provided', { auth_backend: 'FlatFileAuthenticationBackend' })
  throw new Fault(401, 'Invalid or missing credentials')
}
