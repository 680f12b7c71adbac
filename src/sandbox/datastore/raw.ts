/** Changes to stored keys past the API, as a database shell would make them. */
import type { Sandbox } from '../types'

/** Replaces the stored value of a key in system scope; throws when there is none of that name. */
export function setRawValue(sandbox: Sandbox, name: string, value: string): void {
  const keys = sandbox.store.collection<{ id: string; value: string }>('keys')
  const found = keys.all().find((doc) => (doc as unknown as { name: string }).name === name)
  if (!found) throw new Error(`there is no key ${name}`)
  keys.put({ ...found, value })
}
