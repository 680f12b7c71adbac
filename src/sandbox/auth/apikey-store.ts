/** API keys in the store, found by the hash of the key. */
import { createHash } from 'crypto'
import type { Collection, Store } from '../types'

export interface ApiKeyDoc {
  id: string
  user: string
  key_hash: string
  metadata: Record<string, unknown>
  /** ISO time with microseconds. */
  created_at: string
  enabled: boolean
}

export function apiKeyCollection(store: Store): Collection<ApiKeyDoc> {
  return store.collection<ApiKeyDoc>('apikeys', { key_hash: (doc) => doc.key_hash })
}

/** The hash that StackStorm keeps in place of a key: SHA-512 of its text, as hex. It depends on the key alone. */
export function hashApiKey(key: string): string {
  return createHash('sha512').update(key, 'utf8').digest('hex')
}
