/**
 * Rules that the datastore sets off: StackStorm dispatches core.st2.key_value_pair.create, .update, .value_change and .delete at each
 * write through its API. Those that are on while keys are carried would run their actions for each of them.
 */
import type { Archive } from '../../archive/types'
import type { StackStorm } from '../../st2/port'
import type { Weighing } from '../kind'

const TRIGGERS = 'core.st2.key_value_pair.'

interface RuleRow {
  ref: string
  enabled?: boolean
  trigger?: { type?: string }
}

export interface Watching {
  /** Rules of the target alone. */
  own: string[]
  /** Rules that the archive has too: whether these are on is its matter. */
  carried: string[]
}

/** Refs of those that are on, sorted. `kinds`: what is planned together with the keys. */
export async function watching(api: StackStorm, archive: Pick<Archive, 'items'>, kinds: readonly string[]): Promise<Watching> {
  const found: Watching = { own: [], carried: [] }
  const on: string[] = []
  for await (const { ref, enabled, trigger } of api.list<RuleRow>('/v1/rules')) if (enabled !== false && trigger?.type?.startsWith(TRIGGERS)) on.push(ref)
  if (on.length === 0) return found
  const known = await rulesOf(archive, kinds)
  for (const ref of on.sort()) found[known.has(ref) ? 'carried' : 'own'].push(ref)
  return found
}

async function rulesOf(archive: Pick<Archive, 'items'>, kinds: readonly string[]): Promise<Set<string>> {
  const refs = new Set<string>()
  if (kinds.includes('rules')) for await (const { identity } of archive.items('rules')) refs.add(identity)
  if (kinds.includes('states')) for await (const { identity } of archive.items('states')) if (identity.startsWith('rule:')) refs.add(identity.slice('rule:'.length))
  return refs
}

/** For whoever approves a plan that writes keys. */
export async function watchingLines({ target, archive, settings, kinds = [] }: Weighing): Promise<string[]> {
  const { own, carried } = await watching(target.api, archive, kinds)
  const held = settings.landing === 'active' ? [] : own
  const fire = settings.landing === 'active' ? [...own, ...carried].sort() : carried
  return [
    ...(held.length > 0 ? [`rules of the target that writing keys would set off are switched off until activate or undo: ${held.join(', ')}`] : []),
    ...(fire.length > 0 ? [`rules of the target that writing keys sets off, and that stay on: ${fire.join(', ')} (switch them off yourself until it is done: st2 rule disable REF)`] : []),
  ]
}
