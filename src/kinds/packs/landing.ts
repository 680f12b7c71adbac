/** What a plan says about how packs come up on the target: what would be live at once, and what keeps them quiet or cannot. */
import { BrokenOverrides, enabledBy, GLOBAL, switchedOff, type Overridable, type Overrides } from '../../core/override-file'
import type { Change } from '../../core/model'
import type { Blocker, Weighing } from '../kind'
import { contentOf, ownFree, overrideFile, readOverride, type OverridePlace } from '../states/override-place'
import { overrideReach } from '../states/reach'
import { openBundle } from './bundles'
import type { Delivery } from './delivery'
import { liveResources, type LiveResource } from './live'

type Live = LiveResource & { pack: string }

async function liveIn(writes: Change[], weighing: Weighing): Promise<Live[]> {
  const found: Live[] = []
  for (const { identity, details } of writes) {
    for (const one of await liveResources(await openBundle(weighing, identity), (details as unknown as Delivery).ref)) found.push({ ...one, pack: identity })
  }
  return found
}

const acts = ({ kind }: LiveResource): boolean => kind !== 'policy'
const named = ({ kind, pack, name }: Live): string => `${kind} ${pack}.${name}`

export async function landingBlockers(writes: Change[], weighing: Weighing): Promise<Blocker[]> {
  const { landing } = weighing.settings
  if (landing === 'active') return liveBlockers(writes, weighing)
  return landing === 'quiet' && writes.length > 0 ? quietBlockers(writes, weighing) : []
}

/** Everything that would act at once, one line each. */
async function liveBlockers(writes: Change[], weighing: Weighing): Promise<Blocker[]> {
  return (await liveIn(writes, weighing)).filter(acts).map((live) => ({
    kind: 'packs',
    identity: named(live),
    what: `${named(live)} goes live on the new instance as soon as its pack is installed`,
    advice: 'plan again without allow_active, so that the target lands quiet; or switch off on the old instance what must not act twice, and accept it with allow_active=true',
    unless: 'allow_active',
  }))
}

/** Where overrides cannot be used, or do not hold. */
async function quietBlockers(writes: Change[], weighing: Weighing): Promise<Blocker[]> {
  const { files, why } = await overrideReach(weighing.target)
  if (!files) return [cannotKeepQuiet(why, weighing.target.files ? HERE : THERE)]
  const place = { files, system: weighing.system }
  const all = await own(place, GLOBAL)
  if ('why' in all) return [broken(place, GLOBAL, all.why)]
  const quiet = switchedOff(all.content)
  const live = (await liveIn(writes, weighing)).filter(acts)
  const blockers: Blocker[] = []
  for (const { identity: pack } of writes) {
    const found = await own(place, pack)
    if ('why' in found) blockers.push(broken(place, pack, found.why))
    else blockers.push(...live.filter((one) => one.pack === pack && isOnBy(quiet, found.content, one)).map((one) => staysOn(place, one)))
  }
  return blockers
}

const HERE = 'run it on the target itself, as root'
const THERE = 'hand the run over to the target (st2upgrade deliver, then plan again), or run it on the target itself, as root'

function cannotKeepQuiet(why: string, advice: string): Blocker {
  return {
    kind: 'packs',
    what: `overrides cannot keep the target quiet while packs land: ${why}`,
    advice: `${advice}; or give quiet=api, which switches off through the API right after each pack, so that it is live for a moment; or allow_active=true`,
    unless: 'quiet=api',
  }
}

/** The target's own file, without what this tool has put there. */
async function own(place: OverridePlace, name: string): Promise<{ content: Overrides } | { why: string }> {
  try {
    return { content: contentOf(ownFree(await readOverride(place, name))) }
  } catch (error) {
    if (error instanceof BrokenOverrides) return { why: error.message }
    throw error
  }
}

const broken = ({ files }: OverridePlace, name: string, why: string): Blocker => ({
  kind: 'packs',
  identity: `${name}.yaml`,
  what: `StackStorm stumbles over ${overrideFile(files, name)} on the new instance, so that no pack could be registered: ${why}`,
  advice: 'mend that file there (an empty one: remove it), then plan again',
})

const SECTIONS: Partial<Record<LiveResource['kind'], Overridable>> = { rule: 'rules', sensor: 'sensors', alias: 'aliases' }

const isOnBy = (all: Overrides, pack: Overrides, { kind, name }: Live): boolean => enabledBy(all, pack, SECTIONS[kind]!, name, true)

const staysOn = ({ files }: OverridePlace, live: Live): Blocker => ({
  kind: 'packs',
  identity: named(live),
  what: `${named(live)} would act at once: ${overrideFile(files, live.pack)} on the new instance switches it on, and wins over what keeps the target quiet`,
  advice: 'move that file away until the target is activated, then plan again; or accept it with allow_active=true',
  unless: 'allow_active',
})

/** How it comes up, in a line, and the policies that act whatever is done. */
export async function landingNotices(changes: Change[], weighing: Weighing): Promise<string[]> {
  const writes = changes.filter(({ action }) => action === 'create' || action === 'update')
  const { landing } = weighing.settings
  if (writes.length === 0 || landing === 'active') return []
  const live = await liveIn(writes, weighing)
  const policies = live.filter((one) => !acts(one)).map((one) => `${one.pack}.${one.name}`)
  const how = landing === 'quiet' ? 'stay switched off until activate' : 'are switched off through the API right after each pack, and live for a moment'
  return [
    `the target lands quiet: ${count(live, 'rule', 'rules')}, ${count(live, 'sensor', 'sensors')} and ${count(live, 'alias', 'aliases')} of the packs ${how}`,
    ...(policies.length > 0 ? [`policies act at once, nothing keeps them quiet: ${policies.join(', ')}`] : []),
  ]
}

const count = (live: Live[], kind: LiveResource['kind'], plural: string): string => {
  const number = live.filter((one) => one.kind === kind).length
  return `${number} ${number === 1 ? kind : plural}`
}
