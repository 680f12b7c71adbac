/** Which packs an install needs besides, and which of them stand in the way (packs.get_pack_dependencies). */
import { pyStr } from '../python'
import { dependencyName, splitVersion } from './source'

interface PackOnDisk {
  version?: unknown
  dependencies?: unknown
}

export interface Dependencies {
  dependency_list: string[]
  conflict_list: string[]
  nested: number
}

/**
 * Looks at the packs that were just downloaded. `packOnDisk` gives a pack's metadata by its directory name. A dependency that
 * is on disk in another version than asked for is a conflict, as are two that ask for different versions of a third.
 */
export function findDependencies(
  status: Record<string, string>,
  nested: number,
  packOnDisk: (name: string) => PackOnDisk | undefined,
): Partial<Dependencies> {
  if (Object.keys(status).length === 0 || nested === 0) return {}
  const found: Dependencies = { dependency_list: [], conflict_list: [], nested: nested - 1 }
  for (const [pack, outcome] of Object.entries(status)) {
    if (!isSuccess(outcome)) continue
    const wanted = packOnDisk(pack)?.dependencies
    for (const dependency of Array.isArray(wanted) ? wanted : []) consider(String(dependency), found, packOnDisk)
  }
  return found
}

/** StackStorm tells a good download by this word in its status. */
export const isSuccess = (outcome: string): boolean => outcome.toLowerCase().includes('success')

function consider(dependency: string, found: Dependencies, packOnDisk: (name: string) => PackOnDisk | undefined): void {
  const { what, version } = splitVersion(dependency)
  const installed = installedVersion(dependencyName(what), packOnDisk)
  if (installed) {
    if (version && withV(installed) !== withV(version)) addOnce(found.conflict_list, dependency)
  } else if (asksForAnother(what, version, found.dependency_list)) {
    found.conflict_list.push(dependency)
  } else addOnce(found.dependency_list, dependency)
}

function installedVersion(name: string, packOnDisk: (name: string) => PackOnDisk | undefined): string | undefined {
  const short = name.toLowerCase().includes('stackstorm-') ? name.split('stackstorm-').pop() : undefined
  const version = packOnDisk(name)?.version ?? (short ? packOnDisk(short)?.version : undefined)
  return version ? pyStr(version) : undefined
}

function asksForAnother(what: string, version: string | undefined, list: readonly string[]): boolean {
  const same = list.map(splitVersion).find((other) => other.what === what)
  return same !== undefined && same.version !== version
}

const withV = (version: string): string => (version.startsWith('v') ? version : `v${version}`)

function addOnce(list: string[], item: string): void {
  if (!list.includes(item)) list.push(item)
}
