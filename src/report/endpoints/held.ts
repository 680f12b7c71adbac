/** The members of an item that hold a host name, by their paths. Pure. */
import type { HostNames } from '../../core/host-names'

/** Paths like `action.parameters.url`; `without`: members at the top that are not looked into. */
export function heldIn(item: Record<string, unknown>, names: HostNames, without: readonly string[]): string[] {
  return Object.entries(item).flatMap(([name, value]) => (without.includes(name) ? [] : pathsIn(value, names, name)))
}

function pathsIn(value: unknown, names: HostNames, path: string): string[] {
  if (typeof value === 'string') return names.in(value).size > 0 ? [path] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => [...(!Array.isArray(value) && names.in(name).size > 0 ? [`${path} (the name of a member)`] : []), ...pathsIn(member, names, `${path}.${name}`)])
}
