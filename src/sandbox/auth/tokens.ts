/** The auth service: tokens for a user and password. */
import { Fault, type Handler, type Reply, type Route, type SandboxRequest } from '../types'
import { isValidToken } from './credentials'
import { passwordMatches } from './passwords'

const LONGEST_TTL = 86_400

const create: Handler = (request, sandbox) => {
  const user = loggedIn(request, sandbox.paths.htpasswd)
  const body = (request.body() ?? {}) as { ttl?: number | null; user?: string }
  const ttl = body.ttl ?? LONGEST_TTL
  const { token, expiry } = sandbox.mintToken(user, ttl)
  return { status: 201, headers: { 'X-API-URL': sandbox.apiUrl }, json: { user, token, expiry: expiry.toISOString().replace('Z', '000Z'), metadata: {}, service: false, id: sandbox.store.newId() } }
}

const validate: Handler = (request, sandbox): Reply => {
  const { token } = (request.body() ?? {}) as { token?: string }
  if (!token) throw new Fault(400, 'Token is not provided.')
  return { status: 200, json: { valid: isValidToken(token, sandbox) } }
}

const sso: Handler = () => ({ status: 200, json: { enabled: false } })

export const tokenRoutes: Route[] = [
  { service: 'auth', method: 'POST', pattern: '/tokens', handler: create, public: true },
  { service: 'auth', method: 'POST', pattern: '/tokens/validate', handler: validate },
  { service: 'auth', method: 'GET', pattern: '/sso', handler: sso, public: true },
]

function loggedIn(request: SandboxRequest, htpasswd: string): string {
  const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ')
  const [, user = '', password = ''] = /^([^:]*):([^]*)$/.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  if (scheme?.toLowerCase() !== 'basic' || !passwordMatches(htpasswd, user, password)) throw new Fault(401, 'Invalid or missing credentials')
  return user
}
