/** YAQL's own functions, as far as workflows of packs commonly use them. A method is a function with its receiver as first argument. */
import { isMapping, pyStr, pyTypeName } from '../../../python'
import { ExpressionProblem, NoMatch } from '../problem'
import { isEqual, isTrue } from '../values'
import { COLLECTIONS } from './collections'
import { STRINGS } from './strings'
import type { Eager, Lambda, Lazy } from './types'

/** `str()` of YAQL: null and booleans in its own spelling. */
export function textOf(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  return pyStr(value)
}

function integer(value: unknown): number {
  if (value === null) return 0
  const text = pyStr(value)
  if (typeof value === 'string' && !/^\s*[+-]?\d+\s*$/.test(value)) throw new ExpressionProblem('ValueError', `invalid literal for int() with base 10: '${text}'`)
  if (typeof value === 'object') throw new NoMatch()
  return Math.trunc(Number(value))
}

function float(value: unknown): number {
  if (value === null) return 0
  if (typeof value === 'object') throw new NoMatch()
  const number = Number(value)
  if (Number.isNaN(number) || value === '') throw new ExpressionProblem('ValueError', `could not convert string to float: '${pyStr(value)}'`)
  return number
}

const PLAIN: Record<string, Eager> = {
  str: ([value]) => textOf(value),
  int: ([value]) => integer(value),
  float: ([value]) => float(value),
  bool: ([value]) => isTrue(value),
  isDict: ([value]) => isMapping(value),
  isList: ([value]) => Array.isArray(value),
  isString: ([value]) => typeof value === 'string',
  isBoolean: ([value]) => typeof value === 'boolean',
  isInteger: ([value]) => pyTypeName(value) === 'int',
  isNumber: ([value]) => typeof value === 'number',
  abs: ([value]) => Math.abs(float(value)),
  round: ([value, digits = 0]) => Number(float(value).toFixed(Number(digits))),
  coalesce: (args) => args.find((value) => value !== null) ?? null,
}

export const EAGER: Record<string, Eager | undefined> = { ...PLAIN, ...STRINGS, ...COLLECTIONS, join, len, isEmpty, replace }

/** Both `list.join(text)` and `text.join(list)`. */
function join([first, second]: unknown[]): string {
  const [items, separator] = typeof first === 'string' ? [second, first] : [first, second]
  if (!Array.isArray(items) || typeof separator !== 'string') throw new NoMatch()
  return items.map(textOf).join(separator)
}

function len([value]: unknown[]): number {
  if (typeof value === 'string') return [...value].length
  if (Array.isArray(value)) return value.length
  if (isMapping(value)) return Object.keys(value).length
  throw new NoMatch()
}

/** Of texts alone. */
function isEmpty([value]: unknown[]): boolean {
  if (value !== null && typeof value !== 'string') throw new NoMatch()
  return !value
}

/** In a text once and again; `count` limits it. */
function replace([text, old, replacement, count = -1]: unknown[]): string {
  if (typeof text !== 'string' || typeof old !== 'string' || typeof replacement !== 'string') throw new NoMatch()
  const parts = text.split(old)
  if (Number(count) < 0) return parts.join(replacement)
  const first = parts.slice(0, Number(count) + 1)
  return [first.join(replacement), ...parts.slice(Number(count) + 1)].join(old)
}

function listOf(lambda: Lambda | undefined): unknown[] {
  const value = lambda?.value()
  if (isMapping(value)) return Object.keys(value)
  if (!Array.isArray(value)) throw new NoMatch()
  return value
}
const given = (lambda: Lambda | undefined): Lambda => {
  if (!lambda) throw new NoMatch()
  return lambda
}

function sorted(list: unknown[], by: Lambda, sign: number): unknown[] {
  const keyed = list.map((item) => ({ item, key: by.value(item) as string | number }))
  return keyed.sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item)
}

function toDict([list, key, value]: Lambda[]): unknown {
  return Object.fromEntries(listOf(list).map((item) => [pyStr(given(key).value(item)), value ? value.value(item) : item]))
}

function groupBy([list, key, value]: Lambda[]): unknown {
  const groups: [unknown, unknown[]][] = []
  for (const item of listOf(list)) {
    const name = given(key).value(item)
    const group = groups.find(([other]) => isEqual(other, name))
    const member = value ? value.value(item) : item
    if (group) group[1].push(member)
    else groups.push([name, [member]])
  }
  return groups
}

/** The value behind the first condition that holds. */
function choose(cases: Lambda[]): unknown {
  for (const { key, value } of cases) {
    if (!key) throw new NoMatch()
    if (isTrue(key())) return value()
  }
  return null
}

const or = (by: Lambda | undefined, item: unknown): boolean => isTrue(by ? by.value(item) : item)

export const LAZY: Record<string, Lazy | undefined> = {
  switch: choose,
  select: ([list, by]) => listOf(list).map((item) => given(by).value(item)),
  selectMany: ([list, by]) => listOf(list).flatMap((item) => given(by).value(item)),
  where: ([list, by]) => listOf(list).filter((item) => isTrue(given(by).value(item))),
  filter: ([list, by]) => listOf(list).filter((item) => isTrue(given(by).value(item))),
  any: ([list, by]) => (by ? listOf(list).some((item) => or(by, item)) : listOf(list).length > 0),
  all: ([list, by]) => listOf(list).every((item) => or(by, item)),
  orderBy: ([list, by]) => sorted(listOf(list), given(by), 1),
  orderByDescending: ([list, by]) => sorted(listOf(list), given(by), -1),
  toDict,
  groupBy,
}
