/** What of a pack acts as soon as it is registered: rules, sensors, aliases and policies that its files ship switched on. */
import { parseYaml } from '../../core/yaml11'
import { readCommitted } from './bundles'
import { treeOf, type Workshop } from './snapshot'

export interface LiveResource {
  kind: 'rule' | 'sensor' | 'alias' | 'policy'
  name: string
}

const FOLDERS: readonly [folder: string, kind: LiveResource['kind'], nameMember: string][] = [
  ['rules', 'rule', 'name'],
  ['sensors', 'sensor', 'class_name'],
  ['aliases', 'alias', 'name'],
  ['policies', 'policy', 'name'],
]

/** Reads the metadata files of a commit as registering reads them: `*.yaml` and `*.yml` of each folder, `enabled` true unless it says no. */
export async function liveResources(shop: Workshop, commit: string): Promise<LiveResource[]> {
  const names = [...(await treeOf(shop, commit)).values()].map(({ raw }) => raw.toString('utf8'))
  const found: LiveResource[] = []
  for (const [folder, kind, member] of FOLDERS) {
    for (const file of names.filter((name) => new RegExp(`^${folder}/[^/]+\\.ya?ml$`).test(name))) {
      const metadata = asMapping(await readCommitted(shop, commit, file))
      // What cannot be read is not registered either: the install tells.
      if (metadata && (metadata.enabled ?? true) === true) found.push({ kind, name: nameOf(metadata[member], file) })
    }
  }
  return found
}

function asMapping(bytes: Buffer | undefined): Record<string, unknown> | undefined {
  try {
    const value = parseYaml((bytes ?? Buffer.alloc(0)).toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const nameOf = (name: unknown, file: string): string => (typeof name === 'string' || typeof name === 'number' ? String(name) : file)
