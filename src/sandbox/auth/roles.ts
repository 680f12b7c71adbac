/** The roles that StackStorm brings along: `GET /v1/rbac/roles`, for admins. */
import { Fault, type Handler, type Route, type Sandbox } from '../types'
import { countHeaders } from '../http/paging'

interface RoleDoc {
  id: string
  name: string
}

const SYSTEM_ROLES = ['admin', 'observer', 'system_admin']

/** Makes the roles that every instance has, with RBAC on or off. */
export function ensureRoles(sandbox: Sandbox): void {
  const roles = rolesIn(sandbox)
  for (const name of SYSTEM_ROLES) if (!roles.by('name', name)) roles.put({ id: sandbox.store.newId(), name })
}

const list: Handler = ({ caller }, sandbox) => {
  if (!caller.isAdmin) throw new Fault(403, 'Administrator access required')
  const roles = rolesIn(sandbox).all()
  const shown = roles.map(({ id, name }) => ({ name, description: name, system: true, permission_grants: [], id, permission_grant_ids: [], permission_grant_objects: [] }))
  return { status: 200, json: shown, headers: countHeaders(roles.length, 0) }
}

/** Nobody was given a role by hand. */
const listAssignments: Handler = ({ caller }) => {
  if (!caller.isAdmin) throw new Fault(403, 'Administrator access required')
  return { status: 200, json: [], headers: countHeaders(0, 0) }
}

export const roleRoutes: Route[] = [
  { method: 'GET', pattern: '/rbac/roles', handler: list },
  { method: 'GET', pattern: '/rbac/role_assignments', handler: listAssignments },
]

const rolesIn = ({ store }: Sandbox): ReturnType<typeof store.collection<RoleDoc>> => store.collection<RoleDoc>('roles', { name: (doc) => doc.name })
