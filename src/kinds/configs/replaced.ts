/**
 * The file that a configuration replaces, kept in the run's directory: until StackStorm has taken or refused the new one (a
 * kill in between must not make the half-done write's own file look like the one that was there before), and the first one
 * of a run for its undo.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { writeDurable } from '../../system/durable'
import { fileError } from '../../system/file-errors'
import { privateDirectory } from '../../system/state'
import { readTextIfThere } from '../../system/text-files'

export interface FileBefore {
  bytes: Buffer
  mode: number
  uid: number
  gid: number
}

/** `file` is undefined when there was none. */
export interface Replaced {
  file: FileBefore | undefined
  /** The write has ended, one way or the other. */
  forget(): Promise<void>
}

const firstName = (keepDir: string, pack: string): string => path.join(keepDir, `first-config-${encodeURIComponent(pack)}.json`)

/** What was there before the run's first write; undefined when there was no write. */
export async function firstReplaced(keepDir: string, pack: string): Promise<{ file: FileBefore | undefined } | undefined> {
  const text = await readTextIfThere(firstName(keepDir, pack))
  return text === undefined ? undefined : { file: fromText(text) }
}

/** What an unfinished earlier write kept, else what is there now. @throws Refusal for a file that may not be read: it could not be put back. */
export async function keepReplaced(keepDir: string, pack: string, target: string): Promise<Replaced> {
  const kept = path.join(keepDir, `config-${encodeURIComponent(pack)}.json`)
  const forget = (): Promise<void> => fs.rm(kept, { force: true })
  const text = await readTextIfThere(kept)
  if (text !== undefined) return { file: fromText(text), forget }
  const file = await fileNow(target)
  await privateDirectory(keepDir)
  const now = JSON.stringify(file ? { ...file, bytes: file.bytes.toString('base64') } : {})
  if (!(await firstReplaced(keepDir, pack))) await writeDurable(firstName(keepDir, pack), now)
  await writeDurable(kept, now)
  return { file, forget }
}

function fromText(text: string): FileBefore | undefined {
  const kept = JSON.parse(text) as Partial<Omit<FileBefore, 'bytes'>> & { bytes?: string }
  return kept.bytes === undefined ? undefined : ({ ...kept, bytes: Buffer.from(kept.bytes, 'base64') } as FileBefore)
}

/** @throws Refusal for a file that may not be read. */
export async function fileNow(file: string): Promise<FileBefore | undefined> {
  try {
    const { mode, uid, gid } = await fs.stat(file)
    return { bytes: await fs.readFile(file), mode: mode & 0o777, uid, gid }
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw fileError(error, 'replace', file)
  }
}
