/**
 * States of an instance: of everything that packs ship and that acts by itself (a quiet target switches it off, so that all of it
 * must find back), and of actions, policies and runners that are not as they were shipped. What was made through the API
 * has its state in its own item.
 */
import type { Archive } from '../../archive/types'
import { BrokenOverrides, enabledBy, GLOBAL, type Overrides } from '../../core/override-file'
import type { Reading } from '../kind'
import { filesBehind, type Behind } from '../content/behind'
import { OWN_PACK, SYSTEM_PACKS } from '../packs/item'
import { metadataOf, type Folder } from '../packs/names'
import type { StateItem } from './item'
import { contentOf, ownFree, readOverride, type OverridePlace } from './override-place'
import { overrideReach } from './reach'
import { ABOUT, isOn, nameOf, resourcesOf, SORTS, type Resource, type Sort } from './resources'

export async function* listStates(reading: Reading): AsyncGenerator<StateItem> {
  const wanted = reading.wanted && (await identitiesOf(reading.wanted))
  const sight = await sightOf(reading, wanted)
  for (const sort of SORTS) {
    for await (const row of resourcesOf(reading.instance.api, sort)) {
      const item = await toState(sort, row, sight)
      if (item && (wanted ? wanted.has(item.identity) : belongs(item))) yield item
    }
  }
}

async function identitiesOf(archive: Archive): Promise<Set<string>> {
  const found = new Set<string>()
  for await (const { identity } of archive.items('states')) found.add(identity)
  return found
}

/** What acts is told whatever it is, but for what StackStorm itself ships: the other instance has that already. */
function belongs({ sort, pack = '', enabled, shipped }: StateItem): boolean {
  return (ABOUT[sort].acts && !SYSTEM_PACKS.includes(pack)) || enabled !== (shipped ?? true)
}

/** What files say about resources. */
interface Sight {
  /** By pack and metadata file. */
  shipped: Map<string, boolean>
  behind: Behind
  /** What the next registration would make of a resource. */
  settled(sort: Sort, row: Resource, shipped: boolean | undefined): Promise<boolean | undefined>
}

const fileKey = (pack: string | undefined, file: string | undefined): string => `${pack ?? ''}/${file ?? ''}`

async function sightOf(reading: Reading, wanted: Set<string> | undefined): Promise<Sight> {
  const { instance } = reading
  const reach = await overrideReach(instance)
  const onTarget = instance.side === 'target'
  // Through its API alone a target's files tell nothing that counts: no override can be there.
  const shipped = onTarget && wanted && !reach.files ? new Map<string, boolean>() : await shippedStates(reading)
  const settled = onTarget && reach.files ? settledBy({ files: reach.files, system: reading.system }) : async () => undefined
  return { shipped, settled, behind: wanted ? async () => true : await filesBehind(reading) }
}

async function shippedStates(reading: Reading): Promise<Map<string, boolean>> {
  const folders = SORTS.map((sort) => ABOUT[sort].folder).filter((folder): folder is Folder => folder !== undefined)
  return new Map((await metadataOf(reading, folders)).map(({ pack, file, content }) => [fileKey(pack, file), typeof content.enabled === 'boolean' ? content.enabled : true]))
}

async function toState(sort: Sort, row: Resource, sight: Sight): Promise<StateItem | undefined> {
  const { pack, name } = row
  if (pack === OWN_PACK || (sort !== 'runner' && !(await comesFromFile(row, sight)))) return undefined
  const shipped = sight.shipped.get(fileKey(pack, row.metadata_file))
  const settled = await sight.settled(sort, row, shipped)
  return { identity: `${sort}:${nameOf(row)}`, sort, ...(pack !== undefined && { pack }), name, enabled: isOn(row), ...(shipped !== undefined && { shipped }), ...(settled !== undefined && { settled }) }
}

/** Of StackStorm's own packs the files may lie elsewhere. */
const comesFromFile = async (row: Resource, { behind }: Sight): Promise<boolean> =>
  Boolean(row.metadata_file) && (SYSTEM_PACKS.includes(row.pack ?? '') || (await behind({ ...row, pack: row.pack ?? '' })))

/** By the overrides that hold when this tool's quiet file is gone. Files that StackStorm stumbles over settle nothing. */
function settledBy(place: OverridePlace): Sight['settled'] {
  const known = new Map<string, Promise<Overrides | undefined>>()
  const read = (name: string, ours: boolean): Promise<Overrides | undefined> => {
    const content = known.get(name) ?? contentAt(place, name, ours)
    known.set(name, content)
    return content
  }
  return async (sort, { pack, name }, shipped) => {
    const { type } = ABOUT[sort]
    if (type === undefined || pack === undefined) return undefined
    const [all, own] = [await read(GLOBAL, false), await read(pack, true)]
    return all && own && enabledBy(all, own, type, name, shipped)
  }
}

async function contentAt(place: OverridePlace, name: string, ours: boolean): Promise<Overrides | undefined> {
  try {
    const found = await readOverride(place, name)
    return contentOf(ours ? found?.bytes : ownFree(found))
  } catch (error) {
    if (error instanceof BrokenOverrides) return undefined
    throw error
  }
}

