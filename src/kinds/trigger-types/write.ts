/**
 * Writing one trigger type, and taking a write back. StackStorm makes the one trigger of a type without parameters when the
 * type is made, not when it is changed: a type that comes to have parameters, or to have none, must be made anew.
 */
import { isSt2Error } from '../../st2/errors'
import type { Written, Writing } from '../kind'
import { bodyOf, compareTriggerTypes, toItem, withoutParameters, type TriggerTypeItem, type TriggerTypeRow } from './item'

const PATH = '/v1/triggertypes'
const BY_HAND = 'change it by hand: delete the trigger type there, make it anew, and make the rules that use it anew'

export async function writeTriggerType(item: TriggerTypeItem, before: TriggerTypeItem | undefined, writing: Writing): Promise<Written> {
  try {
    return before ? await change(item, before, writing) : await create(item, writing)
  } catch (error) {
    if (!isSt2Error(error, 'bad_request')) throw error
    return { outcome: 'manual', note: error.message, advice: 'make it by hand on the new instance (POST /v1/triggertypes)' }
  }
}

async function create(item: TriggerTypeItem, { target }: Writing): Promise<Written> {
  try {
    await target.api.post(PATH, bodyOf(item), undefined, { repeatable: true })
  } catch (error) {
    if (!isSt2Error(error, 'conflict')) throw error
    const there = await find(item, target.api)
    if (!there || compareTriggerTypes(item, there).length > 0) {
      return { outcome: 'failed', note: 'another one of this name was made on the new instance meanwhile', advice: 'plan and apply again' }
    }
  }
  return { outcome: 'carried' }
}

async function find({ pack, name }: TriggerTypeItem, api: Writing['target']['api']): Promise<TriggerTypeItem | undefined> {
  for await (const row of api.list<TriggerTypeRow>(PATH, { query: { pack, name } })) {
    if (row.pack === pack && row.name === name) return toItem(row, 'target')
  }
  return undefined
}

async function change(item: TriggerTypeItem, before: TriggerTypeItem, writing: Writing): Promise<Written> {
  if (withoutParameters(item) === withoutParameters(before)) return put(item, before.id!, writing)
  const users = await rulesWith(before.identity, writing)
  if (users.length > 0) return { outcome: 'manual', note: `it has other parameters on the new instance, where ${users.join(', ')} uses it`, advice: BY_HAND }
  await writing.target.api.delete(`${PATH}/${before.id}`)
  return create(item, writing)
}

/** Without an id in the body the API answers 500 (recordings triggers, 11). */
async function put(item: TriggerTypeItem, id: string, { target }: Writing): Promise<Written> {
  try {
    await target.api.put(`${PATH}/${id}`, { ...bodyOf(item), id })
    return { outcome: 'carried' }
  } catch (error) {
    if (!isSt2Error(error, 'server')) throw error
    return { outcome: 'manual', note: 'this StackStorm fails at changing trigger types', advice: BY_HAND }
  }
}

/** Undo of a create. Rules that somebody made for it meanwhile would be left without their trigger. */
export async function removeTriggerType(now: TriggerTypeItem, writing: Writing): Promise<Written> {
  if (await writing.goes?.('packs', now.pack)) return { outcome: 'carried' }
  if (now.file !== undefined) return { outcome: 'left', note: `it comes from ${now.file} of its pack` }
  const users = await rulesWith(now.identity, writing)
  if (users.length > 0) return { outcome: 'left', note: `it is used by ${users.join(', ')}`, advice: 'delete these rules first, then the trigger type (DELETE /v1/triggertypes/REF)' }
  try {
    await writing.target.api.delete(`${PATH}/${now.id}`)
    return { outcome: 'carried' }
  } catch (error) {
    if (isSt2Error(error, 'not_found')) return removeAnew(now, writing)
    if (!isSt2Error(error, 'bad_request')) throw error
    return { outcome: 'left', note: error.message, advice: 'nothing: an unused trigger type does no harm' }
  }
}

/** A pack that was taken back before it may have taken the type along, or brought its own back, as before; or it has another id now. */
async function removeAnew(gone: TriggerTypeItem, writing: Writing): Promise<Written> {
  const found = await find(gone, writing.target.api)
  if (found === undefined || found.file !== undefined) return { outcome: 'carried' }
  if (found.id === gone.id) return { outcome: 'failed', note: 'it is listed, but StackStorm does not find it', advice: 'run undo again' }
  return removeTriggerType(found, writing)
}

/** Undo of an update. A pack that was taken back meanwhile may have taken the type along, or brought one of its own with another id. */
export async function restoreTriggerType(before: TriggerTypeItem, now: TriggerTypeItem | undefined, writing: Writing): Promise<Written> {
  try {
    return await writeTriggerType(before, now, writing)
  } catch (error) {
    if (!now || !isSt2Error(error, 'not_found')) throw error
    return writeTriggerType(before, await find(before, writing.target.api), writing)
  }
}

async function rulesWith(ref: string, { target }: Writing): Promise<string[]> {
  const users: string[] = []
  for await (const rule of target.api.list<{ ref: string; trigger?: { type?: string } | string }>('/v1/rules')) {
    const { trigger } = rule
    if ((typeof trigger === 'string' ? trigger : trigger?.type) === ref) users.push(`rule ${rule.ref}`)
  }
  return users
}
