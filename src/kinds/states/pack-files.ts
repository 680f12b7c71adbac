/**
 * The overrides file of a pack with captured states in it. While a target is being activated it names every state, so that it
 * holds whatever the global file says; in the end it holds only those that would be otherwise, or goes.
 */
import { enabledBy, GLOBAL, withExceptions, type Wish } from '../../core/override-file'
import { contentOf, ownFree, placeOverrideFile, readOverride, removeOverrideFile, statesFile, type OverridePlace } from './override-place'
import type { StateItem } from './item'
import { ABOUT } from './resources'

/** The states that overrides can hold. */
export const overridable = (items: readonly StateItem[]): (StateItem & { pack: string })[] => items.filter((item): item is StateItem & { pack: string } => ABOUT[item.sort].type !== undefined && item.pack !== undefined)

const wishOf = ({ sort, name, enabled }: StateItem): Wish => ({ type: ABOUT[sort].type!, name, enabled })

/** Names every state of a pack. Throws BrokenOverrides when what stands there cannot be built upon. */
export async function writeWhole(place: OverridePlace, run: string, pack: string, items: readonly StateItem[]): Promise<void> {
  const before = ownFree(await readOverride(place, pack))
  await placeOverrideFile(place, pack, statesFile(run, before, withExceptions(contentOf(before), items.map(wishOf))))
}

/** Leaves in the file what it is needed for. Nothing happens where the global file still keeps everything quiet. */
export async function writeNeeded(place: OverridePlace, run: string, pack: string, items: readonly StateItem[]): Promise<void> {
  const [all, own] = [await readOverride(place, GLOBAL), await readOverride(place, pack)]
  if (all?.owned?.purpose === 'quiet') return
  const before = ownFree(own)
  const content = contentOf(before)
  const needed = items.filter(({ sort, name, enabled, shipped }) => enabledBy(contentOf(all?.bytes), content, ABOUT[sort].type!, name, shipped) !== enabled)
  if (needed.length > 0) await placeOverrideFile(place, pack, statesFile(run, before, withExceptions(content, needed.map(wishOf))))
  else if (before) await placeOverrideFile(place, pack, before)
  else await removeOverrideFile(place, pack)
}

