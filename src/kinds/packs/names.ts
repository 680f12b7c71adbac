/**
 * The names that packs' metadata files give to what they bring: registering looks policies and aliases up by their bare name,
 * so that of two packs with one of the same name only the one registered last has it. Facts: StackStorm's registrars, and a
 * migration in which six packs' policies of one name ended as one.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import pMap from 'p-map'
import { parseYaml } from '../../core/yaml11'
import { isSt2Error } from '../../st2/errors'
import type { Reading } from '../kind'
import { packRows, type PackRow } from './rows'

export const FOLDERS = ['actions', 'rules', 'sensors', 'triggers', 'aliases', 'policies'] as const
export type Folder = (typeof FOLDERS)[number]

/** One metadata file. */
export interface Named {
  pack: string
  folder: Folder
  /** Relative to the pack. */
  file: string
  name: string
  content: Record<string, unknown>
}

/** Requests at a time for files. */
const AT_ONCE = 8

/** Who reads. */
export type Reader = Pick<Reading, 'instance' | 'system'>

/** Every metadata file of these folders, of all packs (or these) that can be read; broken ones are no resources. */
export async function metadataOf(reading: Reader, folders: readonly Folder[], packs?: ReadonlySet<string>): Promise<Named[]> {
  const files: [row: PackRow, folder: Folder, file: string][] = []
  for (const row of await packRows(reading.instance.api)) {
    if (packs && !packs.has(row.ref)) continue
    for (const folder of folders) for (const file of await filesIn(reading, row, folder)) files.push([row, folder, file])
  }
  const read = await pMap(files, ([row, folder, file]) => named(reading, row, folder, file), { concurrency: AT_ONCE })
  return read.filter((one): one is Named => one !== undefined)
}

async function named(reading: Reader, row: PackRow, folder: Folder, file: string): Promise<Named | undefined> {
  reading.system.stop.check()
  const content = asMapping(await read(reading, row, file))
  const name = content?.[folder === 'sensors' ? 'class_name' : 'name']
  return content && typeof name === 'string' ? { pack: row.ref, folder, file, name, content } : undefined
}

async function filesIn({ instance: { files } }: Reader, row: PackRow, folder: Folder): Promise<string[]> {
  const isMetadata = (file: string): boolean => new RegExp(`^${folder}/[^/]+\\.ya?ml$`).test(file)
  if (!files) return (row.files ?? []).filter(isMetadata).sort()
  const names = await fs.readdir(path.join(await directoryOf(files, row), folder)).catch(() => [] as string[])
  return names.map((name) => `${folder}/${name}`).filter(isMetadata).sort()
}

/** Where the pack lies: below the packs directory, else where its record says. */
async function directoryOf(files: NonNullable<Reading['instance']['files']>, row: PackRow): Promise<string> {
  const usual = path.join(files.packs, row.ref)
  const there = (await fs.stat(usual).catch(() => undefined))?.isDirectory() ?? false
  return there || !row.path ? usual : path.join(files.root, row.path)
}

async function read({ instance: { files, api } }: Reader, row: PackRow, file: string): Promise<Buffer | undefined> {
  if (files) return fs.readFile(path.join(await directoryOf(files, row), file)).catch(() => undefined)
  try {
    return await api.getBytes(`/v1/packs/views/file/${encodeURIComponent(row.ref)}/${file.split('/').map(encodeURIComponent).join('/')}`)
  } catch (error) {
    // The view refuses single files; an instance that fails altogether is met elsewhere.
    if (isSt2Error(error, 'bad_request', 'server', 'not_found')) return undefined
    throw error
  }
}

function asMapping(bytes: Buffer | undefined): Record<string, unknown> | undefined {
  try {
    const value = bytes && parseYaml(bytes.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
