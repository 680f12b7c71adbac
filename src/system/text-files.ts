/** Small text files that may not be there. */
import { promises as fs } from 'fs'

/** The file's text as UTF-8; undefined when it is not there or may not be read. Other faults are thrown. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await fs.readFile(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as { code?: string }).code ?? '')) return undefined
    throw error
  }
}
