/** What belongs to no kind of resource: the version, the caller. */
import { rolesOf } from './auth/permissions'
import type { Handler, Room } from './types'

const version: Handler = (_request, { version, traits }) => ({ status: 200, json: { version, docs_url: traits.docsUrl } })

const user: Handler = ({ caller }, sandbox) => ({
  status: 200,
  json: {
    username: caller.user,
    authentication: {
      method: caller.method,
      location: caller.location,
      ...(caller.tokenExpiry && { token_expire: caller.tokenExpiry.toISOString().replace(/\.\d+/, '') }),
    },
    rbac: { enabled: sandbox.rbac, roles: rolesOf(caller.user, sandbox), is_admin: caller.isAdmin },
  },
})

export const generalRoom: Room = {
  name: 'general',
  routes: [
    { method: 'GET', pattern: '/', handler: version },
    { method: 'GET', pattern: '/user', handler: user },
  ],
}
