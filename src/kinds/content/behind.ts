/** Whether a pack's file stands behind a record: one whose file is gone is not made again by installing the pack. */
import { promises as fs } from 'fs'
import * as path from 'path'
import type { Reading } from '../kind'
import { packRows } from '../packs/rows'
import type { Row } from './item'

export type Behind = (row: Row) => Promise<boolean>

export async function filesBehind({ instance }: Reading): Promise<Behind> {
  const { files, api } = instance
  const listed = new Map<string, Set<string>>()
  const directories = new Map<string, string>()
  for (const row of await packRows(api)) {
    listed.set(row.ref, new Set(row.files))
    if (files && row.path) directories.set(row.ref, path.join(files.root, row.path))
  }
  return async ({ pack, metadata_file: file }) => {
    if (!file) return false
    if (!files) return listed.get(pack)?.has(file) ?? false
    const candidates = [path.join(files.packs, pack), directories.get(pack)].filter((one): one is string => one !== undefined)
    for (const directory of candidates) if (await isFile(path.join(directory, file))) return true
    return false
  }
}

const isFile = async (file: string): Promise<boolean> => (await fs.stat(file).catch(() => undefined))?.isFile() ?? false
