/**
 * All API keys of an instance, hashes included. The API's own list stops at 50 and masks the hashes (recordings apikeys,
 * apikeys-paging); a masked one is worse than none: written anywhere, the mask would be stored as a hash.
 */
import type { Archive } from '../../archive/types'
import { EXIT, Refusal } from '../../core/exit-codes'
import { BORROWED_BY } from '../../st2/borrow'
import type { Instance, Reading } from '../kind'
import { MASK } from '../members'
import { toItem, type ApiKeyItem, type ApiKeyRow } from './item'

const RESET = 'StackStorm sets created_at anew whenever an API key is written; the times of the old instance stay in the archive'

export async function* listApiKeys(reading: Reading): AsyncGenerator<ApiKeyItem> {
  const { instance, wanted } = reading
  const identities = await identitiesByHash(wanted)
  let found = 0
  for await (const row of apiKeyRows(instance)) {
    if (row.metadata?.[BORROWED_BY] !== undefined) continue
    if (row.key_hash === MASK) {
      remarkStoredMask(reading, row)
      continue
    }
    found++
    yield toItem(row, identities.get(row.key_hash))
  }
  if (found > 0 && !wanted) reading.note(RESET)
}

/** Every row with its hash. @throws Refusal when the instance masks them all the same. */
export async function* apiKeyRows({ api, side }: Instance): AsyncGenerator<ApiKeyRow> {
  for await (const row of api.list<ApiKeyRow>('/v1/apikeys', { query: { show_secrets: true } })) {
    // A key that was loaded from a masked list has the mask for a hash: its uid tells the two apart.
    if (row.key_hash === MASK && row.uid !== `api_key:${MASK}`) throw masked(side)
    yield row
  }
}

const masked = (side: string): Refusal =>
  new Refusal(
    `the ${side} shows its API keys masked (${MASK}): without their hashes they cannot be carried`,
    'work there as an administrator, and see that [api] mask_secrets of its st2.conf lets administrators see secrets; or leave them out with except=api_keys',
    EXIT.blocked,
  )

/** A key is the same whoever it belongs to: on a target it goes by the identity that the archive gives it. */
async function identitiesByHash(archive: Archive | undefined): Promise<Map<string, string>> {
  const identities = new Map<string, string>()
  if (!archive) return identities
  for await (const item of archive.items('api_keys')) identities.set((item as ApiKeyItem).key_hash, item.identity)
  return identities
}

function remarkStoredMask(reading: Reading, { user, id }: ApiKeyRow): void {
  if (reading.wanted) return
  reading.remark({
    identity: `${user}:${MASK}`,
    outcome: 'left',
    note: `it holds ${MASK} in place of a hash, as a masked list leaves it when it is loaded: no program can be using it`,
    advice: `delete it on the old instance (st2 apikey delete ${id})`,
  })
}
