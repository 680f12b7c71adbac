/** Makes through the API what people made there: API keys, trigger types, actions, rules, policies, aliases. */
import type { RawClient } from './client'
import { ACTIONS } from './made/actions'
import { ALIASES } from './made/aliases'
import type { EstateApiKey } from './made/api-keys'
import { POLICIES } from './made/policies'
import { RULES } from './made/rules'
import { TRIGGER_TYPES } from './made/trigger-types'
import { pooled } from './pool'

/** How many of each, in plain words. */
export const MADE: Readonly<Record<string, number>> = { rules: RULES.length, actions: ACTIONS.length, policies: POLICIES.length, aliases: ALIASES.length, 'trigger types': TRIGGER_TYPES.length }

/** An API key as it was made, with the key itself: StackStorm shows it once only. */
export interface MadeApiKey extends EstateApiKey {
  id: string
  key: string
}

/** In the order of `keys`. */
export async function seedApiKeys(admin: RawClient, keys: readonly EstateApiKey[]): Promise<MadeApiKey[]> {
  const made: MadeApiKey[] = []
  await pooled([...keys.entries()], 6, async ([i, apiKey]) => {
    const { id, key } = await admin.call<{ id: string; key: string }>('POST', '/v1/apikeys', apiKey)
    made[i] = { ...apiKey, id, key }
  })
  return made
}

/** What rules need comes first. The packs must be there: an action is made in its pack's directory. */
export async function seedContent(admin: RawClient): Promise<void> {
  for (const type of TRIGGER_TYPES) await admin.call('POST', '/v1/triggertypes', type)
  for (const action of ACTIONS) await admin.call('POST', '/v1/actions', action)
  for (const rule of RULES) await admin.call('POST', '/v1/rules', rule)
  for (const policy of POLICIES) await admin.call('POST', '/v1/policies', policy)
  for (const alias of ALIASES) await admin.call('POST', '/v1/actionalias', alias)
}
