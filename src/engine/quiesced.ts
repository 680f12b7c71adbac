/**
 * What a quiesce of a source leaves behind until it is taken back: the rules and sensors that it switched off, in the run's
 * directory, and a key on the source that says so to every other run. An export reads the states from before.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { EXIT, Refusal } from '../core/exit-codes'
import type { Instance } from '../kinds/kind'
import type { ListOptions, Query, StackStorm } from '../st2/port'
import { writeDurable } from '../system/durable'
import { readTextIfThere } from '../system/text-files'

export interface Quiesced {
  run: string
  host: string
  /** Database id of the source's pack `core`. */
  source: string
  since: string
  /** What was on, as `rule:pack.name` and `sensor:pack.ClassName`. */
  off: string[]
  takenBack?: string
}

const RECORD = 'quiesced.json'
/** On the source: which run has the states. */
export const QUIESCED_KEY = 'st2upgrade.quiesced'

const fileOf = (stateDir: string, run: string): string => path.join(stateDir, 'runs', run, RECORD)

/** What this run has switched off; undefined when nothing was, or it was taken back. */
export async function quiescedBy(stateDir: string, run: string): Promise<Quiesced | undefined> {
  const text = await readTextIfThere(fileOf(stateDir, run))
  const record = text === undefined ? undefined : (JSON.parse(text) as Quiesced)
  return record?.takenBack === undefined ? record : undefined
}

export async function keepQuiesced(stateDir: string, record: Quiesced): Promise<void> {
  await writeDurable(fileOf(stateDir, record.run), `${JSON.stringify(record, null, 2)}\n`)
}

/** What keeps this source quiet: found in the runs of this state directory. */
export async function quiescedSource(stateDir: string, source: string): Promise<Quiesced | undefined> {
  for (const run of await fs.readdir(path.join(stateDir, 'runs')).catch(() => [] as string[])) {
    const record = await quiescedBy(stateDir, run).catch(() => undefined)
    if (record?.source === source) return record
  }
  return undefined
}

/** The run and host that the source itself names. */
export async function quiescedMark(api: StackStorm): Promise<{ run: string; host: string } | undefined> {
  const key = await api.key(QUIESCED_KEY, 'system')
  if (!key) return undefined
  try {
    return JSON.parse(key.value) as { run: string; host: string }
  } catch {
    return { run: 'unknown', host: 'unknown' }
  }
}

/**
 * A source as it was before it was quiesced: rules and sensors that the quiesce switched off read as on. Refuses when the source
 * is quiesced and what was on cannot be read here: an export would take everything for switched off.
 */
export async function beforeQuiesce(source: Instance, stateDir: string): Promise<Instance> {
  const { instance, mark } = await sightBeforeQuiesce(source, stateDir)
  if (!mark) return instance
  throw new Refusal(
    `the source was quiesced by run ${mark.run} on host ${mark.host}, and what was switched on before lies there`,
    `export on that host, with the same state directory; or take it back there first (st2upgrade quiesce --run ${mark.run} --take-back)`,
    EXIT.blocked,
  )
}

/** The same for a look that does without: `mark` where what was on lies elsewhere, and the instance is seen as it is now. */
export async function sightBeforeQuiesce(source: Instance, stateDir: string): Promise<{ instance: Instance; mark?: { run: string; host: string } }> {
  const record = await quiescedSource(stateDir, source.id)
  if (record) return { instance: { ...source, api: switchedOn(source.api, new Set(record.off)) } }
  return { instance: source, mark: await quiescedMark(source.api) }
}

const SORTS: Readonly<Record<string, string>> = { rules: 'rule', sensortypes: 'sensor' }

/** The same instance with these rules and sensors shown as on. */
function switchedOn(api: StackStorm, on: ReadonlySet<string>): StackStorm {
  const sortOf = (where: string): string | undefined => SORTS[/^\/?(?:v1\/)?(\w+)/.exec(where)?.[1] ?? '']
  const shown = <T>(where: string, row: T): T => {
    const { ref } = (row ?? {}) as { ref?: string }
    return ref !== undefined && on.has(`${sortOf(where)}:${ref}`) ? { ...row, enabled: true } : row
  }
  const all = <T>(where: string, answer: T): T => (sortOf(where) === undefined ? answer : Array.isArray(answer) ? (answer.map((row: unknown) => shown(where, row)) as unknown as T) : shown(where, answer))
  return Object.assign(Object.create(api) as StackStorm, {
    get: async <T>(where: string, query?: Query) => all(where, await api.get<T>(where, query)),
    find: async <T>(where: string, query?: Query) => all(where, await api.find<T>(where, query)),
    list: async function* <T>(where: string, options?: ListOptions) {
      for await (const row of api.list<T>(where, options)) yield all(where, row)
    },
    withApiKey: (apiKey: string) => switchedOn(api.withApiKey(apiKey), on),
  })
}
