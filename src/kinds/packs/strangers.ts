/** Directories on a target that lie where packs go, and that StackStorm does not know as packs: drafts, or what a failed install left. */
import { promises as fs } from 'fs'
import * as path from 'path'
import { nameProblem } from '../../archive/names'
import { conflictPolicy, type Reading, type Weighing } from '../kind'
import type { PackItem } from './item'
import { bareItem, plainFile } from './source'
import { walkPack } from './walk'

/** Those in the places that these packs take. An empty one is none. */
export async function* strangers({ instance: { files }, system }: Reading, known: ReadonlySet<string>, refs: ReadonlySet<string>): AsyncGenerator<PackItem> {
  for (const ref of files ? refs : []) {
    if (known.has(ref) || nameProblem(ref) !== undefined) continue
    system.stop.check()
    const directory = path.join(files!.packs, ref)
    if (await isEmpty(directory)) continue
    // What cannot be read differs, and cannot be kept for an undo either: the write refuses it.
    const { files: found } = await walkPack(directory).catch(() => ({ files: [] }))
    yield { ...bareItem({ ref, name: ref }, [], found.map(plainFile), 'files'), unregistered: true }
  }
}

/** Whether a pack that is not registered on the target stays away from it, since what lies in its place is to be left. */
export async function isKeptOut(ref: string, { target, settings }: Weighing): Promise<boolean> {
  return conflictPolicy(settings, 'packs') === 'skip' && target.files !== undefined && !(await isEmpty(path.join(target.files.packs, ref)))
}

/** Or not there. */
const isEmpty = async (directory: string): Promise<boolean> => (await fs.readdir(directory).catch((error: { code?: string }) => (error.code === 'EACCES' ? ['?'] : []))).length === 0
