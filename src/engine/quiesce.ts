/**
 * quiesce: the source acts no more. Its rules and sensors are switched off through the API, after what was on was written down;
 * then it waits, as long as it may, for what runs. `take_back` switches on again what it switched off, and nothing else.
 */
import pMap from 'p-map'
import { counted } from '../core/counted'
import { EXIT, Refusal } from '../core/exit-codes'
import type { Instance } from '../kinds/kind'
import { unfinishedExecutions, type Unfinished } from '../kinds/kept/unfinished'
import { OWN_PACK } from '../kinds/packs/item'
import { findResource, isOn, nameOf, resourcesOf, switchResource, type Sort } from '../kinds/states/resources'
import { isSt2Error } from '../st2/errors'
import type { System } from '../system/ports'
import { holding } from './holding'
import { keepQuiesced, QUIESCED_KEY, quiescedBy, quiescedMark, quiescedSource, type Quiesced } from './quiesced'
import { inRun, type Run } from './runs'
import { requireSide } from './sides'
import { lockStateDir } from './state-lock'
import type { Stage, StageContext, StageResult, StageSettings } from './types'

const AT_ONCE = 8
const LOOK_MS = 2000
const SHOWN = 40
const TOLD = 10
/** A run of its own: only what changed since the first one is written. Which target is not known here. */
const LAST_PASS = 'next: st2upgrade migrate --on-conflict overwrite --target-url https://new.example/api'
/** Seconds, where something still runs. */
const LONGER = 600
/** What acts by itself; aliases wait for a word of a person. */
const OFF: readonly Sort[] = ['rule', 'sensor']

export const quiesceStage: Stage = (context, settings) =>
  inRun(context, settings, (run) =>
    holding(
      () => lockStateDir(context.stateDir, settings.run, context.system),
      () => (settings.takeBack ? takeBack(run, context, settings) : quiesce(run, context, settings)),
    ),
  )

async function quiesce(run: Run, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const source = requireSide(context, 'source')
  await refuseOthers(source, context, settings)
  const record = await remembered(source, context, settings)
  await run.save({ sourceUrl: source.url })
  const refused = await switchAll(record.off, false, source, context.system)
  const running = await waited(source, context, (settings.wait ?? 0) * 1000)
  return told(run, source, record, refused, running)
}

/** One run at a time has the states: two would each take the other's off for the source's own. */
async function refuseOthers(source: Instance, { stateDir }: StageContext, { run }: StageSettings): Promise<void> {
  const other = (await quiescedSource(stateDir, source.id)) ?? (await quiescedMark(source.api))
  if (!other || other.run === run) return
  throw new Refusal(`the source ${source.url} was quiesced by run ${other.run} on host ${other.host} already`, `go on with that run: st2upgrade quiesce --run ${other.run}`, EXIT.blocked)
}

/** Written down before anything is switched; what is on now although an earlier call switched it off stays remembered. */
async function remembered(source: Instance, { stateDir, system }: StageContext, { run }: StageSettings): Promise<Quiesced> {
  const known = await quiescedBy(stateDir, run)
  const on = new Set(known?.off)
  for (const sort of OFF) for await (const row of resourcesOf(source.api, sort)) if (isOn(row) && row.pack !== OWN_PACK) on.add(`${sort}:${nameOf(row)}`)
  const record: Quiesced = { run, host: system.hostname, source: source.id, since: known?.since ?? system.clock.now().toISOString(), off: [...on].sort() }
  await keepQuiesced(stateDir, record)
  await source.api.putKey({ name: QUIESCED_KEY, scope: 'system', value: JSON.stringify({ run, host: system.hostname, since: record.since }), description: 'rules and sensors were switched off for a migration' })
  return record
}

interface Refused {
  identity: string
  why: string
}

async function switchAll(identities: readonly string[], enabled: boolean, { api }: Instance, system: System): Promise<Refused[]> {
  const refused: Refused[] = []
  system.progress.stage(enabled ? 'switch on' : 'switch off', identities.length)
  const one = async (identity: string): Promise<void> => {
    system.stop.check()
    const [sort, name] = parted(identity)
    const row = await findResource(api, sort, name)
    try {
      if (row && isOn(row) !== enabled) await switchResource(api, sort, row, enabled)
    } catch (error) {
      if (!isSt2Error(error, 'bad_request', 'not_found', 'conflict')) throw error
      refused.push({ identity, why: error.message })
    }
    system.progress.step()
  }
  await pMap(identities, one, { concurrency: AT_ONCE })
  return refused
}

const parted = (identity: string): [Sort, string] => [identity.slice(0, identity.indexOf(':')) as Sort, identity.slice(identity.indexOf(':') + 1)]

/** What waits for a person does not end by waiting for it. */
const waits = ({ status }: Unfinished): boolean => status === 'pending' || status === 'paused'

/** What still runs after `ms` at most. */
async function waited(source: Instance, { system }: StageContext, ms: number): Promise<Unfinished[]> {
  const until = system.clock.now().getTime() + ms
  const above = await ancestors(source, system)
  for (;;) {
    system.stop.check()
    const running = (await unfinishedExecutions({ instance: source })).filter(({ id }) => !above.has(id))
    if (running.every(waits) || system.clock.now().getTime() >= until) return running
    system.progress.say(`${counted(running.length, 'execution')} on the source not ended yet`)
    await system.clock.sleep(Math.min(LOOK_MS, Math.max(1, until - system.clock.now().getTime())))
  }
}

/** The workflows that this very command is a part of. */
async function ancestors({ api }: Instance, { env }: System): Promise<Set<string>> {
  const found = new Set<string>()
  for (let id = env.ST2_ACTION_EXECUTION_ID; id !== undefined && !found.has(id); ) {
    found.add(id)
    id = (await api.find<{ parent?: string }>(`/v1/executions/${encodeURIComponent(id)}`, { include_attributes: 'parent' }).catch(() => undefined))?.parent
  }
  return found
}

function told(run: Run, source: Instance, record: Quiesced, refused: Refused[], running: Unfinished[]): StageResult {
  const lines = running.map(({ id, action, status, user, start_timestamp: start }) => `${waits({ status } as Unfinished) ? 'waits for a person' : 'still runs'}: ${id} ${action} of ${user ?? 'nobody'}, ${status} since ${start ?? 'an unknown time'}`)
  const open = running.length + refused.length
  return {
    stage: 'quiesce',
    exit: open > 0 ? EXIT.needsPerson : EXIT.done,
    summary: [
      `${counted(record.off.length - refused.length, 'rule or sensor', 'rules and sensors')} switched off on ${source.url}, their state is kept${open > 0 ? '' : '; nothing runs any more'}`,
      ...refused.map(({ identity, why }) => `could not be switched off: ${identity}: ${why}`),
      ...lines.slice(0, TOLD),
      ...(lines.length > TOLD ? [`... and ${lines.length - TOLD} more`] : []),
      `states: ${run.at('quiesced.json')}`,
      `take it back with: st2upgrade quiesce --run ${record.run} --take-back`,
      running.every(waits) ? LAST_PASS : `next: st2upgrade quiesce --run ${record.run} --wait ${LONGER}`,
    ],
    data: { run: record.run, switched_off: record.off.length - refused.length, refused: refused.slice(0, SHOWN), running: running.slice(0, SHOWN), running_total: running.length, since: record.since },
  }
}

async function takeBack(run: Run, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const source = requireSide(context, 'source')
  const record = await quiescedBy(context.stateDir, settings.run)
  if (!record) return nothingToTakeBack(source, settings)
  if (record.source !== source.id) throw new Refusal(`run ${settings.run} quiesced another instance than ${source.url}`, 'name the source that the run quiesced', EXIT.usage)
  const refused = await switchAll(record.off, true, source, context.system)
  await source.api.deleteKey(QUIESCED_KEY, 'system').catch((error: unknown) => {
    if (!isSt2Error(error, 'not_found')) throw error
  })
  if (refused.length === 0) await keepQuiesced(context.stateDir, { ...record, takenBack: context.system.clock.now().toISOString() })
  return {
    stage: 'quiesce',
    exit: refused.length > 0 ? EXIT.needsPerson : EXIT.done,
    summary: [`${counted(record.off.length - refused.length, 'rule or sensor', 'rules and sensors')} on ${source.url} as before`, ...refused.map(({ identity, why }) => `could not be switched on: ${identity}: ${why}`), `states: ${run.at('quiesced.json')}`],
    data: { run: settings.run, switched_on: record.off.length - refused.length, refused },
  }
}

function nothingToTakeBack({ url }: Instance, { run }: StageSettings): StageResult {
  return { stage: 'quiesce', exit: EXIT.done, summary: [`run ${run} has switched off nothing on ${url}: there is nothing to take back`], data: { run, switched_on: 0, refused: [] } }
}
