/**
 * The cipher of StackStorm's datastore secrets, the same from 3.4.1 to 3.9.0: upper-case hex of
 * header (5 bytes "00000") | IV (16) | AES-CBC-PKCS7 of the UTF-8 text | HMAC-SHA1 (20) over all before it.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'crypto'

export interface DatastoreKey {
  aes: Buffer
  hmac: Buffer
}

const HEADER = Buffer.from('00000', 'latin1')
const IV_BYTES = 16
const MAC_BYTES = 20
/** StackStorm calls less than this too short. (The ciphertext of the empty text has one block more.) */
const SHORTEST = HEADER.length + IV_BYTES + MAC_BYTES

/** Why a text cannot be decrypted: not of the form of a ciphertext, or not made with this key (or damaged since). */
export class CipherError extends Error {
  constructor(
    readonly reason: 'odd-length' | 'not-hex' | 'too-short' | 'wrong-key',
    message: string,
  ) {
    super(message)
  }
}

/** Reads `/etc/st2/keys/datastore_key.json`; throws an Error that names no part of the key. */
export function parseKeyFile(text: string): DatastoreKey {
  let parsed: { aesKeyString?: unknown; mode?: unknown; hmacKey?: { hmacKeyString?: unknown } }
  try {
    parsed = JSON.parse(text) as typeof parsed
  } catch {
    throw new Error('the datastore crypto key file is not JSON')
  }
  const { aesKeyString, hmacKey, mode } = parsed ?? {}
  if (typeof aesKeyString !== 'string' || typeof hmacKey?.hmacKeyString !== 'string') {
    throw new Error('the datastore crypto key file has no aesKeyString or no hmacKey.hmacKeyString')
  }
  if (mode !== undefined && mode !== 'CBC') throw new Error('the datastore crypto key is not for the mode CBC')
  const key = { aes: fromBase64Url(aesKeyString), hmac: fromBase64Url(hmacKey.hmacKeyString) }
  if (![16, 24, 32].includes(key.aes.length)) throw new Error('the AES key in the datastore crypto key file is not of 128, 192 or 256 bits')
  return key
}

/** A new key file's text, as StackStorm's own tool writes it: two keys of 256 bits. */
export function generateKeyFile(): string {
  const key = (): string => toBase64Url(randomBytes(32))
  return JSON.stringify({ hmacKey: { hmacKeyString: key(), size: 256 }, aesKeyString: key(), mode: 'CBC', size: 256 })
}

export function encrypt(plain: string, key: DatastoreKey): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(algorithm(key), key.aes, iv)
  const message = Buffer.concat([HEADER, iv, cipher.update(plain, 'utf8'), cipher.final()])
  return Buffer.concat([message, macOf(message, key)]).toString('hex').toUpperCase()
}

/** The plain text; throws {@link CipherError} when the text was not made with this key. */
export function decrypt(hex: string, key: DatastoreKey): string {
  if (hex.length % 2) throw new CipherError('odd-length', 'the ciphertext has an odd number of hex digits')
  // Looks for one wrong character: whatever repeats may overflow the stack over the 16 MB that a value can have.
  if (/[^0-9A-Fa-f]/.test(hex)) throw new CipherError('not-hex', 'the ciphertext is not hexadecimal')
  const bytes = Buffer.from(hex, 'hex')
  if (bytes.length < SHORTEST) throw new CipherError('too-short', 'the ciphertext is too short')
  const message = bytes.subarray(0, -MAC_BYTES)
  if (!timingSafeEqual(bytes.subarray(-MAC_BYTES), macOf(message, key))) throw wrongKey()
  const start = HEADER.length + IV_BYTES
  try {
    const decipher = createDecipheriv(algorithm(key), key.aes, message.subarray(HEADER.length, start))
    return Buffer.concat([decipher.update(message.subarray(start)), decipher.final()]).toString('utf8')
  } catch {
    throw wrongKey()
  }
}

/** Tells keys apart without revealing them: the same key has the same fingerprint on every machine. */
export function fingerprint(key: DatastoreKey): string {
  return createHash('sha256').update('st2 datastore key\0').update(macOf(key.aes, key)).update(createHash('sha256').update(key.aes).update(key.hmac).digest()).digest('hex')
}

function algorithm(key: DatastoreKey): string {
  return `aes-${key.aes.length * 8}-cbc`
}

function macOf(message: Buffer, key: DatastoreKey): Buffer {
  return createHmac('sha1', key.hmac).update(message).digest()
}

function wrongKey(): CipherError {
  return new CipherError('wrong-key', 'the ciphertext was made with another key, or is damaged')
}

/** Without the name 'base64url', which Node 14.18 does not know in every place. */
function fromBase64Url(text: string): Buffer {
  return Buffer.from(text.replace(/-/g, '+').replace(/_/g, '/'), 'base64')
}

function toBase64Url(bytes: Buffer): string {
  return bytes.toString('base64').replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}
