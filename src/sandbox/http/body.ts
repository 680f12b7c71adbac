/** Request bodies as StackStorm's router reads them: the content type hardly matters, JSON is expected. */
import { Fault } from '../types'
import type { VersionTraits } from '../traits'
import { strictUtf8 } from './decode'

const FORMS = ['application/x-www-form-urlencoded', 'multipart/form-data']

/** The parsed body, undefined for an empty one; throws the 400 for what cannot be read. */
export function parseBody(raw: Buffer, contentType: string | undefined, _traits: VersionTraits): unknown {
  const type = (contentType ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? ''
  if (FORMS.includes(type)) return formFields(raw)
  if (raw.length === 0) return undefined
  const text = strictUtf8(raw)
  if (text === undefined) throw unreadable("'utf-8' codec can't decode the body")
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw unreadable((error as Error).message)
  }
}

function unreadable(why: string): Fault {
  return new Fault(400, `Failed to parse request body: ${why}`)
}

function formFields(raw: Buffer): Record<string, string[]> {
  const fields: Record<string, string[]> = {}
  for (const [name, value] of new URLSearchParams(raw.toString())) (fields[name] ??= []).push(value)
  return fields
}
