/** Apache's own password hash, `$apr1$salt$hash`: a thousand rounds of MD5. */
import { createHash } from 'crypto'

const MAGIC = '$apr1$'
const ROUNDS = 1000
const DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Which bytes of the digest make up each group of four digits; the last byte makes two. */
const GROUPS = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]]

/** The hash of a password with the salt of another hash (or with a salt of up to eight characters). */
export function apr1(password: string, saltOrHash: string): string {
  const salt = saltOrHash.replace(MAGIC, '').split('$')[0]?.slice(0, 8) ?? ''
  const secret = Buffer.from(password)
  let digest = firstDigest(secret, salt)
  for (let round = 0; round < ROUNDS; round++) digest = nextDigest(digest, secret, salt, round)
  return `${MAGIC}${salt}$${encode(digest)}`
}

const md5 = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function firstDigest(secret: Buffer, salt: string): Buffer {
  const inner = md5(secret, salt, secret)
  const parts: (Buffer | string)[] = [secret, MAGIC, salt]
  for (let left = secret.length; left > 0; left -= 16) parts.push(inner.subarray(0, Math.min(16, left)))
  for (let bits = secret.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? Buffer.from([0]) : secret.subarray(0, 1))
  return md5(...parts)
}

function nextDigest(digest: Buffer, secret: Buffer, salt: string, round: number): Buffer {
  const isOdd = round % 2 === 1
  const parts: (Buffer | string)[] = [isOdd ? secret : digest]
  if (round % 3) parts.push(salt)
  if (round % 7) parts.push(secret)
  return md5(...parts, isOdd ? digest : secret)
}

function encode(digest: Buffer): string {
  const byte = (at: number): number => digest[at] ?? 0
  const triples = GROUPS.map(([high = 0, middle = 0, low = 0]) => digits((byte(high) << 16) | (byte(middle) << 8) | byte(low), 4))
  return triples.join('') + digits(byte(11), 2)
}

function digits(value: number, count: number): string {
  let out = ''
  for (let i = 0; i < count; i++) out += DIGITS[(value >> (6 * i)) & 63] ?? ''
  return out
}
