/** Overrides put in place and taken away: files of `/opt/stackstorm/overrides`, read by StackStorm at the next registration. */
import type { Change } from '../../core/model'
import type { OwnedFile } from '../../core/override-file'
import { parseYaml } from '../../core/yaml11'
import { accountsOf } from '../files/accounts'
import { archivedBytes, writeFileItem } from '../files/carry'
import { keepBytes, putBack, putInPlace, sweepParts, takeAway, type Place } from '../files/place'
import { isPlain, lookAt } from '../files/look'
import type { InstanceFiles, Writing, Written } from '../kind'
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

/** Of a file of this tool's own only what it took the place of is to be kept. */
async function replaceOwn({ before }: OwnedFile, place: Place, bytes: Buffer, change: Change, item: OverrideItem, writing: Writing): Promise<Written> {
  if (before) await keepBytes(writing.keepDir, before)
  const trouble = await putInPlace(place, bytes, item, accountsOf(writing.target.files!, writing.system))
  return trouble ? { outcome: 'failed', note: `it is in place, but ${trouble}`, advice: 'run again as root' } : { outcome: change.transformed ? 'transformed' : 'carried', note: change.note }
}

export function removeOverride(now: OverrideItem, writing: Writing): Promise<Written> {
  const files = writing.target.files!
  return takeAway(placeOf(files, now.identity), now.sha256, accountsOf(files, writing.system))
}

export function restoreOverride(before: OverrideItem, now: OverrideItem | undefined, writing: Writing): Promise<Written> {
  const files = writing.target.files!
  return putBack(placeOf(files, before.identity), before, now?.sha256, writing.keepDir, accountsOf(files, writing.system))
}

/** Of a killed write only a part can be left that nobody lists. */
export async function clearOverride(item: OverrideItem, writing: Writing): Promise<Written> {
  await sweepParts(placeOf(writing.target.files!, item.identity))
  return { outcome: 'carried' }
}
