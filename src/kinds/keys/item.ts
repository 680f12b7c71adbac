/**
 * The datastore key as an item, and how the listings of an instance become such items. Facts: names that StackStorm 3.4
 * lists mangled, the `st2upgrade.` names that this tool makes itself, expired keys that stay listed until a sweep.
 */
import { z } from 'zod'
import type { DatastoreKey } from '../../st2/port'
import type { Item } from '../../core/model'

export interface KeyItem extends Item {
  scope: 'system' | 'user'
  user?: string
  /** The name as its maker meant it. */
  name: string
  /** The name as the instance lists it, where that differs (3.4 mangles names outside ASCII). */
  listedName?: string
  /** Ciphertext when `secret`. */
  value: string
  secret: boolean
  description?: string
  /** UTC, milliseconds. */
  expires?: string
}

export const keySchema = z.looseObject({
  identity: z.string(),
  scope: z.enum(['system', 'user']),
  user: z.string().optional(),
  name: z.string(),
  value: z.string(),
  secret: z.boolean(),
})

/** Keys of this tool itself: credentials, the lock, sealed pieces on their way. Never carried. */
export const OWN_PREFIX = 'st2upgrade.'

/** `st2kv.system:NAME` or `st2kv.user:USER:NAME`, as StackStorm's own uid ends. */
export function keyIdentity(scope: 'system' | 'user', name: string, user?: string): string {
  return scope === 'system' ? `st2kv.system:${name}` : `st2kv.user:${user}:${name}`
}

export function toItem(key: DatastoreKey, owner: string): KeyItem {
  const scope = key.scope === 'st2kv.user' ? 'user' : 'system'
  const user = scope === 'user' ? (key.user ?? owner) : undefined
  const { name, listed_name: listedName } = key
  return {
    identity: keyIdentity(scope, name, user),
    scope,
    ...(user === undefined ? {} : { user }),
    name,
    ...(listedName === undefined ? {} : { listedName }),
    value: key.value,
    secret: key.secret === true,
    ...(key.description ? { description: key.description } : {}),
    ...(key.expire_timestamp ? { expires: normalTime(key.expire_timestamp) } : {}),
  }
}

/** The database keeps milliseconds; a PUT's reply shows microseconds. */
function normalTime(text: string): string {
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? text : time.toISOString()
}

/** Seconds until a key expires, rounded up; 0 or less means it has expired. */
export function remainingSeconds(expires: string, now: Date): number {
  return Math.ceil((Date.parse(expires) - now.getTime()) / 1000)
}
