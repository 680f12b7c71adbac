/** Whether overrides can be used on an instance: they are files, read since 3.7, on the node that registers. */
import { promises as fs, constants } from 'fs'
import * as path from 'path'
import { can, sinceWhen } from '../../versions/features'
import type { Instance, InstanceFiles } from '../kind'

export const OUT_OF_REACH = 'its files cannot be reached from here'

export type OverrideReach = { files: InstanceFiles; why?: undefined } | { files?: undefined; why: string }

/** The files when override files can be written and will be read, else why not. */
export async function overrideReach({ files, version }: Pick<Instance, 'files' | 'version'>): Promise<OverrideReach> {
  if (!can(version, 'overrides')) return { why: `StackStorm ${version} does not read overrides: it does since ${sinceWhen('overrides')}` }
  if (!files) return { why: OUT_OF_REACH }
  const directory = await nearest(files.overrides)
  const writable = await fs.access(directory, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  return writable ? { files } : { why: `${files.overrides} cannot be written by this user` }
}

/** The directory itself, or the one above it that is there. */
async function nearest(directory: string): Promise<string> {
  const there = await fs.stat(directory).catch(() => undefined)
  return there || path.dirname(directory) === directory ? directory : nearest(path.dirname(directory))
}
