/** Request bodies as StackStorm's router reads them: JSON, whatever the content type says; forms apart. */
import { Fault } from '../types'
import type { VersionTraits } from '../traits'
import { strictUtf8 } from './decode'
import { JsonError, readJson } from './json'

const FORMS = ['application/x-www-form-urlencoded', 'multipart/form-data']
/** Without a content type StackStorm's own server sets text/plain, so this is taken as JSON too. */
const JSON_TYPES = ['application/json', 'text/plain']

/** The parsed body, undefined for an empty one; throws the 400 for what cannot be read. Numbers are as {@link readJson} gives them. */
export function parseBody(raw: Buffer, contentType: string | undefined, traits: VersionTraits): unknown {
  const type = (contentType || 'application/json').split(';')[0]?.trim() ?? ''
  if (FORMS.includes(type)) return traits.formBodies === 'text' ? formFields(raw) : {}
  if (!JSON_TYPES.includes(type)) throw unreadable(`Unsupported Content-Type: "${type}"`)
  if (raw.length === 0) return undefined
  const text = strictUtf8(raw)
  if (text === undefined) throw unreadable(decodeError(raw))
  try {
    return readJson(text, traits.jsonParser)
  } catch (error) {
    if (error instanceof JsonError) throw unreadable(error.message)
    throw error
  }
}

function unreadable(why: string): Fault {
  return new Fault(400, `Failed to parse request body: ${why}`)
}

/** In Python's words; the place is that of the first byte which cannot stand there. */
function decodeError(raw: Buffer): string {
  let good = 0
  for (let step = 1 << 24; step >= 1; step = Math.floor(step / 2)) while (good + step <= raw.length && startsWell(raw.subarray(0, good + step))) good += step
  const byte = (raw[good] ?? 0).toString(16).padStart(2, '0')
  return `'utf-8' codec can't decode byte 0x${byte} in position ${good}: invalid continuation byte`
}

/** True for UTF-8 that may go on: a character cut at the end is no error yet. */
function startsWell(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

function formFields(raw: Buffer): Record<string, string[]> {
  const fields: Record<string, string[]> = {}
  for (const [name, value] of new URLSearchParams(raw.toString())) if (value !== '') (fields[name] ??= []).push(value)
  return fields
}
