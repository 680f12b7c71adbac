/** What belongs to no kind of resource: the version, the caller, the service registry. */
import { rolesOf } from './auth/permissions'
import { Fault, type Handler, type Room } from './types'

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

/** Nothing registers itself with a coordinator here. */
const groups: Handler = () => ({ status: 200, json: { groups: [] } })

const members: Handler = ({ params }) => {
  throw new Fault(404, `Group with ID "${params.group_id}" not found.`)
}

export const generalRoom: Room = {
  name: 'general',
  routes: [
    { method: 'GET', pattern: '/', handler: version },
    { method: 'GET', pattern: '/user', handler: user },
    { method: 'GET', pattern: '/service_registry/groups', handler: groups },
    { method: 'GET', pattern: '/service_registry/groups/{group_id}/members', handler: members },
  ],
}
