/**
 * Writing one API key, and taking a write back. A POST with an id that is there overwrites that other key, even under another
 * hash (recordings apikeys, 33): so an id is looked up first, and never sent when it is taken.
 */
import { isSt2Error } from '../../st2/errors'
import type { Written, Writing } from '../kind'
import type { ApiKeyItem } from './item'
import { apiKeyRows } from './list'
import { compareApiKeys, newId } from './weigh'

const PATH = '/v1/apikeys'

/** What both POST and PUT take; the hash of a key never changes. */
const changeable = ({ user, metadata, enabled }: ApiKeyItem) => ({ user, metadata, enabled })

export async function writeApiKey(item: ApiKeyItem, before: ApiKeyItem | undefined, writing: Writing): Promise<Written> {
  try {
    if (!before) return await create(item, writing)
    await writing.target.api.put(`${PATH}/${before.id}`, changeable(item))
    return { outcome: 'carried' }
  } catch (error) {
    if (!isSt2Error(error, 'bad_request')) throw error
    return { outcome: 'manual', note: error.message, advice: 'make a new key for this user on the new instance (st2 apikey create) and give it to the program that uses this one' }
  }
}

/** StackStorm makes the record of a user it does not know with the user's first key: of several keys at once one may be refused for that record alone. */
const TRIES = 3

async function create(item: ApiKeyItem, writing: Writing, tries = TRIES): Promise<Written> {
  const { api } = writing.target
  const taken = (await api.find(`${PATH}/${item.id}`)) !== undefined
  try {
    await api.post(PATH, { ...(taken ? {} : { id: item.id }), key_hash: item.key_hash, ...changeable(item) }, undefined, { repeatable: true })
  } catch (error) {
    if (!isSt2Error(error, 'conflict')) throw error
    return madeMeanwhile(item, writing, tries - 1)
  }
  return taken ? { outcome: 'transformed', note: newId(item.id) } : { outcome: 'carried' }
}

/** A hash is stored once only: either an answer of ours was lost, or somebody brought this key there at the same time. When the hash is not there, the record of its user was the duplicate: it is there now. */
async function madeMeanwhile(item: ApiKeyItem, writing: Writing, tries: number): Promise<Written> {
  for await (const row of apiKeyRows(writing.target)) {
    if (row.key_hash !== item.key_hash) continue
    const there: ApiKeyItem = { ...item, ...row, metadata: row.metadata ?? {}, enabled: row.enabled ?? true }
    if (compareApiKeys(item, there).length > 0) return { outcome: 'failed', note: 'somebody else made this key on the new instance meanwhile', advice: 'plan and apply again' }
    return row.id === item.id ? { outcome: 'carried' } : { outcome: 'transformed', note: newId(item.id) }
  }
  if (tries > 0) return create(item, writing, tries)
  return { outcome: 'failed', note: 'StackStorm refuses it as a duplicate, and it is not there', advice: 'plan and apply again' }
}

/** Undo of a create. The user record that StackStorm made for its owner stays. */
export async function removeApiKey(now: ApiKeyItem, { target }: Writing): Promise<Written> {
  await target.api.delete(`${PATH}/${now.id}`)
  return { outcome: 'carried' }
}

/** Undo of an update. One that is gone meanwhile is made again, with its id when that is free. */
export async function restoreApiKey(before: ApiKeyItem, now: ApiKeyItem | undefined, writing: Writing): Promise<Written> {
  if (!now) return create(before, writing)
  await writing.target.api.put(`${PATH}/${now.id}`, changeable(before))
  return { outcome: 'carried' }
}
