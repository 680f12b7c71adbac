/** Methods of Python's texts, dictionaries and lists that templates call. */
import { pyStr } from '../python'

export type Callable = (args: unknown[], named: Record<string, unknown>) => unknown

type Method = (of: unknown, args: unknown[]) => unknown

const text = (of: unknown): string => {
  if (typeof of === 'string') return of
  throw new Error(`a method of texts was called on ${pyStr(of)}`)
}
const dict = (of: unknown): Record<string, unknown> => {
  if (typeof of === 'object' && of !== null && !Array.isArray(of)) return of as Record<string, unknown>
  throw new Error(`a method of dictionaries was called on ${pyStr(of)}`)
}

export const METHODS: Record<string, Method | undefined> = {
  get: (of, [key, instead = null]) => (pyStr(key) in dict(of) ? dict(of)[pyStr(key)] : instead),
  keys: (of) => Object.keys(dict(of)),
  values: (of) => Object.values(dict(of)),
  items: (of) => Object.entries(dict(of)),
  upper: (of) => text(of).toUpperCase(),
  lower: (of) => text(of).toLowerCase(),
  strip: (of) => text(of).trim(),
  split: (of, [separator]) => (separator === undefined ? text(of).split(/\s+/).filter((part) => part !== '') : text(of).split(pyStr(separator))),
  join: (of, [items]) => (items as unknown[]).map(pyStr).join(text(of)),
  replace: (of, [old, replacement]) => text(of).split(pyStr(old)).join(pyStr(replacement)),
  startswith: (of, [start]) => text(of).startsWith(pyStr(start)),
  endswith: (of, [end]) => text(of).endsWith(pyStr(end)),
}
