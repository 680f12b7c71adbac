/**
 * The file that a configuration replaces, kept in the run's directory until StackStorm has taken or refused the new one: a
 * kill in between must not make the half-done write's own file look like the one that was there before.
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

/** What an unfinished earlier write kept, else what is there now. @throws Refusal for a file that may not be read: it could not be put back. */
export async function keepReplaced(keepDir: string, pack: string, target: string): Promise<Replaced> {
  const kept = path.join(keepDir, `config-${encodeURIComponent(pack)}.json`)
  const forget = (): Promise<void> => fs.rm(kept, { force: true })
  const text = await readTextIfThere(kept)
  if (text !== undefined) return { file: fromText(text), forget }
  const file = await fileNow(target)
  await privateDirectory(keepDir)
  await writeDurable(kept, JSON.stringify(file ? { ...file, bytes: file.bytes.toString('base64') } : {}))
  return { file, forget }
}

function fromText(text: string): FileBefore | undefined {
  const kept = JSON.parse(text) as Partial<Omit<FileBefore, 'bytes'>> & { bytes?: string }
  return kept.bytes === undefined ? undefined : ({ ...kept, bytes: Buffer.from(kept.bytes, 'base64') } as FileBefore)
}

async function fileNow(file: string): Promise<FileBefore | undefined> {
  try {
    const { mode, uid, gid } = await fs.stat(file)
    return { bytes: await fs.readFile(file), mode: mode & 0o777, uid, gid }
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw fileError(error, 'replace', file)
  }
}
