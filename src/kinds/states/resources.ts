/**
 * What can be switched on and off on an instance, and switching one: the whole object is read, secrets included, and put back
 * under its id, as the web UI does (PUT by ref is refused for rules and aliases; a part is refused for all but sensors).
 */
import type { Overridable } from '../../core/override-file'
import { encodeName } from '../../st2/names'
import type { StackStorm } from '../../st2/port'
import type { Folder } from '../packs/names'

export const SORTS = ['rule', 'sensor', 'action', 'alias', 'policy', 'runner'] as const
export type Sort = (typeof SORTS)[number]

interface About {
  path: string
  /** Section of an overrides file; absent for what ignores them. */
  type?: Overridable
  /** Folder of a pack that holds its metadata; runners have none. */
  folder?: Folder
  /** It acts by itself, or on a word from outside: off on a quiet target. */
  acts?: true
  /** The API refuses to change what belongs to pack core (400): only an override switches that. */
  guarded?: true
}

export const ABOUT: Readonly<Record<Sort, About>> = {
  rule: { path: '/v1/rules', type: 'rules', folder: 'rules', acts: true },
  sensor: { path: '/v1/sensortypes', type: 'sensors', folder: 'sensors', acts: true, guarded: true },
  action: { path: '/v1/actions', type: 'actions', folder: 'actions', guarded: true },
  alias: { path: '/v1/actionalias', type: 'aliases', folder: 'aliases', acts: true },
  policy: { path: '/v1/policies', folder: 'policies', guarded: true },
  runner: { path: '/v1/runnertypes' },
}

export const ACTING_SORTS: readonly Sort[] = SORTS.filter((sort) => ABOUT[sort].acts)

export interface Resource {
  id: string
  /** Absent for runners. */
  ref?: string
  /** Class name of a sensor. */
  name: string
  pack?: string
  enabled?: boolean
  metadata_file?: string
}

/** All of a sort, or those of one pack. Their secrets are masked: only for looking. */
export async function* resourcesOf(api: StackStorm, sort: Sort, pack?: string): AsyncGenerator<Resource> {
  for await (const row of api.list<Resource>(ABOUT[sort].path, { query: pack === undefined ? {} : { pack } })) {
    // Filters that a version does not know are dropped silently.
    if (pack === undefined || row.pack === pack) yield row
  }
}

/** `pack.name`; the bare name of a runner. */
export const nameOf = ({ ref, name }: Resource): string => ref ?? name

/** StackStorm takes an absent `enabled` for true when it registers. */
export const isOn = ({ enabled }: Resource): boolean => enabled ?? true

/** One with its secrets; undefined when there is none. */
export function findResource(api: StackStorm, sort: Sort, name: string): Promise<Resource | undefined> {
  return api.find<Resource>(`${ABOUT[sort].path}/${encodeName(name)}`, { show_secrets: true })
}

/** Switches one that was read with its secrets. Throws what StackStorm answers. */
export async function switchResource(api: StackStorm, sort: Sort, row: Resource, enabled: boolean): Promise<void> {
  await api.put(`${ABOUT[sort].path}/${row.id}`, { ...row, enabled })
}
