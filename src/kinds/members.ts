/** Two values of JSON, compared member by member: for kinds whose items are what an API or a YAML file tells. Pure. */
import type { Difference } from '../core/model'

interface Pair {
  /** For example `action.parameters.0.name`. */
  path: string
  /** Undefined where one side has no such member. */
  source: unknown
  target: unknown
}

/** Where the two differ; nothing for the same. Objects in any order of members. `path` is what stands before each path. */
export function differingMembers(source: unknown, target: unknown, path: string): Pair[] {
  if (Array.isArray(source) && Array.isArray(target) && source.length === target.length) {
    return source.flatMap((one, i) => differingMembers(one, target[i], join(path, String(i))))
  }
  if (isMapping(source) && isMapping(target)) {
    const names = [...new Set([...Object.keys(source), ...Object.keys(target)])].sort()
    return names.flatMap((name) => differingMembers(own(source, name), own(target, name), join(path, name)))
  }
  return source === target || sameMoment(source, target) ? [] : [{ path, source, target }]
}

export const sameMembers = (a: unknown, b: unknown): boolean => differingMembers(a, b, '').length === 0

/** Differences of what may hold secrets: where they are, and which side has something there; never a value. */
export function hiddenDifferences(source: unknown, target: unknown, path: string): Difference[] {
  return differingMembers(source, target, path).map((pair) => ({ path: pair.path, ...hidden('source', pair.source, 'its value'), ...hidden('target', pair.target, 'another value') }))
}

const hidden = (side: 'source' | 'target', value: unknown, word: string): Partial<Difference> => (value === undefined ? {} : { [side]: word })

export const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)
const own = (value: Record<string, unknown>, name: string): unknown => (Object.prototype.hasOwnProperty.call(value, name) ? value[name] : undefined)

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/
/** A YAML date comes back from the database as text with other digits of a second. */
const sameMoment = (a: unknown, b: unknown): boolean =>
  typeof a === 'string' && typeof b === 'string' && MOMENT.test(a) && MOMENT.test(b) && Date.parse(a) === Date.parse(b)

/** What the API shows in place of a secret; stored when somebody sent a masked copy back. */
export const MASK = '********'

/** Paths of all masked values. */
export function maskedIn(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return value === MASK ? [path] : []
  return Object.entries(value).flatMap(([name, member]) => maskedIn(member, join(path, name)))
}
