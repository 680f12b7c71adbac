/** When two keys are the same: value (secrets decrypted in memory), secrecy, description, and expiry within a tolerance. */
import { sha256 } from '../../core/canonical'
import type { Difference } from '../../core/model'
import type { SecretSide, Weighing } from '../kind'
import { NotAtHand, plainText, sameCryptoKey, SecretUnreadable } from './secrets'
import type { KeyItem } from './item'

/** Remaining seconds are rounded up and a write takes a while, so expiries agree within this many seconds. */
export const EXPIRY_TOLERANCE_S = 60

/** The members that differ. Values are told by length and a short hash, secrets not at all. */
export async function compareKeys(source: KeyItem, target: KeyItem, weighing: Weighing): Promise<Difference[]> {
  const found: Difference[] = []
  if (source.secret !== target.secret) found.push({ path: 'secret', source: String(source.secret), target: String(target.secret) })
  if ((source.description ?? '') !== (target.description ?? '')) found.push({ path: 'description', source: source.description, target: target.description })
  if (!sameExpiry(source.expires, target.expires)) found.push({ path: 'expires', source: source.expires ?? 'never', target: target.expires ?? 'never' })
  if (source.secret && target.secret) {
    found.push(...(await compareSecrets(source, target, weighing)))
  } else if (source.secret === target.secret && source.value !== target.value) {
    found.push({ path: 'value', source: sketch(source.value), target: sketch(target.value) })
  }
  return found
}

function sameExpiry(source: string | undefined, target: string | undefined): boolean {
  if (source === undefined || target === undefined) return source === target
  return Math.abs(Date.parse(source) - Date.parse(target)) <= EXPIRY_TOLERANCE_S * 1000
}

/** A secret of the source that cannot be opened here proves nothing; one that the target itself cannot open is not the same. */
async function compareSecrets(source: KeyItem, target: KeyItem, weighing: Weighing): Promise<Difference[]> {
  if (source.value.toUpperCase() === target.value.toUpperCase() && sameCryptoKey(weighing.source, weighing.target)) return []
  const [ours, theirs] = [await opened(source, weighing.source), await opened(target, { instance: weighing.target, crypto: weighing.target.crypto })]
  if (ours instanceof SecretUnreadable) return [{ path: 'value', unknown: `secret: ${ours.message}` }]
  if (theirs instanceof NotAtHand) return [{ path: 'value', unknown: `secret: ${theirs.message}` }]
  if (theirs instanceof SecretUnreadable) return [{ path: 'value', source: 'a secret', target: `unreadable: ${theirs.message}` }]
  return ours === theirs ? [] : [{ path: 'value', source: 'a secret', target: 'another secret' }]
}

async function opened(item: KeyItem, side: SecretSide): Promise<string | SecretUnreadable> {
  try {
    return await plainText(item, side)
  } catch (error) {
    if (error instanceof SecretUnreadable) return error
    throw error
  }
}

const sketch = (value: string): string => `${Buffer.byteLength(value)} bytes, sha256 ${sha256(value).slice(0, 12)}`
