/** Two configurations member by member, and their files by their bytes. Differences name the member, never a value. */
import type { Difference } from '../../core/model'
import type { ConfigItem } from './item'

export function compareConfigs(source: ConfigItem, target: ConfigItem, targetHasFiles: boolean): Difference[] {
  const differences = differingPaths(source.values, target.values, 'values').map((path) => ({ path }))
  if (!source.file || !targetHasFiles) return differences
  if (!target.file) return [...differences, { path: 'file', source: 'there', target: 'missing' }]
  const same = source.file.sha256 === target.file.sha256
  return same ? differences : [...differences, { path: 'file', source: 'its bytes', target: 'other bytes' }]
}

export const sameValues = (a: unknown, b: unknown): boolean => differingPaths(a, b, '').length === 0

function differingPaths(a: unknown, b: unknown, path: string): string[] {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length ? a.flatMap((one, i) => differingPaths(one, b[i], `${path}.${i}`)) : [path]
  }
  if (isMapping(a) && isMapping(b)) {
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
    return names.flatMap((name) => (name in a && name in b ? differingPaths(a[name], b[name], `${path}.${name}`) : [`${path}.${name}`]))
  }
  return a === b || sameMoment(a, b) ? [] : [path]
}

const isMapping = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/
/** A YAML date comes back from the database as text with other digits of a second. */
const sameMoment = (a: unknown, b: unknown): boolean =>
  typeof a === 'string' && typeof b === 'string' && MOMENT.test(a) && MOMENT.test(b) && Date.parse(a) === Date.parse(b)
