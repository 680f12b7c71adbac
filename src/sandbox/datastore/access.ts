/** Who may do what with which key. */
import { lacking } from '../auth/permissions'
import { Fault, type Caller, type Sandbox } from '../types'
import { keyUid, USER } from './scopes'

/** Only an admin may name another user, and only with RBAC on. */
export function requireOwnUser(user: string, caller: Caller, sandbox: Sandbox): void {
  if (user === caller.user || (sandbox.rbac && caller.isAdmin)) return
  throw new Fault(403, sandbox.rbac ? '"user" attribute can only be provided by admins' : '"user" attribute can only be provided by admins when RBAC is enabled')
}

/** With RBAC a user has all rights on his own keys, and none on system keys. */
export function requireKeyPermission(action: 'view' | 'set' | 'delete', scope: string, reference: string, caller: Caller, sandbox: Sandbox): void {
  if (caller.isAdmin || scope === USER || !sandbox.traits.keysHavePermissions) return
  throw lacking(caller.user, `key_value_pair_${action}`, keyUid(scope, reference))
}

export function requireDecryptRight(decrypt: boolean, scope: string, caller: Caller): void {
  if (decrypt && scope !== USER && !caller.isAdmin) throw new Fault(403, 'Decrypt option requires administrator access')
}

export function requireEncryptedRight(encrypted: boolean, caller: Caller): void {
  if (encrypted && !caller.isAdmin) throw new Fault(403, 'Pre-encrypted option requires administrator access')
}

/** True when the caller sees all system keys; with per-key permissions and no role he sees none. */
export function seesSystemKeys(caller: Caller, sandbox: Sandbox): boolean {
  return caller.isAdmin || !sandbox.traits.keysHavePermissions
}

/** True when `scope=all` shows this caller the keys of all users. */
export function seesAllUsersKeys(caller: Caller, sandbox: Sandbox): boolean {
  return sandbox.rbac && caller.isAdmin && !sandbox.traits.keysHavePermissions
}

/** Where `scope=all` is for admins, others are refused. */
export function requireAllScopeRight(caller: Caller, sandbox: Sandbox): void {
  if (!sandbox.traits.keysHavePermissions && !caller.isAdmin) throw new Fault(403, '"all" scope requires administrator access')
}

