/** Keys as the API shows them. */
import { CipherError } from '../../core/datastore-cipher'
import { storedTime } from '../http/time'
import { Fault, serverError, type Sandbox } from '../types'
import { keyUid, splitReference, USER } from './scopes'
import type { KeyDoc } from './store'

/** A key as a reply's JSON. With `decrypt` a secret's value is plain; `expiry` overrides the stored time's notation. */
export function presentKey(doc: KeyDoc, sandbox: Sandbox, decrypt = false, expiry = doc.expiry === undefined ? undefined : storedTime(new Date(doc.expiry))): Record<string, unknown> {
  const { user, name } = doc.scope === USER ? splitReference(doc.name) : { user: undefined, name: doc.name }
  const plain = decrypt && doc.secret
  return {
    ...(doc.description !== undefined && { description: doc.description }),
    uid: keyUid(doc.scope, doc.name),
    scope: doc.scope,
    name,
    value: plain ? decryptValue(doc.value, sandbox) : doc.value,
    secret: doc.secret,
    ...(expiry !== undefined && { expire_timestamp: expiry }),
    id: doc.id,
    ...(user !== undefined && { user }),
    encrypted: doc.secret && !plain,
  }
}

const REFUSALS = { 'odd-length': 'Odd-length string', 'not-hex': 'Non-hexadecimal digit found', 'too-short': 'Invalid or malformed ciphertext (too short)' }

/** Malformed ciphertexts are a 400 in Python's words; one of another key is an error nobody foresaw: 500. */
function decryptValue(value: string, sandbox: Sandbox): string {
  try {
    return sandbox.decrypt(value)
  } catch (error) {
    if (!(error instanceof CipherError)) throw error
    throw error.reason === 'wrong-key' ? serverError() : new Fault(400, REFUSALS[error.reason])
  }
}
