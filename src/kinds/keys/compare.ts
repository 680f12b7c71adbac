/** When two keys are the same: value (secrets decrypted in memory), secrecy, description, and expiry within a tolerance. */
import { sha256 } from '../../core/canonical'
import type { Difference } from '../../core/model'
import type { Weighing } from '../kind'
import { plainText, sameCryptoKey, SecretUnreadable } from './secrets'
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
    if (!(await sameSecret(source, target, weighing))) found.push({ path: 'value', source: 'a secret', target: 'another secret' })
  } else if (source.secret === target.secret && source.value !== target.value) {
    found.push({ path: 'value', source: sketch(source.value), target: sketch(target.value) })
  }
  return found
}

function sameExpiry(source: string | undefined, target: string | undefined): boolean {
  if (source === undefined || target === undefined) return source === target
  return Math.abs(Date.parse(source) - Date.parse(target)) <= EXPIRY_TOLERANCE_S * 1000
}

/** A secret that cannot be opened is the same as no other; `weigh` tells why. */
async function sameSecret(source: KeyItem, target: KeyItem, weighing: Weighing): Promise<boolean> {
  if (source.value.toUpperCase() === target.value.toUpperCase() && sameCryptoKey(weighing.source, weighing.target)) return true
  try {
    return (await plainText(source, weighing.source)) === (await plainText(target, { instance: weighing.target, crypto: weighing.target.crypto }))
  } catch (error) {
    if (error instanceof SecretUnreadable) return false
    throw error
  }
}

const sketch = (value: string): string => `${Buffer.byteLength(value)} bytes, sha256 ${sha256(value).slice(0, 12)}`
