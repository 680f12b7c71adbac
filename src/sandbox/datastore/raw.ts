/** Changes to stored keys past the API, as a database shell would make them. */
import type { Sandbox } from '../types'
import { SYSTEM } from './scopes'
import { keysOf } from './store'

/** Replaces the stored value of a key in system scope; throws when there is none of that name. */
export function setRawValue(sandbox: Sandbox, name: string, value: string): void {
  const keys = keysOf(sandbox)
  const found = keys.find(SYSTEM, name)
  if (!found) throw new Error(`there is no system key ${name}`)
  keys.put({ ...found, value })
}
