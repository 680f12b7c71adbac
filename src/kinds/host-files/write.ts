/** Host files put beside the target's own, private, each with a readable difference; and taken away again. */
import { promises as fs } from 'fs'
import * as path from 'path'
import { sweepParts, writeDurable } from '../../system/durable'
import { accountsOf } from '../files/accounts'
import { archivedBytes } from '../files/carry'
import { modeText, ownerText } from '../files/item'
import { keepReplaced, makeDirectory, putBack, takeAway, type Place } from '../files/place'
import { isPlain, lookAt } from '../files/look'
import type { InstanceFiles, Weighing, Writing, Written } from '../kind'
import type { Change } from '../../core/model'
import { whatChanged, whatDiffers, type Compared } from './account'
import { besideName, ownFile, type HostFileItem } from './list'
import { patchText } from './patch'
import { BESIDE, locate } from './sorts'

const placeOf = (files: InstanceFiles, { identity }: { identity: string }): Place => ({ base: files.etc, name: besideName(identity) })
const pathOf = ({ base, name }: Place): string => path.join(base, name)
const diffOf = (place: Place): Place => ({ ...place, name: `${place.name}.diff` })

/** The old instance's bytes against the target's own file; undefined for a file that this release does not know. */
export async function comparedOf(item: HostFileItem, bytes: Buffer, weighing: Weighing): Promise<Compared | undefined> {
  const files = weighing.target.files!
  const sort = locate(files, item.identity)?.sort
  const own = await ownFile(files, item.identity, weighing)
  return sort && { identity: item.identity, sort, old: bytes, own: own?.bytes, from: weighing.archive.manifest.instance.version, to: weighing.target.version }
}

/** What the ledger tells: where it is, what differs by name, what the releases changed. */
export function noteOf(item: HostFileItem, compared: Compared, files: InstanceFiles): string {
  const copy = pathOf(placeOf(files, item))
  return [`put beside, not in place: ${copy} and ${path.basename(copy)}.diff (was ${ownerText(item.owner)}, mode ${modeText(item.mode)})`, ...whatDiffers(compared), ...whatChanged(compared)].join('; ')
}

export async function writeHostFile(_change: Change, item: HostFileItem, before: HostFileItem | undefined, writing: Writing): Promise<Written> {
  const files = writing.target.files!
  const place = placeOf(files, item)
  const bytes = await archivedBytes(item, writing)
  const compared = await comparedOf(item, bytes, writing)
  if (!compared) return { outcome: 'manual', note: 'this release does not know what to do with it', advice: 'take it from the archive yourself (files/host)' }
  const refused = await keepReplaced(place, before?.beside && before.sha256, bytes, writing.keepDir, accountsOf(files, writing.system))
  if (refused) return refused
  await privateDirectories(files, path.dirname(pathOf(place)))
  // The copy last: it is what tells that all is there.
  await writeDurable(pathOf(diffOf(place)), patchText(item, compared))
  await sweepParts(pathOf(place))
  await writeDurable(pathOf(place), bytes, (item.mode & 0o600) || 0o400)
  return { outcome: 'transformed', note: noteOf(item, compared, files), advice: compared.sort.needs }
}

/** `from-old-instance` and what lies below it: for root, or whoever runs this, alone. */
async function privateDirectories({ etc }: InstanceFiles, directory: string): Promise<void> {
  await makeDirectory(etc, directory)
  for (let one = directory; one !== etc; one = path.dirname(one)) await fs.chmod(one, 0o700)
}

export async function removeHostFile(now: HostFileItem, writing: Writing): Promise<Written> {
  const files = writing.target.files!
  const place = placeOf(files, now)
  const gone = await takeAway(place, now.sha256, accountsOf(files, writing.system))
  if (gone.outcome !== 'carried') return gone
  return clearHostFile(now, writing)
}

/** The difference, parts of a killed write, and directories that are empty then. */
export async function clearHostFile(item: HostFileItem, writing: Writing): Promise<Written> {
  const { etc } = writing.target.files!
  const place = placeOf(writing.target.files!, item)
  for (const one of [place, diffOf(place)]) await sweepParts(pathOf(one))
  await fs.rm(pathOf(diffOf(place)), { force: true })
  for (let one = path.dirname(pathOf(place)); one.startsWith(path.join(etc, BESIDE)); one = path.dirname(one)) {
    if (!(await fs.rmdir(one).then(() => true, () => false))) break
  }
  return { outcome: 'carried' }
}

/** An older copy comes back, with a difference made anew. */
export async function restoreHostFile(before: HostFileItem, now: HostFileItem | undefined, writing: Writing): Promise<Written> {
  const files = writing.target.files!
  const place = placeOf(files, before)
  const accounts = accountsOf(files, writing.system)
  const back = await putBack(place, before, now?.sha256, writing.keepDir, accounts)
  const copy = await lookAt(place.base, place.name, accounts)
  const compared = copy && isPlain(copy) ? await comparedOf(before, copy.bytes, writing) : undefined
  if (compared) await writeDurable(pathOf(diffOf(place)), patchText(before, compared))
  return back
}
