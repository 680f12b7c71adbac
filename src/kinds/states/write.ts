/**
 * Setting states, as activate does: first into the packs' overrides files, where the next registration finds them, then by
 * registering each pack once; what is not as wished after that, and what no override can hold, through the API.
 */
import { BrokenOverrides } from '../../core/override-file'
import type { Change } from '../../core/model'
import { isSt2Error } from '../../st2/errors'
import type { Writing, Written } from '../kind'
import { onOff, type StateItem } from './item'
import { giveBack, keepOverride, keptRun } from './kept-files'
import { readOverride, type OverridePlace } from './override-place'
import { overridable, writeNeeded, writeWhole } from './pack-files'
import { overrideReach } from './reach'
import { ABOUT, findResource, isOn, switchResource, type Resource } from './resources'
import { keepingRunners } from './runners'

/** A registration answers when it is done. */
const REGISTER_MS = 15 * 60_000

/** What one activation knows. */
interface Session {
  /** Absent where no override can be used, and why. */
  place?: OverridePlace
  why?: string
  /** States that overrides can hold, by pack. */
  packs: Map<string, StateItem[]>
  /** Packs whose file could not be built upon, and why. */
  broken: Map<string, string>
  registered: Map<string, Promise<string | undefined>>
}

const sessions = new WeakMap<Writing, Promise<Session>>()

const sessionOf = (writing: Writing): Promise<Session> => {
  const known = sessions.get(writing) ?? begin(writing)
  sessions.set(writing, known)
  return known
}

/** What no override holds for comes last: registering the packs for the others may touch it. An undo keeps to that order too. */
export function wavesOfStates(changes: Change[], items: Map<string, StateItem>): Change[][] {
  const isHeld = ({ identity }: Change): boolean => ABOUT[items.get(identity)!.sort].type !== undefined
  return [changes.filter(isHeld), changes.filter((change) => !isHeld(change))].filter((wave) => wave.length > 0)
}

/** Every pack's file is in place before any pack is registered. */
export async function openStates(writing: Writing): Promise<{ close(): Promise<void> }> {
  await sessionOf(writing)
  return { close: async () => undefined }
}

async function begin(writing: Writing): Promise<Session> {
  const { target, system, settings } = writing
  const { files, why } = await overrideReach(target)
  const session: Session = { ...(files ? { place: { files, system } } : { why }), packs: files ? await statesByPack(writing) : new Map<string, StateItem[]>(), broken: new Map(), registered: new Map() }
  for (const [pack, items] of session.packs) {
    await tellingBroken(session, pack, async () => {
      await keepOverride(session.place!, pack, writing.keepDir)
      await writeWhole(session.place!, settings.run, pack, items)
    })
  }
  return session
}

/** Not what the plan leaves to the target or to a person, nor what the target ships as it was on the source although no file says so. */
async function statesByPack({ archive, changes }: Writing): Promise<Map<string, StateItem[]>> {
  const planned = new Map(changes.map(({ identity, action }) => [identity, action]))
  const all: StateItem[] = []
  for await (const item of archive.items('states') as AsyncIterable<StateItem>) {
    const action = planned.get(item.identity)
    if (action === undefined ? item.shipped !== undefined : action === 'create' || action === 'update') all.push(item)
  }
  const packs = new Map<string, StateItem[]>()
  for (const item of overridable(all)) packs.set(item.pack, [...(packs.get(item.pack) ?? []), item])
  return packs
}

async function tellingBroken(session: Session, pack: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof BrokenOverrides)) throw error
    session.broken.set(pack, `the overrides that are there cannot be built upon: ${error.message}`)
  }
}

export async function writeState(_change: Change, item: StateItem, _before: StateItem | undefined, writing: Writing): Promise<Written> {
  const session = await sessionOf(writing)
  const trouble = await registeredFor(item, session, writing)
  const { api } = writing.target
  const row = await findResource(api, item.sort, nameIn(item))
  if (!row) return { outcome: 'manual', note: 'it is not on the new instance', advice: 'switch by hand what takes its place' }
  const lasts = session.place !== undefined && trouble === undefined && isOn(row) === item.enabled && ABOUT[item.sort].type !== undefined
  if (isOn(row) !== item.enabled) {
    const refused = await switched(item, row, item.enabled, writing)
    if (refused) return refused
  }
  return { outcome: 'carried', note: lasts || item.enabled === item.shipped ? onOff(item.enabled) : `${onOff(item.enabled)}, set through the API: the next registration of it forgets that${whyIn(item, session, trouble)}` }
}

function whyIn({ sort }: StateItem, session: Session, trouble: string | undefined): string {
  if (ABOUT[sort].type === undefined) return ' (no override holds for it)'
  const why = trouble ?? session.why
  return why === undefined ? '' : ` (${why})`
}

const nameIn = ({ identity, sort }: StateItem): string => identity.slice(sort.length + 1)

/** Once a pack. Returns what went wrong, in which case the API is used. */
async function registeredFor({ sort, pack }: StateItem, session: Session, writing: Writing): Promise<string | undefined> {
  if (session.place === undefined || pack === undefined || ABOUT[sort].type === undefined) return undefined
  const known = session.registered.get(pack) ?? register(pack, typesOf(session.packs.get(pack) ?? []), writing)
  session.registered.set(pack, known)
  return session.broken.get(pack) ?? (await known)
}

const typesOf = (items: readonly StateItem[]): string[] => [...new Set(items.map(({ sort }) => ABOUT[sort].type!))]

/** A file that cannot be registered does not keep the others back. Runners stay as they are. */
export async function register(pack: string, types: readonly string[], { target }: Pick<Writing, 'target'>): Promise<string | undefined> {
  const registered = (): Promise<unknown> => target.api.post('/v1/packs/register', { packs: [pack], types, fail_on_failure: false }, {}, { timeoutMs: REGISTER_MS, repeatable: true })
  try {
    await (types.includes('actions') ? keepingRunners(target, registered) : registered())
    return undefined
  } catch (error) {
    if (!isSt2Error(error, 'bad_request', 'server')) throw error
    return `registering ${pack} failed: ${error.message}`
  }
}

/** Why it could not be switched; undefined when it was. */
async function switched(item: StateItem, row: Resource, enabled: boolean, { target }: Pick<Writing, 'target'>): Promise<Written | undefined> {
  try {
    await switchResource(target.api, item.sort, row, enabled)
    const now = await findResource(target.api, item.sort, nameIn(item))
    return now && isOn(now) === enabled ? undefined : { outcome: 'failed', note: `it does not stay switched ${onOff(enabled)}`, advice: 'run activate again, or switch it by hand' }
  } catch (error) {
    if (!isSt2Error(error, 'bad_request', 'not_found', 'server')) throw error
    return { outcome: 'manual', note: `StackStorm does not switch it through the API: ${error.message}`, advice: `switch it ${onOff(enabled)} with an override on the new instance, in /opt/stackstorm/overrides/${item.pack ?? ''}.yaml, and register its pack` }
  }
}

export async function finishStates(writing: Writing): Promise<void> {
  const session = await sessionOf(writing)
  if (!session.place) return
  for (const [pack, items] of session.packs) {
    if (!session.broken.has(pack)) await tellingBroken(session, pack, () => writeNeeded(session.place!, writing.settings.run, pack, items))
  }
}

/** Undo: the overrides file as it was before, and the state too. */
export async function restoreState(before: StateItem, _now: StateItem | undefined, writing: Writing): Promise<Written> {
  await withoutOwn(before, writing)
  const other = await laterRun(before, writing)
  if (other !== undefined) return { outcome: 'left', note: `run ${other} has put its own states into ${before.pack}.yaml of the overrides since`, advice: `take that run back first: st2upgrade undo --run ${other}; then this one again` }
  const row = await findResource(writing.target.api, before.sort, nameIn(before))
  if (!row || isOn(row) === before.enabled) return { outcome: 'carried' }
  const refused = await switched(before, row, before.enabled, writing)
  return refused && !(await backAsShipped(before, writing)) ? refused : { outcome: 'carried' }
}

/** Another run whose file holds what this one is to be: the next registration would undo a state set here. Not where the pack goes. */
async function laterRun({ sort, pack }: StateItem, { target, system, settings, keepDir, goes }: Writing): Promise<string | undefined> {
  if (!target.files || pack === undefined || ABOUT[sort].type === undefined || (await goes?.('packs', pack))) return undefined
  const own = (await readOverride({ files: target.files, system }, pack).catch(() => undefined))?.owned
  if (own?.purpose !== 'states' || own.run === settings.run) return undefined
  // One that stood there before this run is no later one's.
  return (await keptRun(keepDir, pack)) === own.run ? undefined : own.run
}

/** What the API does not switch (resources of the pack core) was switched by an override file, which is gone by now: the next registration switches it back. */
async function backAsShipped(before: StateItem, writing: Writing): Promise<boolean> {
  const { sort, pack, enabled } = before
  const { type } = ABOUT[sort]
  if (pack === undefined || type === undefined) return false
  await register(pack, [type], writing)
  const now = await findResource(writing.target.api, sort, nameIn(before))
  return now !== undefined && isOn(now) === enabled
}

/** Undo where nothing was before: it came with its pack, and acts no more until that goes. */
export async function removeState(now: StateItem, writing: Writing): Promise<Written> {
  return restoreState({ ...now, enabled: ABOUT[now.sort].acts ? false : now.enabled }, now, writing)
}

const turns = new WeakMap<Writing['target'], Promise<unknown>>()

async function withoutOwn({ pack }: StateItem, { target, system, settings, keepDir }: Writing): Promise<void> {
  if (!target.files || pack === undefined) return
  const place = { files: target.files, system }
  const work = (): Promise<unknown> => giveBack(place, pack, settings.run, keepDir)
  // Several states of one pack are taken back side by side: they share its file.
  const turn = (turns.get(target) ?? Promise.resolve()).then(work, work)
  turns.set(target, turn)
  try {
    await turn
  } catch (error) {
    // What is there is not ours any more.
    if (!(error instanceof BrokenOverrides)) throw error
  }
}
