/** Authentication tokens in the store. Expired ones are kept for a while, because StackStorm tells them from unknown ones. */
import { randomBytes } from 'crypto'
import type { Collection, Store } from '../types'

export interface TokenDoc {
  id: string
  user: string
  token: string
  /** ISO time. */
  expiry: string
}

const KEPT_AFTER_EXPIRY_MS = 3_600_000

export function tokenCollection(store: Store): Collection<TokenDoc> {
  return store.collection<TokenDoc>('tokens', { token: (doc) => doc.token })
}

/** Makes and keeps a token; `ttl` in seconds. */
export function mintToken(store: Store, user: string, ttl: number): TokenDoc {
  const token = randomBytes(16).toString('hex')
  return tokenCollection(store).put({ id: store.newId(), user, token, expiry: new Date(Date.now() + ttl * 1000).toISOString() })
}

export function revokeToken(store: Store, token: string): void {
  const tokens = tokenCollection(store)
  const found = tokens.by('token', token)
  if (found) tokens.delete(found.id)
}

/** Forgets tokens that expired long ago. */
export function sweepTokens(store: Store): void {
  const tokens = tokenCollection(store)
  const limit = Date.now() - KEPT_AFTER_EXPIRY_MS
  for (const { id, expiry } of tokens.all()) if (Date.parse(expiry) < limit) tokens.delete(id)
}
