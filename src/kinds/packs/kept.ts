/**
 * What an install replaces, kept in the run's directory before it: the pack's directory, where its files are at hand, and what
 * is registered of it and around it. The first of a run wins: it is what undo puts back.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { copyTree } from '../../system/copy-tree'
import { writeDurable } from '../../system/durable'
import { privateDirectory } from '../../system/state'
import { readTextIfThere } from '../../system/text-files'
import type { Writing } from '../kind'
import { rowsAround, RUNNERS, stateOf, type Row, type Rows } from './registered'

export interface Kept {
  /** A directory lay there, and is kept: registered or not. */
  directory: boolean
  rows: Rows
}

/** By list and ref: the file that each row came from, or a runner's state; what was there right after the install. */
export type Brought = Record<string, Record<string, string>>

const at = (keepDir: string, ref: string, name: string): string => path.join(keepDir, 'packs', encodeURIComponent(ref), name)
export const keptDirectory = (keepDir: string, ref: string): string => at(keepDir, ref, 'directory')
export const placeOf = (ref: string, { target }: Pick<Writing, 'target'>): string | undefined => target.files && path.join(target.files.packs, ref)

/** Before an install. @throws Refusal for a directory that cannot be copied: it could not be put back. */
export async function keepPack(ref: string, writing: Writing): Promise<void> {
  const { keepDir, target, system } = writing
  if (await keptOf(keepDir, ref)) return
  const place = placeOf(ref, writing)
  const directory = place !== undefined && (await isDirectory(place))
  await privateDirectory(path.dirname(at(keepDir, ref, '')))
  if (directory) await copyTree(system.processes, place, keptDirectory(keepDir, ref))
  const rows = await rowsAround(target.api, ref)
  if (!(await keptRunners(keepDir))) await writeDurable(runnersFile(keepDir), JSON.stringify(rows[RUNNERS]))
  await save(keepDir, ref, 'kept.json', { directory, rows } satisfies Kept)
}

const runnersFile = (keepDir: string): string => path.join(keepDir, 'packs', 'runners.json')

/** As they were before the first install of a run: any later one finds them switched on. */
export async function keptRunners(keepDir: string): Promise<Row[] | undefined> {
  const text = await readTextIfThere(runnersFile(keepDir))
  return text === undefined ? undefined : (JSON.parse(text) as Row[])
}

/** Names of the runners that were off before the first install of a run: each install registers them, which switches them on. */
export async function runnersOffBefore(keepDir: string): Promise<Set<string>> {
  return new Set(((await keptRunners(keepDir)) ?? []).filter(({ enabled }) => enabled === false).map(({ name }) => String(name)))
}

export const keptOf = (keepDir: string, ref: string): Promise<Kept | undefined> => load<Kept>(keepDir, ref, 'kept.json')

/** Right after an install: what is there more then came with it, and what is gone was taken by it. */
export async function noteBrought(ref: string, { keepDir, target }: Writing): Promise<void> {
  const brought: Brought = {}
  for (const [list, rows] of Object.entries(await rowsAround(target.api, ref))) brought[list] = Object.fromEntries(rows.map((row) => [row.ref, list === RUNNERS ? stateOf(row) : (row.metadata_file ?? '')]))
  await save(keepDir, ref, 'brought.json', brought)
}

/** Undefined when the install was cut off. */
export const broughtBy = (keepDir: string, ref: string): Promise<Brought | undefined> => load<Brought>(keepDir, ref, 'brought.json')

/** What an undo has to make again after it has unregistered a pack; the first time counts, since it may be cut off behind that. */
export async function keepGuests<T>(keepDir: string, ref: string, find: () => Promise<T>): Promise<T> {
  const known = await load<T>(keepDir, ref, 'guests.json')
  if (known !== undefined) return known
  const found = await find()
  await save(keepDir, ref, 'guests.json', found)
  return found
}

async function save(keepDir: string, ref: string, name: string, value: unknown): Promise<void> {
  const file = at(keepDir, ref, name)
  await privateDirectory(path.dirname(file))
  await writeDurable(file, JSON.stringify(value))
}

async function load<T>(keepDir: string, ref: string, name: string): Promise<T | undefined> {
  const text = await readTextIfThere(at(keepDir, ref, name))
  return text === undefined ? undefined : (JSON.parse(text) as T)
}

const isDirectory = async (name: string): Promise<boolean> => (await fs.stat(name).catch(() => undefined))?.isDirectory() ?? false
