/** Python's notions of truth and equality for the values of a workflow. */
import { isMapping } from '../../python'

export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

/** Deep, whatever the order of members; true equals 1. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a === 'boolean' && typeof b === 'number') return Number(a) === b
  if (typeof a === 'number' && typeof b === 'boolean') return a === Number(b)
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => isEqual(item, b[index]))
  if (isMapping(a) && isMapping(b)) {
    const keys = Object.keys(a)
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && isEqual(a[key], b[key]))
  }
  return (a ?? null) === (b ?? null)
}

/** What two branches published becomes one: members of the later win, dictionaries are merged. */
export function merge(left: Record<string, unknown>, right: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...left }
  for (const [key, value] of Object.entries(right)) {
    const before = merged[key]
    merged[key] = isMapping(before) && isMapping(value) ? merge(before, value) : value
  }
  return merged
}
