/**
 * What of the target itself was on before it was kept quiet: packs that somebody registers meanwhile (st2ctl reload registers all)
 * land switched off too. Activate switches these on again.
 */
import type { StackStorm } from '../st2/port'
import { ACTING_SORTS, findResource, isOn, nameOf, resourcesOf, switchResource, type Sort } from '../kinds/states/resources'
import type { Applying } from './applying'

/** As `rule:pack.name`, sorted. */
export async function actingOn(api: StackStorm): Promise<string[]> {
  const found: string[] = []
  for (const sort of ACTING_SORTS) for await (const row of resourcesOf(api, sort)) if (isOn(row)) found.push(`${sort}:${nameOf(row)}`)
  return found.sort()
}

/** Switches on what was on before and is off now, but for what the run itself sets. Returns what was switched on. */
export async function wakeOthers(before: readonly string[], applying: Applying): Promise<string[]> {
  const { api } = applying.target
  if (before.length === 0) return []
  const [now, own] = [new Set(await actingOn(api)), await ownOf(applying)]
  const woken: string[] = []
  for (const identity of before.filter((one) => !now.has(one) && !own.has(one))) {
    const colon = identity.indexOf(':')
    const [sort, name] = [identity.slice(0, colon) as Sort, identity.slice(colon + 1)]
    const row = await findResource(api, sort, name)
    if (!row || isOn(row)) continue
    await switchResource(api, sort, row, true)
    woken.push(identity)
  }
  return woken
}

/** Whether these are on is the archive's matter. */
async function ownOf({ archive, plan }: Applying): Promise<Set<string>> {
  const own = new Set<string>()
  const kinds: [kind: string, prefix: string][] = [['states', ''], ['rules', 'rule:'], ['aliases', 'alias:']]
  for (const [kind, prefix] of kinds.filter(([name]) => plan.header.kinds.includes(name))) for await (const { identity } of archive.items(kind)) own.add(prefix + identity)
  return own
}
