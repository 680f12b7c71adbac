/**
 * The output contract: exactly one JSON document on stdout, `summary` first, one line of ASCII, some kB at most (StackStorm
 * loses bytes that are not UTF-8 and takes seconds over long output); or readable text. Pure.
 */
import type { StageResult } from '../engine/types'

/** What one answer may hold; lists that are longer lie in files. */
const MOST_BYTES = 12_000

/** One line, without its end. */
export function asJson(result: StageResult): string {
  const { summary, stage, exit, data } = result
  for (const most of [1000, 100, 30, 10, 3, 0]) {
    const line = ascii(JSON.stringify({ summary: cut(summary, Math.max(most, 10)), stage, exit, ...(cut(data, most) as object) }))
    if (line.length <= MOST_BYTES) return line
  }
  return ascii(JSON.stringify({ summary: (cut(summary, 10) as string[]).map((text) => text.slice(0, 300)), stage, exit, shortened: true }))
}

/** Lines for a person, with an end of line. */
export function asText(result: StageResult): string {
  return result.summary.map((line) => `${line}\n`).join('')
}

/** Keeps the first `most` entries of every list and says how many more there are. */
function cut(value: unknown, most: number): unknown {
  if (Array.isArray(value)) {
    const kept = value.slice(0, most).map((entry) => cut(entry, most))
    return value.length > most ? [...kept, `... and ${value.length - most} more`] : kept
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, cut(member, most)]))
}

const ascii = (json: string): string => json.replace(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
