/**
 * Plain text of datastore secrets, in memory only: by the instance's crypto key where its file is known, else by asking
 * the instance for this one key. One undecryptable secret fails alone: never a whole list with `decrypt=true`.
 */
import { decrypt, fingerprint } from '../../core/datastore-cipher'
import type { SecretSide } from '../kind'
import { doorTo } from './doors'
import type { KeyItem } from './item'

/** The reason is safe to print. */
export class SecretUnreadable extends Error {}

/** Neither key nor instance: nothing is known of the secret, not even that it cannot be opened. */
export class NotAtHand extends SecretUnreadable {}

/** True when both sides are known to have the same crypto key, so that ciphertext can cross as it is. */
export function sameCryptoKey(source: SecretSide, target: SecretSide): boolean {
  return source.crypto !== undefined && target.crypto !== undefined && fingerprint(source.crypto) === fingerprint(target.crypto)
}

/** The plain text of a secret as it stands on its side. Throws {@link SecretUnreadable}. */
export async function plainText(item: KeyItem, side: SecretSide): Promise<string> {
  if (side.crypto) {
    try {
      return decrypt(item.value, side.crypto)
    } catch (error) {
      throw new SecretUnreadable(`its ciphertext cannot be opened with the instance's crypto key (${(error as Error).message})`)
    }
  }
  if (!side.instance) throw new SecretUnreadable('neither the crypto key of its instance nor the instance itself is at hand')
  return askedPlainText(item, side.instance)
}

async function askedPlainText(item: KeyItem, instance: NonNullable<SecretSide['instance']>): Promise<string> {
  const door = await doorTo(instance, item.user)
  if (!door) throw new SecretUnreadable(`keys of user ${item.user} cannot be reached without other_users`)
  let key
  try {
    key = await door.api.key(item.name, item.scope, { decrypt: true, user: door.user })
  } catch (error) {
    const { status, message } = error as { status?: number; message: string }
    if (status !== 400 && status !== 500) throw error
    throw new SecretUnreadable(`its instance cannot decrypt it (${message})`)
  }
  if (!key) throw new SecretUnreadable('it is no longer on its instance')
  return key.value
}
