/** What a plan says about each configuration: whether the new instance will take it, and in which form it arrives. */
import type { Change, Difference } from '../../core/model'
import { refusedConfig, type ConfigSchema } from '../../core/config-schema'
import { parseYaml } from '../../core/yaml11'
import { conflictPolicy, type Verdict, type Weighing } from '../kind'
import { BrokenHistory, openBundle, packItems, readCommitted } from '../packs/bundles'
import { SYSTEM_PACKS } from '../packs/item'
import { isKeptOut } from '../packs/strangers'
import { maskedPaths, roundedPaths, type ConfigItem } from './item'

/** What the new instance will have of the pack when its configuration is written. */
interface Prospect {
  pack: boolean
  schema?: ConfigSchema
}

export async function weighConfig(source: ConfigItem, target: ConfigItem | undefined, differences: Difference[], weighing: Weighing): Promise<Verdict | undefined> {
  const prospect = await prospectOf(source.pack, weighing)
  return noPack(source, prospect) ?? masked(source) ?? refused(source, prospect) ?? unwritable(source, prospect, weighing) ?? (target ? over(target, differences, form(source, weighing), weighing) : form(source, weighing))
}

/** A conflict tells what differs; what is to be overwritten, in which form it arrives too. */
function over({ unregistered }: ConfigItem, differences: Difference[], verdict: Verdict, { settings }: Weighing): Verdict {
  if (unregistered) return overIdle(differences, verdict)
  const what = whatDiffers(differences)
  return { ...verdict, note: conflictPolicy(settings, 'configs') === 'overwrite' ? `${what}; ${verdict.note}` : what }
}

/** Options that a note names. */
const TOLD = 8

/** Options by their paths, never a value. */
function whatDiffers(differences: Difference[]): string {
  const options = differences.filter(({ path }) => path.startsWith(VALUES)).map(({ path }) => path.slice(VALUES.length))
  if (options.length > 0) return `other values there: ${options.slice(0, TOLD).join(', ')}${options.length > TOLD ? ` and ${options.length - TOLD} more` : ''}`
  return differences.some(({ target }) => target === 'missing') ? 'the same values there, and no file' : 'the same values there; its file has other comments or another layout, or an edit that was never registered'
}

/** How the paths of options begin among the differences. */
const VALUES = 'values.'

/** Over a file that nobody has registered: the same one only has to be, another one is a conflict like any other thing that stands there. */
function overIdle(differences: Difference[], verdict: Verdict): Verdict {
  if (differences.every(({ path }) => path === 'registered')) return { action: 'create', note: 'the same file lies there and was never registered: it is registered' }
  return { ...verdict, note: `another file lies there, which was never registered (${whatDiffers(differences)}); ${verdict.note}` }
}

const manual = (note: string, advice: string): Verdict => ({ action: 'manual', note, advice }) satisfies Partial<Change>

function noPack({ pack }: ConfigItem, prospect: Prospect): Verdict | undefined {
  if (prospect.pack) return undefined
  return manual(`pack ${pack} is neither part of this plan nor on the new instance`, `install pack ${pack} on the new instance, then plan again; or plan its kind packs too`)
}

function masked({ pack, values }: ConfigItem): Verdict | undefined {
  const paths = maskedPaths(values)
  if (paths.length === 0) return undefined
  return manual(`it holds ******** in place of a secret (${paths.join(', ')}): somebody sent a masked copy back`, `set the real value on the old instance (st2 pack config ${pack}) and export again, or set it by hand on the new one`)
}

function refused({ pack, values }: ConfigItem, { schema }: Prospect): Verdict | undefined {
  const why = schema && refusedConfig(schema, values)
  return why ? manual(`the schema of pack ${pack} refuses it: ${why}`, 'correct it on the old instance and export again, or write it by hand on the new one') : undefined
}

/** A PUT for a pack without a schema answers 404 and leaves a record that breaks the list of all configurations. */
function unwritable({ pack, file, values }: ConfigItem, { schema }: Prospect, { target }: Weighing): Verdict | undefined {
  if (target.files && file) return undefined
  const byHand = `run apply on the new instance itself, as root; or put /opt/stackstorm/configs/${pack}.yaml there yourself and register it (st2 pack register ${pack} --types configs)`
  if (!schema && !target.files) return manual(`pack ${pack} has no schema, so that StackStorm takes no configuration of it through the API`, byHand)
  const rounded = roundedPaths(values)
  if (rounded.length === 0) return undefined
  return manual(`the API rounds its numbers beyond 2^53 (${rounded.join(', ')})`, file ? byHand : `run the export on the old instance itself, as root; or ${byHand}`)
}

/** Comments and the way values are written survive only as a file, from a file. */
function form({ file, via }: ConfigItem, { target }: Weighing): Verdict {
  if (file && target.files) return { note: 'the file as it is, comments included' }
  const how = target.files ? 'written anew from the values' : 'written through the API'
  if (file) return { transformed: true, note: `${how}: the values are the same, the file's comments and layout stay behind` }
  if (via === 'api') return { transformed: true, note: `read through the API and ${how}: the values are the same, comments that its file may have stay behind` }
  return { note: `it had no file: ${how}` }
}

async function prospectOf(pack: string, weighing: Weighing): Promise<Prospect> {
  const { archive, target } = weighing
  // A pack that is in the archive, but left out of this plan, is of no use to its configuration.
  const comes = archive.manifest.kinds.packs && (weighing.kinds?.includes('packs') ?? true)
  const carried = comes ? (await packItems(archive)).get(pack) : undefined
  const name = encodeURIComponent(pack)
  const there = (await target.api.find(`/v1/packs/${name}`)) !== undefined
  // One that stays (skipped, or the same already) is the one that will judge it.
  const stays = there && (conflictPolicy(weighing.settings, 'packs') !== 'overwrite' || SYSTEM_PACKS.includes(pack))
  if (carried?.head && !stays && (there || !(await isKeptOut(pack, weighing)))) return committed(pack, carried.head, weighing)
  if (!there) return { pack: false }
  const found = await target.api.find<{ attributes?: ConfigSchema }>(`/v1/config_schemas/${name}`)
  return { pack: true, schema: found?.attributes }
}

/** A history that cannot be unpacked brings no pack. */
async function committed(pack: string, head: string, weighing: Weighing): Promise<Prospect> {
  try {
    return { pack: true, schema: await committedSchema(pack, head, weighing) }
  } catch (error) {
    if (error instanceof BrokenHistory) return { pack: false }
    throw error
  }
}

async function committedSchema(pack: string, head: string, weighing: Weighing): Promise<ConfigSchema | undefined> {
  const bytes = await readCommitted(await openBundle(weighing, pack), head, 'config.schema.yaml')
  if (!bytes) return undefined
  try {
    return (parseYaml(bytes.toString('utf8')) ?? undefined) as ConfigSchema | undefined
  } catch {
    return undefined
  }
}
