/**
 * The kind `overrides`: which rules, sensors, actions and aliases come enabled, as files of the instance. Staged: a `<pack>.yaml`
 * wins over the `_global.yaml` that keeps a target quiet, so that only activate puts them in place.
 */
import { can, sinceWhen } from '../../versions/features'
import { ownerNote, told, unplaceable } from '../files/carry'
import { compareFiles } from '../files/compare'
import { fileFingerprint, fileSchema, onlyRights } from '../files/item'
import type { Kind, Verdict, Weighing } from '../kind'
import { listOverrides, type OverrideItem } from './list'
import { clearOverride, removeOverride, restoreOverride, writeOverride } from './write'

export type { OverrideItem } from './list'
export { isQuietFile, mergedFile, QUIET_MARKER } from './marker'
export { placeOverride } from './write'

export const overrides: Kind<OverrideItem> = {
  name: 'overrides',
  title: 'overrides',
  after: ['packs'],
  schema: fileSchema,
  plainSecrets: false,
  staged: true,
  list: listOverrides,
  compare: compareFiles,
  fingerprint: fileFingerprint,
  weigh: weighOverride,
  maxConcurrent: 1,
  write: writeOverride,
  needsFiles: async () => true,
  remove: removeOverride,
  restore: restoreOverride,
  clear: clearOverride,
  isHalfWritten: onlyRights,
}

async function weighOverride(source: OverrideItem, target: OverrideItem | undefined, _differences: unknown, weighing: Weighing): Promise<Verdict | undefined> {
  const impossible = unplaceable(source, target, weighing)
  if (impossible) return impossible
  const { files, version } = weighing.target
  if (!can(version, 'overrides')) {
    return { action: 'manual', note: `the new instance is StackStorm ${version}: overrides are read since ${sinceWhen('overrides')}, a file there would do nothing`, advice: 'switch off by hand there what this file switches off, or migrate to a newer StackStorm' }
  }
  return { note: told('put in place by activate', await ownerNote(source, files!, weighing)) }
}
