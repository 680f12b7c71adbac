/** Which run of a state directory was begun last: what a stage goes on with when no run was named. */
import { promises as fs } from 'fs'
import * as path from 'path'
import { readTextIfThere } from '../system/text-files'
import type { RunRecord } from './types'

/** The name of the run with the latest start; undefined when the directory holds none or may not be read. */
export async function latestRun(stateDir: string): Promise<string | undefined> {
  const runs = path.join(stateDir, 'runs')
  const names = await fs.readdir(runs).catch(() => [])
  const started = await Promise.all(names.map(async (name) => ({ name, at: await startOf(path.join(runs, name, 'run.json')) })))
  return started.filter(({ at }) => at !== '').sort((a, b) => (a.at < b.at ? -1 : 1)).pop()?.name
}

/** '' for a directory that is no run, or one that was never written whole. */
async function startOf(file: string): Promise<string> {
  const text = await readTextIfThere(file)
  try {
    return (JSON.parse(text ?? '{}') as Partial<RunRecord>).started ?? ''
  } catch {
    return ''
  }
}
