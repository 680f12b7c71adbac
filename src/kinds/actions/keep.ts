/** What a write replaces among the files of a pack, kept in the run's directory so that undo can put it back. */
import { promises as fs } from 'fs'
import * as path from 'path'
import { writeDurable } from '../../system/durable'
import { privateDirectory } from '../../system/state'
import { readTextIfThere } from '../../system/text-files'

/** By path below `actions`: the bytes as base64, or null where there was no file; and what was written instead. */
export type KeptFiles = Record<string, { before: string | null; written: string; /** Directories that were not there, the innermost first. */ rooms?: string[] }>

const placeOf = (keepDir: string, ref: string): string => path.join(keepDir, `action-files-${encodeURIComponent(ref)}.json`)

export async function keptFiles(keepDir: string, ref: string): Promise<KeptFiles> {
  const text = await readTextIfThere(placeOf(keepDir, ref))
  return text === undefined ? {} : (JSON.parse(text) as KeptFiles)
}

/** What an unfinished earlier write kept stays: it was there first. */
export async function keepFiles(keepDir: string, ref: string, more: KeptFiles): Promise<void> {
  const kept = await keptFiles(keepDir, ref)
  const merged = { ...more }
  for (const [name, first] of Object.entries(kept)) merged[name] = { ...first, written: more[name]?.written ?? first.written }
  await privateDirectory(keepDir)
  await writeDurable(placeOf(keepDir, ref), JSON.stringify(merged))
}

export const forgetFiles = (keepDir: string, ref: string): Promise<void> => fs.rm(placeOf(keepDir, ref), { force: true })
