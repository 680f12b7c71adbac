/** The overrides of an instance: `_global.yaml` and one file a pack. What StackStorm does not read, or stumbles over, is said. */
import { BrokenOverrides, GLOBAL, parseOverrides } from '../../core/override-file'
import { can, sinceWhen } from '../../versions/features'
import { accountsOf } from '../files/accounts'
import { itemOf, remarkHindered, remarkLeft } from '../files/carry'
import { NOT_LOOKED_AT, type FileItem } from '../files/item'
import { isPlain, lookAt, namesIn, type PlainFile } from '../files/look'
import type { Reading } from '../kind'
import { isQuietFile, ownAsWritten } from './marker'

export interface OverrideItem extends FileItem {
  /** The pack it is for; absent for `_global`. */
  pack?: string
}

const ENDING = '.yaml'

export async function* listOverrides(reading: Reading): AsyncGenerator<OverrideItem> {
  const { files } = reading.instance
  if (!files) return reading.note(NOT_LOOKED_AT)
  const { names, hindered } = await namesIn(files.overrides, '')
  hindered.forEach((one) => remarkHindered(reading, one))
  for (const name of names) {
    if (!name.endsWith(ENDING)) remarkLeft(reading, name, 'StackStorm reads _global.yaml and <pack>.yaml alone: this file does nothing')
    else {
      const item = await listOne(reading, files.overrides, name)
      if (item) yield item
    }
  }
}

async function listOne(reading: Reading, base: string, name: string): Promise<OverrideItem | undefined> {
  const identity = name.slice(0, -ENDING.length)
  const sight = await lookAt(base, name, accountsOf(reading.instance.files!, reading.system))
  if (!sight) return undefined
  const seen = isPlain(sight) ? peoplesFile(reading, name, sight) : sight
  if (!seen || (isPlain(seen) && reading.instance.side === 'source' && remarked(reading, identity, seen))) return undefined
  const item = await itemOf(reading, identity, seen, `files/overrides/${name}`)
  return item && { ...item, ...(identity !== GLOBAL && { pack: identity }) }
}

/** What people put there: a file of this tool's own stands for the one that it took the place of, if any. The states in it are another kind. */
function peoplesFile(reading: Reading, name: string, file: PlainFile): PlainFile | undefined {
  const quiet = isQuietFile(file.bytes)
  if (quiet && reading.instance.side === 'source') reading.note(`${name} is this tool's own: the instance is quiet, not activated yet`)
  const own = ownAsWritten(file.bytes)
  if (!quiet && !own) return file
  return own?.before && { ...file, bytes: own.before }
}

/** A file that must not begin to act, or that StackStorm would stumble over, is for a person. */
function remarked(reading: Reading, identity: string, { bytes }: PlainFile): boolean {
  const { version } = reading.instance
  const why = brokenWhy(bytes)
  const idle = !can(version, 'overrides')
  if (!idle && why === undefined) return false
  const note = idle
    ? `it lies idle on the old instance: StackStorm reads overrides since ${sinceWhen('overrides')}, this one is ${version}; on the new one it would begin to act`
    : `StackStorm stumbles over it, so that packs cannot be registered: ${why}`
  const advice = idle ? 'if it is meant to act, copy it to /opt/stackstorm/overrides of the new instance yourself, after activate, and register its pack' : 'mend it (an empty one: remove it) on the old instance and export again; or write it on the new one yourself'
  reading.remark({ identity, outcome: 'manual', note, advice })
  return true
}

/** Why StackStorm refuses it; undefined for a good file. */
function brokenWhy(bytes: Buffer): string | undefined {
  try {
    parseOverrides(bytes)
    return undefined
  } catch (error) {
    if (error instanceof BrokenOverrides) return error.message
    throw error
  }
}
