/**
 * Acting as another user where RBAC is off: an API key for that user, made for a moment and always deleted again. Its id is
 * chosen and recorded before it is made (the API takes one), so that after a crash the key can be found and deleted. Keys
 * whose record was lost too are found by their metadata.
 */
import { isSt2Error } from './errors'
import type { StackStorm } from './port'

export interface BorrowRecord {
  /** Id of the API key, 24 hex digits. */
  id: string
  user: string
  /** `intent` is recorded before the key is made, `deleted` when it is gone. */
  state: 'intent' | 'deleted'
}

/** Writes a record down; durable when it returns. */
type KeepRecord = (record: BorrowRecord) => Promise<void>

/** The metadata member that marks a temporary key; its value is the run. */
export const BORROWED_BY = 'st2upgrade'

export interface Borrowed {
  /** The instance asked as that user. */
  api: StackStorm
  /** Deletes the key. */
  giveBack(): Promise<void>
}

/** A client that acts as `user`; `randomHex` gives so many random bytes as lower-case hex. Whoever borrows gives back; a failure in the middle leaves nothing behind that is not recorded. */
export async function borrow(api: StackStorm, user: string, run: string, record: KeepRecord, randomHex: (bytes: number) => string): Promise<Borrowed> {
  const id = randomHex(12)
  await record({ id, user, state: 'intent' })
  const giveBack = async () => {
    await deleteKey(api, id)
    await record({ id, user, state: 'deleted' })
  }
  try {
    const { key } = await api.post<{ key: string }>('/v1/apikeys', { id, user, enabled: true, metadata: { [BORROWED_BY]: run } })
    return { api: api.withApiKey(key), giveBack }
  } catch (error) {
    // The answer may have been lost on the way: the key can be there all the same.
    await giveBack().catch(() => undefined)
    throw error
  }
}

async function deleteKey(api: StackStorm, id: string): Promise<boolean> {
  try {
    await api.delete(`/v1/apikeys/${id}`)
    return true
  } catch (error) {
    if (isSt2Error(error, 'not_found')) return false
    throw error
  }
}

/** Deletes the keys of records that never came to `deleted`. Returns the users whose keys were still there. */
export async function cleanUp(api: StackStorm, records: Iterable<BorrowRecord>, record: KeepRecord): Promise<string[]> {
  const open = new Map<string, BorrowRecord>()
  for (const one of records) {
    if (one.state === 'intent') open.set(one.id, one)
    else open.delete(one.id)
  }
  const users: string[] = []
  for (const left of open.values()) {
    if (await deleteKey(api, left.id)) users.push(left.user)
    await record({ ...left, state: 'deleted' })
  }
  return users
}

export interface Leftover {
  id: string
  user: string
  run: string
}

/** Temporary keys of any run that are on the instance now. */
export async function findLeftovers(api: Pick<StackStorm, 'list'>): Promise<Leftover[]> {
  const found: Leftover[] = []
  for await (const key of api.list<{ id: string; user: string; metadata?: Record<string, unknown> }>('/v1/apikeys')) {
    const run = key.metadata?.[BORROWED_BY]
    if (typeof run === 'string') found.push({ id: key.id, user: key.user, run })
  }
  return found
}

/** Deletes the leftovers of one run. Returns their users. */
export async function cleanUpByMetadata(api: Pick<StackStorm, 'list' | 'delete'>, run: string): Promise<string[]> {
  const mine = (await findLeftovers(api)).filter((left) => left.run === run)
  for (const { id } of mine) await api.delete(`/v1/apikeys/${id}`).catch(ignoreMissing)
  return mine.map(({ user }) => user)
}

function ignoreMissing(error: unknown): void {
  if (!isSt2Error(error, 'not_found')) throw error
}
