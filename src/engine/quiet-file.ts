/**
 * The `_global.yaml` that keeps a target quiet: put in place before anything lands, given back by activate or undo. What stood
 * there is kept in the run's directory and in the file itself, so that it can be given back from either. Every step can be
 * killed and done again.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { sha256 } from '../core/canonical'
import { GLOBAL, switchedOff } from '../core/override-file'
import type { Instance } from '../kinds/kind'
import { contentOf, overrideFile, placeOverrideFile, quietFile, readOverride, removeOverrideFile, rightsOf, type OverrideFile, type OverridePlace, type Rights } from '../kinds/states/override-place'
import { writeDurable } from '../system/durable'
import type { System } from '../system/ports'
import { privateDirectory } from '../system/state'
import { readTextIfThere } from '../system/text-files'
import { actingOn } from './others'
import type { Run } from './runs'

interface QuietRecord {
  /** Database id of the target's pack `core`. */
  target: string
  file: string
  /** What stood there before: its hash (the bytes are kept beside), mode and owner; absent where there was no file. */
  replaced?: Rights & { sha256: string }
  /** The directory was not there before. */
  madeDirectory?: true
  since: string
  /** What acted on the target before, as `rule:pack.name`. */
  acting: string[]
}

const RECORD = 'quiet.json'
const REPLACED = 'quiet-replaced.yaml'

/** Puts it in place unless it is; `place` must be one that can be written. Throws BrokenOverrides when what stands there cannot be built upon. */
export async function putQuietFile(run: Run, target: Instance, place: OverridePlace): Promise<void> {
  const found = await readOverride(place, GLOBAL)
  const { run: name } = run.record
  if (isQuietFor(found, name) && (await recordOf(run))) return
  const before = found?.owned ? found.owned.before : found?.bytes
  const ours = quietFile(name, before, switchedOff(contentOf(before)))
  if (!isQuietFor(found, name)) await keep(run, target, place, found)
  await placeOverrideFile(place, GLOBAL, ours)
}

const isQuietFor = (found: OverrideFile | undefined, run: string): boolean => found?.owned?.purpose === 'quiet' && found.owned.run === run

async function keep(run: Run, target: Instance, { files, system }: OverridePlace, found: OverrideFile | undefined): Promise<void> {
  const missing = (await fs.stat(files.overrides).catch(() => undefined)) === undefined
  if (found) await writeDurable(run.at(REPLACED), found.bytes)
  const record: QuietRecord = {
    target: target.id,
    file: overrideFile(files, GLOBAL),
    ...(found && { replaced: { sha256: sha256(found.bytes), ...(await rightsOf({ files, system }, GLOBAL))! } }),
    ...(missing && { madeDirectory: true }),
    since: system.clock.now().toISOString(),
    acting: await actingOn(target.api),
  }
  await privateDirectory(run.dir)
  await writeDurable(run.at(RECORD), `${JSON.stringify(record, null, 2)}\n`)
}

/** What acted on the target before this run kept it quiet. */
export const actingBefore = async (run: Run): Promise<string[]> => (await recordOf(run))?.acting ?? []

async function recordOf(run: Run): Promise<QuietRecord | undefined> {
  const text = await readTextIfThere(run.at(RECORD))
  return text === undefined ? undefined : (JSON.parse(text) as QuietRecord)
}

/** Whether this run keeps the target quiet, told from its own record alone: for where the files cannot be reached. */
export async function mayBeQuiet(run: Run, target: Instance): Promise<boolean> {
  const record = await recordOf(run)
  const { activated, undone } = run.record
  return record?.target === target.id && [activated, undone].every((at) => at === undefined || at < record.since)
}

/** What stands in `_global.yaml` now, when it is one of ours that keeps the target quiet: the run that put it there. */
export async function quietRunOf(target: Instance, system: System): Promise<string | undefined> {
  if (!target.files) return undefined
  const found = await readOverride({ files: target.files, system }, GLOBAL)
  return found?.owned?.purpose === 'quiet' ? found.owned.run : undefined
}

/**
 * Whether activating this run ends the quiet: of a file that it put there, or, when it had none to put (it brought no packs), of
 * one that an earlier run left.
 */
export async function endsQuiet(run: Run, target: Instance, system: System): Promise<boolean> {
  const of = await quietRunOf(target, system)
  return of !== undefined && (of === run.record.run || (run.record.activated === undefined && (await recordOf(run)) === undefined))
}

/** For activate: the target's own file comes back as it was before any run, or ours goes. */
export async function endQuiet(run: Run, target: Instance, system: System): Promise<void> {
  if (!target.files || !(await endsQuiet(run, target, system))) return tidy(run)
  const place = { files: target.files, system }
  await putBack(run, place, (await readOverride(place, GLOBAL))?.owned?.before)
}

/** For undo: what stood there when this run put its own, another run's quiet file included. False when there is nothing of ours. */
export async function takeQuietBack(run: Run, target: Instance, system: System): Promise<boolean> {
  if (!target.files) return false
  const place = { files: target.files, system }
  const found = await readOverride(place, GLOBAL)
  if (!isQuietFor(found, run.record.run)) return tidy(run).then(() => false)
  await putBack(run, place, (await keptBytes(run)) ?? found!.owned!.before)
  return true
}

async function keptBytes(run: Run): Promise<Buffer | undefined> {
  const record = await recordOf(run)
  const bytes = record?.replaced === undefined ? undefined : await fs.readFile(run.at(REPLACED)).catch(() => undefined)
  return bytes && sha256(bytes) === record?.replaced?.sha256 ? bytes : undefined
}

async function putBack(run: Run, place: OverridePlace, bytes: Buffer | undefined): Promise<void> {
  const record = await recordOf(run)
  if (bytes) return placeOverrideFile(place, GLOBAL, bytes, record?.replaced)
  await removeOverrideFile(place, GLOBAL)
  await tidy(run)
}

/** The directory goes when it came with this run, and nothing else lies in it. */
async function tidy(run: Run): Promise<void> {
  const record = await recordOf(run)
  if (record?.madeDirectory) await fs.rmdir(path.dirname(record.file)).catch(() => undefined)
}
