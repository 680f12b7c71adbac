/** What StackStorm's way to its database makes of odd names. */
import { percentDecode } from '../http/decode'
import { Fault, type SandboxRequest } from '../types'
import type { VersionTraits } from '../traits'

const ISO_UTC = /^\d{4}-\d{2}-\d{2}(\s|T)\d{2}:\d{2}:\d{2}(\.\d{3,6})?(Z|\+00|\+0000|\+00:00)$/

/** The name of a key as this version takes it from the path; 3.4.1 reads its UTF-8 bytes as Latin-1. */
export function nameFromPath(request: SandboxRequest, traits: VersionTraits): string {
  if (traits.keyNames === 'text') return request.params.name ?? ''
  const segments = request.rawPath.split('/').filter(Boolean)
  return percentDecode(segments[segments.length - 1] ?? '').toString('latin1').replace(/\/$/, '')
}

/**
 * Every text in a database query is looked at: one with `..` is taken for a range of times and refused, unless it is one; `null` means
 * that the member is missing. True when such a query can find nothing.
 */
export function findsNothing(text: string): boolean {
  if (text.toLowerCase() === 'null') return true
  if (!text.includes('..')) return false
  const [from = '', to = ''] = text.split('..')
  if (!ISO_UTC.test(from) || !ISO_UTC.test(to)) throw new Fault(400, 'Datetime value does not match expected format.')
  return true
}

/** The lock around a write has a name in Latin-1: other characters are refused, counted from the start of that name. */
export function requireLatin1(scope: string, reference: string): void {
  const characters = [...`kvp-crud-${scope}.${reference}`]
  const first = characters.findIndex(isOutsideLatin1)
  if (first < 0) return
  let end = first
  while (isOutsideLatin1(characters[end + 1] ?? '')) end++
  const what = end > first ? `characters in position ${first}-${end}` : `character ${escaped(characters[first] ?? '')} in position ${first}`
  throw new Fault(400, `'latin-1' codec can't encode ${what}: ordinal not in range(256)`)
}

/** Lone surrogates cannot be stored (only 3.4.1 lets them come this far). */
export function requireUtf8(text: string): void {
  const found = /[\ud800-\udfff]/u.exec(text)
  if (!found) return
  const at = [...text.slice(0, found.index)].length
  throw new Fault(400, `'utf-8' codec can't encode character ${escaped(found[0])} in position ${at}: surrogates not allowed`)
}

const isOutsideLatin1 = (char: string): boolean => (char.codePointAt(0) ?? 0) > 0xff

/** As Python writes a character that it could not encode: always escaped. */
function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0
  return code > 0xffff ? `'\\U${code.toString(16).padStart(8, '0')}'` : `'\\u${code.toString(16).padStart(4, '0')}'`
}
