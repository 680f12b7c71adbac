/**
 * A run's directory below the state directory: run.json says where its archive and plan are and on which host, so that
 * a stage started elsewhere can say where to go on.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { EXIT, Refusal } from '../core/exit-codes'
import type { Landing } from '../kinds/kind'
import { writeDurable } from '../system/durable'
import { privateDirectory, runDirectory } from '../system/state'
import { pidAlive } from './state-lock'
import { readTextIfThere } from '../system/text-files'
import type { StageContext, StageSettings, RunRecord } from './types'

export interface Run {
  readonly dir: string
  /** Private, removed when the stage ends. */
  readonly workDir: string
  record: RunRecord
  at(name: string): string
  save(changes: Partial<RunRecord>): Promise<void>
  clearWork(): Promise<void>
}

/** Does `work` with the run of these settings, which is begun when it is not there; clears up whatever happens. */
export async function inRun<T>(context: StageContext, settings: StageSettings, work: (run: Run) => Promise<T>): Promise<T> {
  const run = await openRun(context, settings)
  try {
    return await work(run)
  } finally {
    await run.clearWork()
  }
}

/** Opens, or begins, the run. */
async function openRun(context: StageContext, settings: StageSettings): Promise<Run> {
  const dir = await runDirectory(context.stateDir, settings.run)
  const workDir = path.join(dir, `work-${process.pid}`)
  const record = (await readRecord(dir)) ?? { run: settings.run, host: context.system.hostname, started: context.system.clock.now().toISOString() }
  const run: Run = {
    dir,
    workDir,
    record,
    at: (name) => path.join(dir, name),
    save: async (changes) => {
      run.record = { ...run.record, ...(settings.otherUsers && { otherUsers: true }), ...changes }
      await writeDurable(path.join(dir, 'run.json'), `${JSON.stringify(run.record, null, 2)}\n`)
    },
    clearWork: async () => {
      await fs.rm(workDir, { recursive: true, force: true })
      // A run of which nothing was kept, a mistyped name for example, leaves nothing behind.
      await fs.rmdir(dir).catch(() => undefined)
    },
  }
  await clearDeadWork(dir)
  await privateDirectory(workDir)
  return run
}

/** What processes that are gone have left, and this one itself. Others may look at the same run while an apply is under way. */
async function clearDeadWork(dir: string): Promise<void> {
  for (const name of await fs.readdir(dir)) {
    const [, pid] = /^work-(\d+)$/.exec(name) ?? []
    if (pid !== undefined && (Number(pid) === process.pid || !pidAlive(Number(pid)))) await fs.rm(path.join(dir, name), { recursive: true, force: true })
  }
}

/** The run that was begun last on this state directory; with `exported` the last one that has an archive, if any has. Undefined when there is none. */
export async function latestRun(stateDir: string, exported = false): Promise<RunRecord | undefined> {
  const names = await fs.readdir(path.join(stateDir, 'runs')).catch(() => [] as string[])
  // One that cannot be read hides no other.
  const records = await Promise.all(names.map((name) => readRecord(path.join(stateDir, 'runs', name)).catch(() => undefined)))
  const found = records.filter((r): r is RunRecord => r !== undefined).sort((a, b) => (a.started < b.started ? -1 : 1))
  const wanted = exported ? found.filter((record) => record.archive !== undefined) : found
  return wanted.pop() ?? found.pop()
}

/** What a run has written down of itself; undefined when it is not there. */
export const runRecord = (stateDir: string, run: string): Promise<RunRecord | undefined> => readRecord(path.join(stateDir, 'runs', run))

async function readRecord(dir: string): Promise<RunRecord | undefined> {
  const file = path.join(dir, 'run.json')
  const text = await readTextIfThere(file)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as RunRecord
  } catch {
    throw new Refusal(`${file} cannot be read: it is no JSON`, 'It was changed, or the disk lost a part: put a copy of it back, or begin a new run with another name')
  }
}

/** Until a run is activated, its target is expected to be quiet. A run without a landing of its own was not landed quietly. */
export function activityOf({ record }: Pick<Run, 'record'>): 'quiet' | 'active' {
  return record.landing === undefined || record.landing === 'active' || record.activated !== undefined ? 'active' : 'quiet'
}

/** How an apply lands: as the plan says, unless it is told now to be less quiet than that. Plans of older releases say nothing. */
export function landingOf(planned: { landing?: Landing }, { landing }: Pick<StageSettings, 'landing'>): Landing {
  return landing === 'quiet' ? (planned.landing ?? landing) : landing
}

/** The archive or plan that a stage reads: the one named, else the run's. Says which host to go to when it is elsewhere. */
export async function inputFile(run: Run, what: 'archive' | 'plan', named: string | undefined, here: string): Promise<string> {
  const file = named ?? run.record[what]
  const before = what === 'archive' ? 'export' : 'plan'
  if (file === undefined) {
    throw new Refusal(
      `run ${run.record.run} has no ${what} on host ${here}`,
      `run the stage ${before} first, name the file with ${what}=PATH, or start this stage on the host where ${before} ran: the tasks of a workflow may run on different action runners`,
      EXIT.usage,
    )
  }
  if (!(await isFile(file))) {
    const elsewhere = run.record.host !== here ? ` (this is ${here}; the run was begun on ${run.record.host})` : ''
    throw new Refusal(`the ${what} ${file} is not here${elsewhere}`, `name it with ${what}=PATH, or start this stage on ${run.record.host}`, EXIT.usage)
  }
  return file
}

async function isFile(file: string): Promise<boolean> {
  return fs.stat(file).then(
    (found) => found.isFile(),
    () => false,
  )
}
