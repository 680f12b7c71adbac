/** Callers as entries: the address, what it is called with, and how often. This host itself comes last. */
import { counted } from '../../core/counted'
import type { Caller, Usage } from './logs'
import type { Entry, Looking } from './types'

const isLocal = (address: string): boolean => address === '::1' || /^127\./.test(address)

export function* callers({ oldApi, newApi, missed }: Looking, usage: Usage): Generator<Entry> {
  const sorted = [...usage.callers].sort(([a, one], [b, other]) => Number(isLocal(a)) - Number(isLocal(b)) || other.count - one.count || (a < b ? -1 : 1))
  for (const [address, caller] of sorted) {
    const evidence = [`${counted(caller.count, 'request')}${caller.last === '' ? '' : `, last ${caller.last}`} in ${[...caller.logs].sort().join(', ')}`, ...of('program', caller.agents), ...of('asks for', caller.paths)].join('; ')
    yield {
      section: 'callers',
      old: `${address} -> ${oldApi}`,
      new: newApi,
      evidence,
      todo: isLocal(address) ? "on this host itself: nginx and StackStorm's own services, or scripts" : 'find out what runs there and give it the new address',
    }
  }
  if (usage.overflow > 0) missed(`${usage.overflow} requests of further addresses were not counted one by one`)
}

const SHOWN = 4

function of(what: string, counts: Caller['agents']): string[] {
  const sorted = [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)).map(([name]) => name.slice(0, 80))
  return sorted.length === 0 ? [] : [`${what} ${sorted.slice(0, SHOWN).join(', ')}${sorted.length > SHOWN ? ` and ${sorted.length - SHOWN} more` : ''}`]
}
