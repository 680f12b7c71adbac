/**
 * Canonical JSON and its hash: equal data gives equal bytes, whatever order its members came in. What archives hold and
 * what plans compare by.
 */
import { createHash } from 'crypto'
import { compareIdentity } from './order'

/**
 * JSON with members sorted by code point and no blanks. Members that are `undefined` are left out, as JSON does; lone
 * surrogates come out as \uXXXX, so that the text is valid UTF-8 and reads back equal.
 * @throws TypeError for what JSON cannot hold (NaN, infinities, bigint, functions), rather than a silent null.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return numberText(value)
  if (Array.isArray(value)) return `[${value.map((element) => canonicalJson(element === undefined ? null : element)).join(',')}]`
  if (typeof value === 'object') return objectText(value as Record<string, unknown>)
  throw new TypeError(`JSON has no ${typeof value}`)
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`)
  return JSON.stringify(value)
}

function objectText(value: Record<string, unknown>): string {
  if (typeof value.toJSON === 'function') return canonicalJson((value as unknown as { toJSON(): unknown }).toJSON())
  const members = Object.keys(value)
    .filter((name) => value[name] !== undefined)
    .sort(compareIdentity)
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`).join(',')}}`
}

/** SHA-256 as lower-case hex; text is hashed as UTF-8. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** SHA-256 of the canonical JSON: equal for equal data. */
export function fingerprint(value: unknown): string {
  return sha256(canonicalJson(value))
}
