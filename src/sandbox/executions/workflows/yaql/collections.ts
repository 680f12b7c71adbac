/** YAQL's functions of lists and dictionaries. */
import { isMapping, pyStr } from '../../../python'
import { ExpressionProblem, NoMatch } from '../problem'
import { isEqual } from '../values'
import type { Eager, Named } from './types'

const listFrom = (value: unknown): unknown[] => {
  if (!Array.isArray(value)) throw new NoMatch()
  return value as unknown[]
}
const dictFrom = (value: unknown): Named => {
  if (!isMapping(value)) throw new NoMatch()
  return value
}
const onList =
  (work: (list: unknown[], ...args: unknown[]) => unknown): Eager =>
  ([value, ...args]) =>
    work(listFrom(value), ...args)
const onDict =
  (work: (dict: Named, ...args: unknown[]) => unknown): Eager =>
  ([value, ...args]) =>
    work(dictFrom(value), ...args)

/** An end of a list that may be empty. */
function end(item: (list: unknown[]) => unknown): Eager {
  return onList((list, ...instead) => {
    if (list.length > 0) return item(list)
    if (instead.length > 0) return instead[0]
    throw new ExpressionProblem('StopIteration', '')
  })
}

function get(of: unknown, key: unknown, instead: unknown = null): unknown {
  const dict = dictFrom(of)
  const name = pyStr(key)
  return Object.prototype.hasOwnProperty.call(dict, name) ? dict[name] : instead
}

/** `dict(a => 1)` and `dict(list of pairs)`. */
function dict([pairs]: unknown[], named: Named): Named {
  if (pairs === undefined) return named
  if (isMapping(pairs)) return { ...pairs, ...named }
  return { ...Object.fromEntries(listFrom(pairs).map((pair) => [pyStr(listFrom(pair)[0]), listFrom(pair)[1]])), ...named }
}

/** `set(key, value)`, `set(dictionary)`, `set(key => value)`. */
function set([of, key, value]: unknown[], named: Named): Named {
  if (key === undefined) return { ...dictFrom(of), ...named }
  return isMapping(key) ? { ...dictFrom(of), ...key } : { ...dictFrom(of), [pyStr(key)]: value }
}

function without([of, ...keys]: unknown[]): Named {
  const gone = keys.map(pyStr)
  return Object.fromEntries(Object.entries(dictFrom(of)).filter(([name]) => !gone.includes(name)))
}

function range([first, stop, step = 1]: unknown[]): number[] {
  const [from, to] = stop === undefined ? [0, Number(first)] : [Number(first), Number(stop)]
  const numbers: number[] = []
  for (let number = from; Number(step) > 0 ? number < to : number > to; number += Number(step)) numbers.push(number)
  return numbers
}

const distinct = (list: unknown[]): unknown[] => list.filter((item, index) => list.findIndex((other) => isEqual(other, item)) === index)
const flatten = (list: unknown[]): unknown[] => list.flatMap((item) => (Array.isArray(item) ? flatten(item) : [item]))

/** Of a list, or of the arguments. */
function extreme(better: (a: number, b: number) => boolean): Eager {
  return (args) => {
    const [first, ...others] = (args.length === 1 ? listFrom(args[0]) : args) as number[]
    if (first === undefined) throw new ExpressionProblem('TypeError', 'reduce() of empty sequence with no initial value')
    return others.reduce((best, item) => (better(item, best) ? item : best), first)
  }
}

export const COLLECTIONS: Record<string, Eager> = {
  get: ([of, key, instead]) => get(of, key, instead),
  keys: onDict((of) => Object.keys(of)),
  values: onDict((of) => Object.values(of)),
  items: onDict((of) => Object.entries(of)),
  containsKey: onDict((of, key) => pyStr(key) in of),
  containsValue: onDict((of, value) => Object.values(of).some((one) => isEqual(one, value))),
  delete: without,
  dict,
  set,
  list: (args) => args,
  range,
  contains: onList((list, value) => list.some((item) => isEqual(item, value))),
  first: end((list) => list[0]),
  last: end((list) => list[list.length - 1]),
  distinct: onList(distinct),
  reverse: onList((list) => [...list].reverse()),
  limit: onList((list, count) => list.slice(0, Number(count))),
  take: onList((list, count) => list.slice(0, Number(count))),
  skip: onList((list, count) => list.slice(Number(count))),
  append: onList((list, ...more) => [...list, ...more]),
  flatten: onList(flatten),
  toList: ([value]) => (isMapping(value) ? Object.keys(value) : listFrom(value)),
  enumerate: onList((list, start = 0) => list.map((item, index) => [index + Number(start), item])),
  count: onList((list) => list.length),
  sum: onList((list, initial = 0) => (list as number[]).reduce((total, item) => total + item, Number(initial))),
  max: extreme((a, b) => a > b),
  min: extreme((a, b) => a < b),
  concat: (args) => (args.every((arg) => typeof arg === 'string') ? args.join('') : args.flatMap(listFrom)),
  indexOf: ([of, value]) => (typeof of === 'string' ? of.indexOf(pyStr(value)) : listFrom(of).findIndex((item) => isEqual(item, value))),
}
