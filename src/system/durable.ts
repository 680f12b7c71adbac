/**
 * Files that survive a crash: written under a temporary name, synced, read back, renamed, and the directory synced. After
 * `writeDurable` has returned, the file is there whole; before, the old one is.
 */
import { randomBytes } from 'crypto'
import * as fs from 'fs'
import * as path from 'path'
import { Refusal } from '../core/exit-codes'
import { fileError, withPath } from './file-errors'

const disk = fs.promises

/** Some file systems cannot sync a directory; the rename itself is done then all the same. */
const UNSYNCABLE = new Set(['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM', 'EACCES'])

async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await disk.open(directory, 'r')
    await handle.sync().finally(() => handle.close())
  } catch (error) {
    if (!UNSYNCABLE.has((error as NodeJS.ErrnoException).code ?? '')) throw fileError(error, 'sync', directory)
  }
}

async function writeSynced(file: string, data: Buffer, mode: number): Promise<void> {
  const handle = await disk.open(file, 'wx', mode)
  try {
    await handle.writeFile(data)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Mode 0600 unless given. Throws {@link Refusal} naming the path; the old file is untouched then. */
export async function writeDurable(file: string, content: string | Buffer, mode = 0o600): Promise<void> {
  const data = Buffer.isBuffer(content) ? content : Buffer.from(content, 'utf8')
  const part = `${file}.${randomBytes(6).toString('hex')}.part`
  try {
    await writeSynced(part, data, mode)
    if (!(await disk.readFile(part)).equals(data)) throw new Refusal(`${file} does not read back as it was written.`, 'Check the disk before anything else.')
    await disk.rename(part, file)
  } catch (error) {
    await disk.unlink(part).catch(() => undefined)
    throw fileError(error, 'write', file)
  }
  await syncDirectory(path.dirname(file))
}

/** Removes what writes of this file left beside it that were killed. Only for whoever alone writes it. */
export async function sweepParts(file: string): Promise<void> {
  const begun = `${path.basename(file)}.`
  for (const entry of await disk.readdir(path.dirname(file)).catch(() => [])) {
    if (entry.startsWith(begun) && /^[0-9a-f]{12}\.part$/.test(entry.slice(begun.length))) await disk.rm(path.join(path.dirname(file), entry), { force: true })
  }
}

/** Syncs a finished file and gives it its name; after this it is there whole, before, the old one is. */
export async function renameDurable(part: string, file: string): Promise<void> {
  await withPath('write', file, async () => {
    const handle = await disk.open(part, 'r')
    await handle.sync().finally(() => handle.close())
    await disk.rename(part, file)
  })
  await syncDirectory(path.dirname(file))
}
