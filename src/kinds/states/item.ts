/** One state: whether a rule, sensor, action, alias, policy or runner is switched on. */
import { z } from 'zod'
import { fingerprint } from '../../core/canonical'
import type { Difference, Item } from '../../core/model'
import { SORTS, type Sort } from './resources'

export interface StateItem extends Item {
  /** `rule:pack.name`, `sensor:pack.ClassName`, `runner:name`. */
  identity: string
  sort: Sort
  pack?: string
  name: string
  enabled: boolean
  /** What the pack's own file says; absent where no file could be read. */
  shipped?: boolean
  /** Target only: what the next registration of the pack makes of it, once the target is no longer kept quiet; absent where that cannot be known. */
  settled?: boolean
}

export const stateSchema = z.looseObject({
  identity: z.string(),
  sort: z.enum(SORTS),
  pack: z.string().optional(),
  name: z.string(),
  enabled: z.boolean(),
  shipped: z.boolean().optional(),
})

export const onOff = (enabled: boolean): string => (enabled ? 'on' : 'off')

/** The state itself, and whether it lasts. What a target had before a run (the first item then) need not have lasted either. */
export function compareStates(source: StateItem, target: StateItem): Difference[] {
  const differences: Difference[] = []
  const wanted = source.settled ?? source.enabled
  if (source.enabled !== target.enabled) differences.push({ path: 'enabled', source: onOff(source.enabled), target: onOff(target.enabled) })
  if (target.settled !== undefined && target.settled !== wanted) differences.push({ path: 'enabled after the next registration', source: onOff(wanted), target: onOff(target.settled) })
  return differences
}

export const stateFingerprint = ({ identity, enabled, settled }: StateItem): string => fingerprint({ identity, enabled, settled })
