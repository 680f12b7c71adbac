/**
 * RBAC as the sandbox knows it: st2admin is system admin, others have the roles that definition files give them, of which only those
 * of an admin let them do anything. With RBAC off everybody is admin.
 */
import { Fault, type Caller, type Route, type Sandbox } from '../types'
import { assignmentsIn } from './roles'

const SYSTEM_ADMIN = 'st2admin'
const ADMINS = ['system_admin', 'admin']

export function isSystemAdmin(user: string, sandbox: Sandbox): boolean {
  return !sandbox.rbac || rolesOf(user, sandbox).some((role) => ADMINS.includes(role))
}

/** The roles that `GET /v1/user` shows. */
export function rolesOf(user: string, sandbox: Sandbox): string[] {
  if (!sandbox.rbac) return []
  const given = assignmentsIn(sandbox).all().filter((one) => one.user === user).map(({ role }) => role)
  return [...new Set([...(user === SYSTEM_ADMIN ? ['system_admin'] : []), ...given])]
}

/** Throws the 403 for a route whose permission the caller does not have. */
export function forbidUnlessPermitted(route: Route, caller: Caller, sandbox: Sandbox): void {
  if (route.permission && sandbox.rbac && !caller.isAdmin) throw lacking(caller.user, route.permission)
}

/** The 403 for a missing permission, on a resource where one is meant. */
export function lacking(user: string, permission: string, resource?: string): Fault {
  const on = resource === undefined ? '' : ` on resource "${resource}"`
  return new Fault(403, `User "${user}" doesn't have required permission "${permission}"${on}`)
}
