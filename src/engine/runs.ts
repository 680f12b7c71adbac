/**
 * A run's directory below the state directory: run.json says where its archive and plan are and on which host, so that
 * a stage started elsewhere can say where to go on.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { EXIT, Refusal } from '../core/exit-codes'
import { writeDurable } from '../system/durable'
import { privateDirectory, runDirectory } from '../system/state'
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

/** Opens, or begins, the run of these settings. What an ended stage left in the work directory is removed first. */
export async function openRun(context: StageContext, settings: StageSettings): Promise<Run> {
  const dir = await runDirectory(context.stateDir, settings.run)
  const workDir = path.join(dir, 'work')
  const record = (await readRecord(dir)) ?? { run: settings.run, host: context.system.hostname, started: context.system.clock.now().toISOString() }
  const run: Run = {
    dir,
    workDir,
    record,
    at: (name) => path.join(dir, name),
    save: async (changes) => {
      run.record = { ...run.record, ...changes }
      await writeDurable(path.join(dir, 'run.json'), `${JSON.stringify(run.record, null, 2)}\n`)
    },
    clearWork: () => fs.rm(workDir, { recursive: true, force: true }),
  }
  await run.clearWork()
  await privateDirectory(workDir)
  return run
}

/** The run that was begun last on this state directory; undefined when there is none. */
export async function latestRun(stateDir: string): Promise<string | undefined> {
  const names = await fs.readdir(path.join(stateDir, 'runs')).catch(() => [] as string[])
  const records = await Promise.all(names.map((name) => readRecord(path.join(stateDir, 'runs', name))))
  return records.filter((r): r is RunRecord => r !== undefined).sort((a, b) => (a.started < b.started ? -1 : 1)).pop()?.run
}

async function readRecord(dir: string): Promise<RunRecord | undefined> {
  const text = await readTextIfThere(path.join(dir, 'run.json'))
  return text === undefined ? undefined : (JSON.parse(text) as RunRecord)
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
