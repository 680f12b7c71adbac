/** User records: made when a user first logs in or gets an API key, and never removed. No API lists them. */
import type { Sandbox } from '../types'

interface UserDoc {
  id: string
  name: string
}

/** Notes a user, and the first time writes so into the service's audit log. */
export function registerUser(name: string, service: 'st2api' | 'st2auth', sandbox: Sandbox): void {
  const users = sandbox.store.collection<UserDoc>('users', { name: (doc) => doc.name })
  if (users.by('name', name)) return
  users.put({ id: sandbox.store.newId(), name })
  sandbox.audit(service, `Registered new user "${name}".`, { username: name })
}
