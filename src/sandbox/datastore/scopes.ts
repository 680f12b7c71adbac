/** Scopes of keys: their long forms, and how a key of a user is stored. */
import { Fault } from '../types'

export const SYSTEM = 'st2kv.system'
export const USER = 'st2kv.user'
export const ALL = 'all'
const ALLOWED = ['system', 'user', SYSTEM, USER]

/** `system` becomes `st2kv.system`; `all` and long forms stay. */
export function fullScope(scope: string): string {
  return scope === ALL || scope.includes('st2kv') ? scope : `st2kv.${scope}`
}

/** Throws the 400 for a scope that is none, as single keys and PUT bodies get it. */
export function requireScope(scope: string): void {
  if (ALLOWED.includes(scope)) return
  throw new Fault(400, `Scope ${scope} is not in allowed scopes list: [${ALLOWED.map((one) => `'${one}'`).join(', ')}].`)
}

export const isAllowedScope = (scope: string): boolean => ALLOWED.includes(scope)

/** The stored name of a key. */
export function keyReference(scope: string, name: string, user: string): string {
  return scope === USER ? `${user}:${name}` : name
}

/** User and bare name of a key stored in user scope; the user's name ends at the first colon. */
export function splitReference(reference: string): { user: string; name: string } {
  const at = reference.indexOf(':')
  return { user: reference.slice(0, at), name: reference.slice(at + 1) }
}

export function keyUid(scope: string, reference: string): string {
  return `key_value_pair:${scope}:${reference}`
}
