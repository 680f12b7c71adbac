/** Files below a pack's `actions`, read where they lie, or through the API's view. */
import { promises as fs } from 'fs'
import * as path from 'path'
import { isSt2Error } from '../../st2/errors'
import type { Instance } from '../kind'

export interface FoundFile {
  bytes: Buffer
  exec?: boolean
}

/** Undefined when there is none. A text says why it cannot be read. */
export async function readActionFile({ files, api }: Pick<Instance, 'files' | 'api'>, pack: string, name: string): Promise<FoundFile | string | undefined> {
  if (files) return onDisk(path.join(files.packs, pack, 'actions', name))
  try {
    const bytes = await api.getBytes(`/v1/packs/views/file/${encodeURIComponent(pack)}/actions/${name.split('/').map(encodeURIComponent).join('/')}`)
    return bytes && { bytes }
  } catch (error) {
    if (isSt2Error(error, 'bad_request', 'forbidden', 'server')) return error.message
    if (isSt2Error(error, 'not_found')) return undefined
    throw error
  }
}

async function onDisk(file: string): Promise<FoundFile | string | undefined> {
  try {
    const stat = await fs.stat(file)
    return stat.isFile() ? { bytes: await fs.readFile(file), exec: (stat.mode & 0o100) !== 0 } : undefined
  } catch (error) {
    const { code = '' } = error as { code?: string }
    if (['ENOENT', 'ENOTDIR'].includes(code)) return undefined
    if (code === 'EACCES') return `${file} may not be read by this user`
    throw error
  }
}
