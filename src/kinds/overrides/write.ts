/** Overrides put in place and taken away: files of `/opt/stackstorm/overrides`, read by StackStorm at the next registration. */
import { sha256 } from '../../core/canonical'
import type { Change } from '../../core/model'
import { sweepParts } from '../../system/durable'
import type { OwnedFile } from '../../core/override-file'
import { parseYaml } from '../../core/yaml11'
import { accountsOf } from '../files/accounts'
import { archivedBytes, writeFileItem } from '../files/carry'
import { keepBytes, putBack, putInPlace, takeAway, type Place } from '../files/place'
import { isPlain, lookAt } from '../files/look'
import type { InstanceFiles, Writing, Written } from '../kind'
import { keepOverride, replacedOverride } from '../states/kept-files'
import { overrideFile, placeOverrideFile, readOverride, type OverridePlace, type Rights } from '../states/override-place'
import type { OverrideItem } from './list'
import { ownAsWritten } from './marker'

const placeOf = (files: InstanceFiles, identity: string): Place => ({ base: files.overrides, name: `${identity}.yaml` })

export async function writeOverride(change: Change, item: OverrideItem, before: OverrideItem | undefined, writing: Writing): Promise<Written> {
  return placeOverride(await archivedBytes(item, writing), change, item, before, writing)
}

/**
 * Puts `bytes` in place for an item: its own, or those that it makes together with captured states (`mergedFile`). An empty file
 * would break every registration, so that nothing is left in its place instead. What it replaces is kept in the run's directory.
 */
export async function placeOverride(bytes: Buffer, change: Change, item: OverrideItem, before: OverrideItem | undefined, writing: Writing): Promise<Written> {
  const { files } = writing.target
  if (!files) return { outcome: 'manual', note: "the new instance's files cannot be reached from here", advice: `put ${item.identity}.yaml into /opt/stackstorm/overrides there yourself` }
  const place = placeOf(files, item.identity)
  if (isEmpty(bytes)) return { outcome: 'left', note: 'it says nothing, and an empty file would break every registration: not written' }
  const own = await ownAt(place, writing)
  if (own) return replaceOwn(own, place, bytes, change, item, writing)
  return writeFileItem(place, bytes, change, item, before, writing)
}

/** Of comments alone, too. */
const isEmpty = (bytes: Buffer): boolean => parseYaml(bytes.toString('utf8')) === null

async function ownAt(place: Place, writing: Writing): Promise<OwnedFile | undefined> {
  const now = await lookAt(place.base, place.name, accountsOf(writing.target.files!, writing.system))
  return now && isPlain(now) ? ownAsWritten(now.bytes) : undefined
}

/** Of a file of this run's own only what it took the place of is to be kept; what an earlier run has left there is what this run found. */
async function replaceOwn({ before, purpose, run }: OwnedFile, place: Place, bytes: Buffer, change: Change, item: OverrideItem, writing: Writing): Promise<Written> {
  if (before) await keepBytes(writing.keepDir, before)
  if (purpose === 'states' && run !== writing.settings.run) await keepOverride(overridesOf(writing), item.identity, writing.keepDir, 'overrides-replaced')
  const trouble = await putInPlace(place, bytes, item, accountsOf(writing.target.files!, writing.system))
  return trouble ? { outcome: 'failed', note: `it is in place, but ${trouble}`, advice: 'run again as root' } : { outcome: change.transformed ? 'transformed' : 'carried', note: change.note }
}

const overridesOf = ({ target, system }: Writing): OverridePlace => ({ files: target.files!, system })

export async function removeOverride(now: OverrideItem, writing: Writing): Promise<Written> {
  const files = writing.target.files!
  const earlier = await replacedOverride(now.identity, writing.keepDir)
  if (earlier) return earlierBack(now, earlier, [now.sha256], writing)
  return takeAway(placeOf(files, now.identity), now.sha256, accountsOf(files, writing.system))
}

export async function restoreOverride(before: OverrideItem, now: OverrideItem | undefined, writing: Writing): Promise<Written> {
  const files = writing.target.files!
  const earlier = await replacedOverride(before.identity, writing.keepDir)
  if (earlier) return earlierBack(before, earlier, [before.sha256, now?.sha256], writing)
  return putBack(placeOf(files, before.identity), before, now?.sha256, writing.keepDir, accountsOf(files, writing.system))
}

/** An earlier run's file comes back as it stood, where nobody has put anything else there meanwhile. */
async function earlierBack({ identity }: OverrideItem, { bytes, rights }: { bytes: Buffer; rights?: Rights }, ours: (string | undefined)[], writing: Writing): Promise<Written> {
  const file = overrideFile(writing.target.files!, identity)
  const there = await readOverride(overridesOf(writing), identity)
  if (there && !there.bytes.equals(bytes) && !ours.includes(sha256(there.bytes))) return { outcome: 'left', note: `${file} changed since: left as it is`, advice: `what stood there before this run, an earlier run's file, is kept below ${writing.keepDir}` }
  await placeOverrideFile(overridesOf(writing), identity, bytes, rights)
  return { outcome: 'carried' }
}

/** Of a killed write only a part can be left that nobody lists. */
export async function clearOverride(item: OverrideItem, writing: Writing): Promise<Written> {
  await sweepParts(overrideFile(writing.target.files!, item.identity))
  return { outcome: 'carried' }
}
