/** The packs as the API lists them, and what is registered from each pack's files. */
import type { StackStorm } from '../../st2/port'

export interface PackRow {
  ref: string
  name: string
  version?: string
  dependencies?: string[]
  files?: string[]
  path?: string
}

interface ResourceRow {
  ref: string
  pack: string
  metadata_file?: string
}

const RESOURCES: readonly [name: string, path: string][] = [
  ['action', '/v1/actions'],
  ['rule', '/v1/rules'],
  ['sensor', '/v1/sensortypes'],
  ['alias', '/v1/actionalias'],
]

export async function packRows(api: StackStorm): Promise<PackRow[]> {
  const rows: PackRow[] = []
  for await (const row of api.list<PackRow>('/v1/packs')) rows.push(row)
  return rows
}

/** A resource that was registered from a metadata file of its pack; those made through the API have none. */
export interface Registered {
  name: string
  metadataFile: string
}

/**
 * What is registered of each pack. A failed install can leave a pack in the list of packs with nothing registered, so that
 * files alone do not prove that a pack is in place.
 */
export async function registeredByPack(api: StackStorm): Promise<Map<string, Registered[]>> {
  const found = new Map<string, Registered[]>()
  for (const [kind, path] of RESOURCES) {
    for await (const row of api.list<ResourceRow>(path, { query: { include_attributes: 'ref,pack,metadata_file' } })) {
      if (!row.metadata_file) continue
      const list = found.get(row.pack) ?? []
      list.push({ name: `${kind}:${row.ref}`, metadataFile: row.metadata_file })
      found.set(row.pack, list)
    }
  }
  return found
}

/** The names of those whose metadata file is among `files`; a reinstall leaves rows behind whose files are gone. */
export function namesWithFile(registered: Registered[], files: { path: string }[]): string[] {
  const there = new Set(files.map((file) => file.path))
  return registered.filter(({ metadataFile }) => there.has(metadataFile)).map(({ name }) => name).sort()
}
