/**
 * The kind `packs`: every pack with its git history, what was edited in place, and every file by its hash. Installed on the
 * new instance at the exact commit.
 */
import type { Kind } from '../kind'
import { comparePacks } from './compare'
import { dependencyRef, wavesOf } from './depends'
import { installPack } from './install'
import { keptOf } from './kept'
import { packFingerprint, packSchema, type PackItem } from './item'
import { landingNotices } from './landing'
import { listPacks } from './list'
import { openPacks } from './serve'
import { removePack, clearPack, restorePack } from './undo'
import { awaitStarted } from './unfinished'
import { packBlockers, weighPack } from './weigh'

export type { PackItem } from './item'

export const packs: Kind<PackItem> = {
  name: 'packs',
  title: 'packs',
  after: ['keys'],
  schema: packSchema,
  // A history may hold anything that was ever committed.
  plainSecrets: true,
  list: listPacks,
  // Nothing is bundled at the second look: hashes tell.
  glance: (reading) => listPacks({ ...reading, stage: undefined }),
  compare: async (source, target) => comparePacks(source, target),
  fingerprint: packFingerprint,
  isStranger: ({ unregistered }) => unregistered === true,
  weigh: weighPack,
  blockers: packBlockers,
  notices: landingNotices,
  // Seen to be safe at four at a time, and 1.7 times faster than one by one.
  maxConcurrent: 4,
  packOf: ({ identity }) => identity,
  needsPacks: ({ dependencies }) => dependencies.map(dependencyRef),
  needs: ({ ref }) => [{ kind: 'configs', identity: ref, asItIs: true }],
  waves: wavesOf,
  open: openPacks,
  write: installPack,
  // Its directory is put back; without it, or where there was none, the API does.
  needsFiles: async (ref, keepDir) => (await keptOf(keepDir, ref))?.directory === true,
  remove: removePack,
  clear: clearPack,
  restore: restorePack,
  settle: awaitStarted,
  staysBehind: ['executions of installs and uninstalls', 'ids of what packs register anew'],
}
