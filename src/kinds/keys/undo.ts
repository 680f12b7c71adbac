/**
 * Taking back one key. A restored secret is the target's own ciphertext, byte for byte; what is left of its life is counted
 * from now. Both can be called again after a crash.
 */
import { isNullName } from '../../st2/names'
import { isSt2Error } from '../../st2/errors'
import type { KeyToWrite } from '../../st2/port'
import type { Writing, Written } from '../kind'
import { doorTo, type Door } from './doors'
import { remainingSeconds, type KeyItem } from './item'
import { deleteNull } from './null-name'
import { mustGo, replaceWhole } from './write'

export async function removeKey(now: KeyItem, writing: Writing): Promise<Written> {
  if (isNullName(now.name, now.scope)) return nullKey(now)
  const door = await doorTo(writing.target, now.user)
  if (!door) return notReachable(now)
  await deleteIfThere(now, door)
  return { outcome: 'carried' }
}

export async function restoreKey(before: KeyItem, now: KeyItem | undefined, writing: Writing): Promise<Written> {
  if (isNullName(before.name, before.scope)) return nullKey(before)
  const door = await doorTo(writing.target, before.user)
  if (!door) return notReachable(before)
  const ttl = before.expires === undefined ? undefined : remainingSeconds(before.expires, writing.system.clock.now())
  if (ttl !== undefined && ttl <= 0) {
    await deleteIfThere(before, door)
    return { outcome: 'carried', note: `what stood there before has expired meanwhile, at ${before.expires}: there is none now` }
  }
  const body = bodyOf(before, ttl, door)
  try {
    if (now && mustGo(before, now)) await replaceWhole(body, door)
    await door.api.putKey(body)
    return { outcome: 'carried' }
  } catch (error) {
    if (before.secret && isSt2Error(error, 'bad_request')) return unreadable
    throw error
  }
}

function bodyOf(before: KeyItem, ttl: number | undefined, door: Door): KeyToWrite {
  const { name, scope, value, secret, description } = before
  return {
    name,
    scope,
    value,
    secret,
    ...(secret && { encrypted: true }),
    ...(ttl !== undefined && { ttl }),
    ...(description !== undefined && { description }),
    ...(door.user !== undefined && { user: door.user }),
  }
}

async function deleteIfThere({ name, scope }: KeyItem, door: Door): Promise<void> {
  try {
    await door.api.deleteKey(name, scope, door.user)
  } catch (error) {
    if (!isSt2Error(error, 'not_found')) throw error
  }
}

const nullKey = (key: KeyItem): Written => ({ outcome: 'manual', note: 'a key of this name can be neither deleted nor changed through the API', advice: deleteNull(key) })
const unreadable: Written = { outcome: 'manual', note: 'the secret that stood there before does not fit the crypto key that this StackStorm has now', advice: "set it by hand; its old ciphertext is in the run's journal" }
const notReachable = ({ user }: KeyItem): Written => ({ outcome: 'manual', note: `keys of user ${user} can be written only as this user`, advice: 'run undo again with other_users=true' })
