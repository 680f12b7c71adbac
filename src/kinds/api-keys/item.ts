/**
 * One API key. Its hash is what it is: the same on every instance, and all that an instance needs to know the key again.
 * StackStorm treats the hash like a secret, so that it stands in items only, never in an identity, a message or a difference.
 */
import { z } from 'zod'
import { canonicalJson, sha256 } from '../../core/canonical'
import type { Item } from '../../core/model'

export interface ApiKeyItem extends Item {
  /** The database id where it was listed: kept on a new instance when it is free there. Does not count in comparisons. */
  id: string
  user: string
  key_hash: string
  metadata: Record<string, unknown>
  enabled: boolean
  /** Set anew by every write. */
  created_at?: string
}

/** As the API lists it with `show_secrets`. */
export interface ApiKeyRow {
  id: string
  uid?: string
  user: string
  key_hash: string
  metadata?: Record<string, unknown>
  enabled?: boolean
  created_at?: string
}

export const apiKeySchema = z.looseObject({
  identity: z.string(),
  id: z.string(),
  user: z.string(),
  key_hash: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  enabled: z.boolean(),
})

/** `alice:1b9f...`: the user, and enough of a hash of the hash to tell keys apart. */
export const apiKeyIdentity = (user: string, keyHash: string): string => `${user}:${sha256(keyHash).slice(0, 16)}`

/** `uid` holds the hash once more; what else a release may add survives. */
export function toItem({ uid: _uid, ...row }: ApiKeyRow, identity = apiKeyIdentity(row.user, row.key_hash)): ApiKeyItem {
  return { ...row, identity, metadata: row.metadata ?? {}, enabled: row.enabled ?? true }
}

export function apiKeyFingerprint({ user, key_hash, metadata, enabled }: ApiKeyItem): string {
  return sha256(canonicalJson({ user, key_hash, metadata, enabled }))
}
