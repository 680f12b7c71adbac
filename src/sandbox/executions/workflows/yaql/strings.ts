/** YAQL's functions of texts. */
import { NoMatch } from '../problem'
import type { Eager } from './types'

const textFrom = (value: unknown): string => {
  if (typeof value !== 'string') throw new NoMatch()
  return value
}
const onText =
  (work: (text: string, ...args: unknown[]) => unknown): Eager =>
  ([value, ...args]) =>
    work(textFrom(value), ...args)

const blank = /\s/
function isCut(char: string | undefined, chars: unknown): boolean {
  return char !== undefined && (typeof chars === 'string' ? chars.includes(char) : blank.test(char))
}
function trimmed(text: string, chars: unknown, left: boolean, right: boolean): string {
  let [from, to] = [0, text.length]
  while (left && from < to && isCut(text[from], chars)) from++
  while (right && to > from && isCut(text[to - 1], chars)) to--
  return text.slice(from, to)
}

/** Without a separator at runs of white space; `most` is the number of cuts. */
function split(text: string, separator: unknown = null, most: unknown = -1): string[] {
  if (separator === null) return text.split(/\s+/).filter((part) => part !== '')
  const parts = text.split(textFrom(separator))
  const cuts = Number(most)
  return cuts < 0 || parts.length <= cuts + 1 ? parts : [...parts.slice(0, cuts), parts.slice(cuts).join(textFrom(separator))]
}

function substring(text: string, start: unknown, length: unknown = -1): string {
  const from = Number(start) < 0 ? Math.max(text.length + Number(start), 0) : Number(start)
  return Number(length) < 0 ? text.slice(from) : text.slice(from, from + Number(length))
}

export const STRINGS: Record<string, Eager> = {
  toUpper: onText((text) => text.toUpperCase()),
  toLower: onText((text) => text.toLowerCase()),
  trim: onText((text, chars) => trimmed(text, chars, true, true)),
  trimLeft: onText((text, chars) => trimmed(text, chars, true, false)),
  trimRight: onText((text, chars) => trimmed(text, chars, false, true)),
  split: onText(split),
  substring: onText(substring),
  startsWith: onText((text, ...starts) => starts.some((start) => text.startsWith(textFrom(start)))),
  endsWith: onText((text, ...ends) => ends.some((end) => text.endsWith(textFrom(end)))),
  matches: onText((text, pattern) => new RegExp(textFrom(pattern)).test(text)),
}
