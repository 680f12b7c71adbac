/**
 * Directories made with all above them. Not by Node's own recursive mkdir: in a file system that takes none (/proc) that tries again
 * for ever (Node 20), past every signal.
 */
import * as fs from 'fs'
import * as path from 'path'
import { Refusal } from '../core/exit-codes'

/** What is there stays as it is. Throws what the file system says, and a Refusal where it takes no directories. */
export async function makeDirectories(directory: string, mode = 0o777): Promise<void> {
  if (await made(directory, mode)) return
  const above = path.dirname(directory)
  if (above === directory) throw takesNone(directory)
  await makeDirectories(above, mode)
  // What was missing is there by now.
  if (!(await made(directory, mode))) throw takesNone(directory)
}

/** False where the directory above it is missing. */
async function made(directory: string, mode: number): Promise<boolean> {
  try {
    await fs.promises.mkdir(directory, { mode })
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return false
    // It need not be EEXIST: a read-only file system says so first.
    if ((await fs.promises.stat(directory).catch(() => undefined))?.isDirectory()) return true
    throw error
  }
}

const takesNone = (directory: string): Refusal => new Refusal(`Cannot make the directory ${directory}: the file system there takes none.`, 'Choose another directory, on a disk.')
