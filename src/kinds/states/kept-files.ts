/**
 * The overrides files of packs as they were before a run put states into them, kept in the run's directory: another run's file,
 * of which this tool would otherwise know only what it took the place of, comes back byte for byte.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { ownedFile } from '../../core/override-file'
import { writeDurable } from '../../system/durable'
import { privateDirectory } from '../../system/state'
import { readTextIfThere } from '../../system/text-files'
import { placeOverrideFile, readOverride, removeOverrideFile, rightsOf, type OverridePlace, type Rights } from './override-place'

interface Kept extends Partial<Rights> {
  /** Base64; absent where there was no file. */
  bytes?: string
}

/** Before what a file was kept: before states were put into it, or before the source's own file took its place. */
type Before = 'overrides' | 'overrides-replaced'

const directoryOf = (keepDir: string, before: Before = 'overrides'): string => path.join(keepDir, before)
const fileOf = (keepDir: string, pack: string, before?: Before): string => path.join(directoryOf(keepDir, before), `${encodeURIComponent(pack)}.json`)

/** Before the first write of a run; the first one wins. */
export async function keepOverride(place: OverridePlace, pack: string, keepDir: string, before?: Before): Promise<void> {
  if (await keptOf(keepDir, pack, before)) return
  const found = await readOverride(place, pack)
  const kept: Kept = found ? { bytes: found.bytes.toString('base64'), ...(await rightsOf(place, pack)) } : {}
  await privateDirectory(directoryOf(keepDir, before))
  await writeDurable(fileOf(keepDir, pack, before), JSON.stringify(kept))
}

/** The bytes of an earlier run's file that the source's own has replaced; undefined where none was kept. */
export async function replacedOverride(pack: string, keepDir: string): Promise<{ bytes: Buffer; rights?: Rights } | undefined> {
  const kept = await keptOf(keepDir, pack, 'overrides-replaced')
  return kept?.bytes === undefined ? undefined : { bytes: Buffer.from(kept.bytes, 'base64'), rights: rightsIn(kept) }
}

/** The earlier run whose file stood there before this one put states into it. */
export async function keptRun(keepDir: string, pack: string): Promise<string | undefined> {
  const kept = (await replacedOverride(pack, keepDir))?.bytes ?? (await keptOf(keepDir, pack))?.bytes
  return kept === undefined ? undefined : ownedFile(Buffer.isBuffer(kept) ? kept : Buffer.from(kept, 'base64'))?.run
}

/** The packs whose files a run has put states into. */
export async function keptPacks(keepDir: string): Promise<string[]> {
  const names = await fs.readdir(directoryOf(keepDir)).catch(() => [])
  return names.filter((name) => name.endsWith('.json')).map((name) => decodeURIComponent(name.slice(0, -'.json'.length))).sort()
}

/** The packs whose files a run has put states into, as far as they are its own still. */
export async function ownStatesFiles(place: OverridePlace, run: string, keepDir: string): Promise<string[]> {
  const own: string[] = []
  for (const pack of await keptPacks(keepDir)) if (await isOwn(place, pack, run)) own.push(pack)
  return own
}

/** Puts back what stood there before the run, where what stands there now is this run's; nothing else is touched. */
export async function giveBack(place: OverridePlace, pack: string, run: string, keepDir: string): Promise<void> {
  const found = await readOverride(place, pack)
  if (found?.owned?.run !== run) return
  const kept = await keptOf(keepDir, pack)
  const bytes = kept ? kept.bytes && Buffer.from(kept.bytes, 'base64') : found.owned.before
  if (bytes) await placeOverrideFile(place, pack, bytes, rightsIn(kept))
  else await removeOverrideFile(place, pack)
}

const rightsIn = ({ mode, uid, gid }: Kept = {}): Rights | undefined => (mode === undefined || uid === undefined || gid === undefined ? undefined : { mode, uid, gid })

async function isOwn(place: OverridePlace, pack: string, run: string): Promise<boolean> {
  return (await readOverride(place, pack).catch(() => undefined))?.owned?.run === run
}

async function keptOf(keepDir: string, pack: string, before?: Before): Promise<Kept | undefined> {
  const text = await readTextIfThere(fileOf(keepDir, pack, before))
  return text === undefined ? undefined : (JSON.parse(text) as Kept)
}
