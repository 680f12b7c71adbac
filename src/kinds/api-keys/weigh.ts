/** When two API keys differ, and what a plan says of each. */
import type { Difference } from '../../core/model'
import { quirksOf } from '../../st2/quirks'
import type { Verdict, Weighing } from '../kind'
import { hiddenDifferences, isMapping } from '../members'
import type { ApiKeyItem } from './item'

/** The hash is the same already: what is left is whose key it is, what is written about it, and whether it works. */
export function compareApiKeys(source: ApiKeyItem, target: ApiKeyItem): Difference[] {
  const found: Difference[] = []
  if (source.user !== target.user) found.push({ path: 'user', source: source.user, target: target.user })
  found.push(...hiddenDifferences(source.metadata, target.metadata, 'metadata'))
  if (source.enabled !== target.enabled) found.push({ path: 'enabled', source: String(source.enabled), target: String(target.enabled) })
  return found
}

export async function weighApiKey(source: ApiKeyItem, target: ApiKeyItem | undefined, weighing: Weighing): Promise<Verdict | undefined> {
  const name = quirksOf(weighing.target.version).dotlessMembers ? dottedName(source.metadata) : undefined
  if (name !== undefined) {
    return {
      action: 'manual',
      note: `StackStorm ${weighing.target.version} takes no metadata with a dot in the name of a member (${JSON.stringify(name)})`,
      advice: 'rename that member on the old instance (st2 apikey has no edit: PUT /v1/apikeys/ID with user, metadata, enabled) and export again',
    }
  }
  if (target || !(await idsOf(weighing)).has(source.id)) return undefined
  return { transformed: true, note: newId(source.id) }
}

export const newId = (id: string): string => `its id ${id} belongs to another API key on the new instance, so it gets a new one; the key itself works as before`

function dottedName(value: unknown): string | undefined {
  if (Array.isArray(value)) return firstOf(value)
  if (!isMapping(value)) return undefined
  return Object.keys(value).find((name) => name.includes('.')) ?? firstOf(Object.values(value))
}

function firstOf(values: unknown[]): string | undefined {
  for (const value of values) {
    const found = dottedName(value)
    if (found !== undefined) return found
  }
  return undefined
}

const known = new WeakMap<Weighing, Promise<Set<string>>>()

/** All ids in use on the target, whoever made these keys: a POST with one of them would overwrite that key. */
function idsOf(weighing: Weighing): Promise<Set<string>> {
  const ids = known.get(weighing) ?? listIds(weighing)
  known.set(weighing, ids)
  return ids
}

async function listIds({ target }: Weighing): Promise<Set<string>> {
  const ids = new Set<string>()
  for await (const { id } of target.api.list<{ id: string }>('/v1/apikeys')) ids.add(id)
  return ids
}
