/**
 * Writing one key. An update through the API never clears an expiry or a description: so some keys are overwritten, deleted
 * and made anew. Repeatable: a second run ends in the same state.
 */
import { isNullName } from '../../st2/names'
import type { KeyToWrite } from '../../st2/port'
import type { Writing, Written } from '../kind'
import { doorTo, type Door } from './doors'
import { remainingSeconds, type KeyItem } from './item'
import { plainText, sameCryptoKey, SecretUnreadable } from './secrets'

export async function writeKey(item: KeyItem, before: KeyItem | undefined, writing: Writing): Promise<Written> {
  const ttl = item.expires === undefined ? undefined : remainingSeconds(item.expires, writing.system.clock.now())
  if (ttl !== undefined && ttl <= 0) return { outcome: 'left', note: `it expired at ${item.expires}, before it was written` }
  const door = await doorTo(writing.target, item.user)
  if (!door) return notReachable(item)
  try {
    const body = await bodyOf(item, ttl, door, writing)
    if (before && mustGo(item, before)) await replaceWhole(body, door)
    await put(item, body, door)
    return { outcome: 'carried' }
  } catch (error) {
    return refused(error)
  }
}

function notReachable(item: KeyItem): Written {
  return { outcome: 'manual', note: `keys of user ${item.user} cannot be written as this user`, advice: 'run again with other_users=true' }
}

/** The value to send: ciphertext as it is under the same crypto key, else plain text, as a secret, over the connection. */
async function bodyOf(item: KeyItem, ttl: number | undefined, door: Door, writing: Writing): Promise<KeyToWrite> {
  const keep = item.secret && sameCryptoKey(writing.source, writing.target)
  const value = item.secret && !keep ? await plainText(item, writing.source) : item.value
  return {
    name: item.name,
    scope: item.scope,
    value,
    secret: item.secret,
    ...(keep ? { encrypted: true } : {}),
    ...(ttl === undefined ? {} : { ttl }),
    ...(item.description === undefined ? {} : { description: item.description }),
    ...(door.user === undefined ? {} : { user: door.user }),
  }
}

export const mustGo = (item: KeyItem, before: KeyItem): boolean =>
  (before.expires !== undefined && item.expires === undefined) || (before.description !== undefined && item.description === undefined)

/**
 * Written once, then deleted so that it can be made anew. Only a value that was taken once removes the old one (a proxy may
 * refuse its size), and a secret under another crypto key cannot be deleted (400) until something readable stands there.
 */
export async function replaceWhole(body: KeyToWrite, door: Door): Promise<void> {
  await door.api.putKey(body)
  await door.api.deleteKey(body.name, body.scope, door.user)
}

/** A key named `null` that is there already answers a second PUT with 409: the read-back of verify tells whether it is the right one. */
async function put(item: KeyItem, body: KeyToWrite, door: Door): Promise<void> {
  try {
    await door.api.putKey(body)
  } catch (error) {
    if (!isNullName(item.name, item.scope) || (error as { status?: number }).status !== 409) throw error
  }
}

/** What a person can settle is for a person; the rest is thrown on, as a failure of this item. */
function refused(error: unknown): Written {
  if (error instanceof SecretUnreadable) {
    return { outcome: 'manual', note: `secret: ${error.message}`, advice: 'set this secret by hand on the new instance' }
  }
  const { code, message, advice } = error as { code?: string; message: string; advice?: string }
  if (code === 'too_large') return { outcome: 'manual', note: message, advice }
  throw error
}
