/** Writes the estate's datastore keys through the API, each as the user it belongs to. */
import type { RawClient } from './client'
import type { EstateKey } from './keys'
import { pooled } from './pool'

const AT_ONCE = 12

/** `clients` holds one client for each user of the keys, and `st2admin` for the system scope. */
export async function seedKeys(clients: Record<string, RawClient>, keys: readonly EstateKey[]): Promise<void> {
  await pooled(keys, AT_ONCE, async ({ user, ...key }) => {
    const client = clients[user ?? 'st2admin']
    if (!client) throw new Error(`no login for the user ${user}`)
    await client.call('PUT', `/v1/keys/${encodeURIComponent(key.name)}`, { ...key, scope: user === undefined ? 'system' : 'user' })
  })
}
