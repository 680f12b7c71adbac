/** Does a rule's criteria fit a trigger's payload? The operators of StackStorm's rules. */
import { pyRepr } from '../../python'
import type { Json } from '../model'

export interface Criterion {
  type?: string
  pattern?: unknown
  condition?: string
}

/** True when every criterion fits; an operator that is unknown or does not suit the value does not fit. */
export function fits(criteria: Record<string, Criterion>, payload: Json): boolean {
  const entries = Object.entries(criteria)
  if (entries.length > 0 && Object.keys(payload).length === 0) return false
  return entries.every(([key, criterion]) => fitsOne(key, criterion, { trigger: payload }))
}

function fitsOne(key: string, criterion: Criterion, names: Json): boolean {
  const value = lookUp(names, (key.split('#')[0] ?? '').split('.'))
  try {
    if (criterion.type === 'search') return searchFits(value, criterion)
    return OPERATORS[criterion.type ?? '']?.(value, criterion.pattern) ?? false
  } catch {
    return false
  }
}

function lookUp(value: unknown, path: string[]): unknown {
  return path.reduce<unknown>((part, name) => (typeof part === 'object' && part !== null ? (part as Json)[name] : undefined), value) ?? null
}

type Operator = (value: unknown, pattern: unknown) => boolean
const text = (value: unknown): string => value as string
const same = (a: unknown, b: unknown): boolean => pyRepr(a) === pyRepr(b)
const holds = (whole: unknown, part: unknown): boolean => (Array.isArray(whole) ? whole.some((item) => same(item, part)) : typeof whole === 'string' ? whole.includes(text(part)) : text(part) in (whole as object))
const secondsSince = (time: unknown): number => (Date.now() - Date.parse(text(time))) / 1000
const wildcard = (pattern: unknown): RegExp => new RegExp(`^${text(pattern).replace(/[.+^${}()|\\]/g, '\\$&').replace(/\*/g, '[^]*').replace(/\?/g, '[^]')}$`)

/** Nothing matches a pattern that is null. */
const needsPattern =
  (operator: Operator): Operator =>
  (value, pattern) =>
    pattern !== null && pattern !== undefined && operator(value, pattern)
const lower = (value: unknown): string => text(value).toLowerCase()

const equals = needsPattern(same)
const nequals: Operator = (value, pattern) => !same(value, pattern ?? null)
const iequals = needsPattern((value, pattern) => lower(value) === lower(pattern))
const lessThan = needsPattern((value, pattern) => (value as number) < (pattern as number))
const greaterThan = needsPattern((value, pattern) => (value as number) > (pattern as number))
const olderThan = needsPattern((value, pattern) => secondsSince(value) > Number(pattern))
const youngerThan = needsPattern((value, pattern) => secondsSince(value) < Number(pattern))
const inside = needsPattern((value, pattern) => holds(pattern, value))
const ninside = needsPattern((value, pattern) => !holds(pattern, value))

const OPERATORS: Record<string, Operator> = {
  eq: equals,
  equals,
  neq: nequals,
  nequals,
  ieq: iequals,
  iequals,
  contains: needsPattern((value, pattern) => holds(value, pattern)),
  icontains: needsPattern((value, pattern) => lower(value).includes(lower(pattern))),
  ncontains: needsPattern((value, pattern) => !holds(value, pattern)),
  incontains: needsPattern((value, pattern) => !lower(value).includes(lower(pattern))),
  startswith: needsPattern((value, pattern) => text(value).startsWith(text(pattern))),
  istartswith: needsPattern((value, pattern) => lower(value).startsWith(lower(pattern))),
  endswith: needsPattern((value, pattern) => text(value).endsWith(text(pattern))),
  iendswith: needsPattern((value, pattern) => lower(value).endsWith(lower(pattern))),
  lt: lessThan,
  lessthan: lessThan,
  gt: greaterThan,
  greaterthan: greaterThan,
  td_lt: youngerThan,
  timediff_lt: youngerThan,
  td_gt: olderThan,
  timediff_gt: olderThan,
  exists: (value) => value !== null,
  nexists: (value) => value === null,
  in: inside,
  inside,
  nin: ninside,
  ninside,
  matchwildcard: needsPattern((value, pattern) => wildcard(pattern).test(text(value))),
  matchregex: needsPattern((value, pattern) => new RegExp(`^(?:${text(pattern)})`, 's').test(text(value))),
  regex: needsPattern((value, pattern) => new RegExp(text(pattern)).test(text(value))),
  iregex: needsPattern((value, pattern) => new RegExp(text(pattern), 'i').test(text(value))),
}

/** Criteria on the items of a list: `condition` says whether any or all items and patterns must fit. */
function searchFits(value: unknown, { pattern, condition = 'all' }: Criterion): boolean {
  const items = (Array.isArray(value) ? value : [value]) as Json[]
  const patterns = Object.entries(pattern as Record<string, Criterion>)
  const itemFits = (item: Json): boolean => {
    const test = ([key, criterion]: [string, Criterion]): boolean => fitsOne(key, criterion, { item })
    return condition.endsWith('2any') ? patterns.some(test) : patterns.every(test)
  }
  return condition.startsWith('any') ? items.some(itemFits) : items.every(itemFits)
}
