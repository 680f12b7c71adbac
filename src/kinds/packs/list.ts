/**
 * Every pack of an instance as an item. On the source (with a place to stage archive members) the history is bundled too;
 * on a target, and at an export's second look, files and hashes are enough.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { Refusal } from '../../core/exit-codes'
import { findGitDir } from '../../system/git-copy'
import type { InstanceFiles, Reading } from '../kind'
import { exportFromApi } from './export-api'
import { exportFromDisk } from './export-disk'
import { tellFindings } from './findings'
import { OWN_PACK, SYSTEM_PACKS, type PackItem } from './item'
import { packRows, registeredByPack, type PackRow } from './rows'
import { bareItem, plainFile, type PackSource } from './source'
import { strangers } from './strangers'
import { gitFileOnDisk, gitFileThroughApi, readHeadFiles, readThroughApi } from './through-api'
import { walkPack } from './walk'

export async function* listPacks(reading: Reading): AsyncGenerator<PackItem> {
  const { instance, wanted } = reading
  const rows = await packRows(instance.api)
  const registered = await registeredByPack(instance.api)
  const refs = wanted ? await refsOf(reading) : undefined
  if (!wanted) await remarkUnregistered(reading, rows)
  if (reading.stage) await tellFindings(reading, rows)
  for (const row of rows) {
    if (row.ref === OWN_PACK || (refs && !refs.has(row.ref)) || reading.leftOut?.({ identity: row.ref })) continue
    reading.system.stop.check()
    const item = await listOne({ reading, row, registered: registered.get(row.ref) ?? [], workDir: path.join(reading.workDir, row.ref) })
    if (item) yield item
  }
  if (refs) yield* strangers(reading, new Set(rows.map(({ ref }) => ref)), refs)
}

async function refsOf({ wanted }: Reading): Promise<Set<string>> {
  const refs = new Set<string>()
  for await (const item of wanted!.items('packs')) refs.add(item.identity)
  return refs
}

/** One pack that cannot be read is a remark and not the end of the listing; an instance or a machine that fails is. */
async function listOne(source: PackSource): Promise<PackItem | undefined> {
  const { reading, row, workDir } = source
  try {
    if (!reading.wanted && (await isBuiltIn(reading, row))) {
      reading.remark({ identity: row.ref, outcome: 'left', note: 'it comes with StackStorm itself: the new instance has its own' })
      return undefined
    }
    await fs.mkdir(workDir, { recursive: true, mode: 0o700 })
    const directory = await directoryOf(reading.instance.files, row)
    if (reading.instance.files && !directory) return missingOnDisk(reading, row)
    if (!reading.stage) return await glanceAt(source, directory)
    return directory === undefined ? await exportFromApi(source) : await exportFromDisk(source, directory)
  } catch (error) {
    if (error instanceof Refusal) throw error
    reading.remark({ identity: row.ref, outcome: 'manual', note: `it could not be read: ${(error as Error).message}`, advice: 'run the export on the instance itself, as root; or install this pack on the new instance by hand' })
    return undefined
  } finally {
    await fs.rm(workDir, { recursive: true, force: true })
  }
}

/** Built-in packs lie there without git; a pack of the same name that somebody installed has it. */
async function isBuiltIn({ instance }: Reading, row: PackRow): Promise<boolean> {
  if (!SYSTEM_PACKS.includes(row.ref)) return false
  const directory = await directoryOf(instance.files, row)
  if (directory) return (await findGitDir(directory)) === undefined
  return instance.files !== undefined || (await gitFileThroughApi(instance.api, row.ref)('HEAD')) === undefined
}

function missingOnDisk(reading: Reading, row: PackRow): undefined {
  reading.remark({
    identity: row.ref,
    outcome: 'manual',
    note: `it is registered, but ${reading.instance.files?.packs}/${row.ref} is not there: nothing can be carried`,
    advice: 'unregister it on the old instance (st2 pack remove), or put its files back and export again',
  })
  return undefined
}

/** Where a pack lies: below the packs directory, or where its record says (other base paths). Undefined when not there. */
async function directoryOf(files: InstanceFiles | undefined, row: PackRow): Promise<string | undefined> {
  if (!files) return undefined
  const candidates = [path.join(files.packs, row.ref), ...(row.path ? [path.join(files.root, row.path)] : [])]
  for (const directory of candidates) if (await isPack(directory)) return directory
  return undefined
}

const isPack = async (directory: string): Promise<boolean> => ((await fs.stat(path.join(directory, 'pack.yaml')).catch(() => undefined))?.isFile() ?? false)

/** A directory that StackStorm does not know as a pack is no part of the running instance. */
async function remarkUnregistered(reading: Reading, rows: PackRow[]): Promise<void> {
  const { files } = reading.instance
  if (!files) return
  const known = new Set(rows.flatMap((row) => [row.ref, path.basename(row.path ?? row.ref)]))
  for (const name of (await fs.readdir(files.packs).catch(() => [])).sort()) {
    if (known.has(name) || name === OWN_PACK || SYSTEM_PACKS.includes(name) || !(await isPack(path.join(files.packs, name)))) continue
    reading.remark({
      identity: name,
      outcome: 'left',
      note: `${files.packs}/${name} lies there but is not registered: StackStorm does not use it`,
      advice: `if it is needed, register it on the old instance (st2 pack register ${name}) and export again`,
    })
  }
}

/** Files and hashes, no history: enough to compare. */
async function glanceAt({ reading, row, registered }: PackSource, directory: string | undefined): Promise<PackItem> {
  const { api } = reading.instance
  if (directory === undefined) {
    const { files } = await readThroughApi(api, row)
    return { ...bareItem(row, registered, files, 'api'), ...(await readHeadFiles(gitFileThroughApi(api, row.ref))) }
  }
  const { files } = await walkPack(directory)
  const git = await findGitDir(directory)
  const item = bareItem(row, registered, files.map(plainFile), git ? 'git' : 'files')
  return git ? { ...item, ...(await readHeadFiles(gitFileOnDisk(git.common))) } : item
}
