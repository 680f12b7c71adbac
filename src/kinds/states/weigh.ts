/** What a plan says about a state: none is set before activate. */
import type { Difference } from '../../core/model'
import { manual, packProspect } from '../content/weigh'
import { conflictPolicy, type Verdict, type Weighing } from '../kind'
import { SYSTEM_PACKS } from '../packs/item'
import { onOff, type StateItem } from './item'
import { overrideReach } from './reach'
import { ABOUT } from './resources'

export async function weighState(source: StateItem, target: StateItem | undefined, _differences: Difference[], weighing: Weighing): Promise<Verdict | undefined> {
  return target ? weighOther(source, target, weighing) : weighMissing(source, weighing)
}

/** A state that nobody set by hand on the target is no conflict: it is how the pack came, or how the target is kept quiet. */
async function weighOther(source: StateItem, target: StateItem, weighing: Weighing): Promise<Verdict> {
  const { settings } = weighing
  const byHand = target.settled !== undefined && target.settled !== target.enabled && !(ABOUT[source.sort].acts && !target.enabled)
  const policy = conflictPolicy(settings, 'states')
  if (policy === 'skip') return { action: 'skip' }
  const stuck = await unswitchable(source, weighing)
  if (stuck) return stuck
  return byHand && policy === 'fail' ? { action: 'conflict' } : { action: 'update', note: told(source) }
}

const SYSTEM = 'core'

/** What neither the API nor an override switches: activate could only tell it. */
async function unswitchable({ sort, pack, enabled }: StateItem, { target }: Weighing): Promise<Verdict | undefined> {
  if (pack !== SYSTEM || !ABOUT[sort].guarded) return undefined
  const { type } = ABOUT[sort]
  const why = type === undefined ? `overrides do not hold for a ${sort}` : (await overrideReach(target)).why
  if (why === undefined) return undefined
  const byHand = type === undefined ? 'leave it as it is there' : `switch it ${onOff(enabled)} in /opt/stackstorm/overrides/${pack}.yaml on the new instance, and register its pack (st2 pack register ${pack})`
  return manual(`${onOff(enabled)} on the old instance; StackStorm switches nothing of pack ${pack} through the API, and no override can be used: ${why}`, byHand)
}

async function weighMissing(source: StateItem, weighing: Weighing): Promise<Verdict> {
  const { sort, name, pack } = source
  const byHand = 'switch by hand what takes its place'
  if (weighing.phase === 'verify') return manual('it is not on the new instance', byHand)
  if (pack === undefined) return manual(`the new instance has no runner ${name}`, byHand)
  const prospect = await packProspect(pack, weighing)
  if (prospect === 'carried') return { note: told(source) }
  if (prospect === 'nowhere') return manual(`its pack ${pack} is neither part of this plan nor on the new instance`, `install pack ${pack} on the new instance, then plan again; or plan its kind packs too`)
  return SYSTEM_PACKS.includes(pack)
    ? { action: 'leave', note: `the new instance's own pack ${pack} has no ${sort} of this name` }
    : manual(`pack ${pack} on the new instance has no ${sort} of this name`, byHand)
}

const told = ({ enabled, shipped }: StateItem): string => `${onOff(enabled)}${shipped === undefined || shipped === enabled ? '' : `, shipped ${onOff(shipped)}`}: set by activate`
