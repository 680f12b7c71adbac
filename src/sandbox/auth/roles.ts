/** The roles that StackStorm brings along: `GET /v1/rbac/roles`, for admins. */
import { Fault, type Collection, type Handler, type Route, type Sandbox } from '../types'
import { countHeaders } from '../http/paging'

export interface RoleDoc {
  id: string
  name: string
  /** False for one that a definition file made. */
  system?: boolean
  description?: string
  grants?: { id: string }[]
}

export interface AssignmentDoc {
  id: string
  user: string
  role: string
  is_remote: boolean
  /** The definition file. */
  source: string
  description?: string
}

/** One that StackStorm brings along. */
export const isOwn = ({ system = true }: RoleDoc): boolean => system

const SYSTEM_ROLES = ['admin', 'observer', 'system_admin']

/** Makes the roles that every instance has, with RBAC on or off. */
export function ensureRoles(sandbox: Sandbox): void {
  const roles = rolesIn(sandbox)
  for (const name of SYSTEM_ROLES) if (!roles.by('name', name)) roles.put({ id: sandbox.store.newId(), name })
}

const list: Handler = ({ caller }, sandbox) => {
  if (!caller.isAdmin) throw new Fault(403, 'Administrator access required')
  const roles = rolesIn(sandbox).all()
  const shown = roles.map(({ id, name, system = true, description = name, grants = [] }) => {
    const ids = grants.map((grant) => grant.id)
    return { name, description, system, permission_grants: ids, id, permission_grant_ids: ids, permission_grant_objects: grants }
  })
  return { status: 200, json: shown, headers: countHeaders(roles.length, 0) }
}

/** Roles that definition files gave; those that come with the sandbox are no assignments. */
const listAssignments: Handler = ({ caller, query }, sandbox) => {
  if (!caller.isAdmin) throw new Fault(403, 'Administrator access required')
  const found = assignmentsIn(sandbox).all().filter((one) => (['user', 'role'] as const).every((member) => !query.get(member) || query.get(member) === one[member]))
  return { status: 200, json: found, headers: countHeaders(found.length, 0) }
}

export const roleRoutes: Route[] = [
  { method: 'GET', pattern: '/rbac/roles', handler: list },
  { method: 'GET', pattern: '/rbac/role_assignments', handler: listAssignments },
]

export const assignmentsIn = ({ store }: Sandbox): Collection<AssignmentDoc> => store.collection<AssignmentDoc>('role_assignments')
export const rolesIn = ({ store }: Sandbox): Collection<RoleDoc> => store.collection<RoleDoc>('roles', { name: (doc) => doc.name })
