/** Two configurations member by member, and their files by their bytes. Differences name the member, never a value. */
import type { Difference } from '../../core/model'
import { differingMembers } from '../members'
import type { Weighing } from '../kind'
import type { ConfigItem } from './item'

export { sameMembers as sameValues } from '../members'

export function compareConfigs(source: ConfigItem, target: ConfigItem, weighing: Weighing): Difference[] {
  return [...whatDiffers(source, target, weighing.target.files !== undefined), ...(isIdle(target, weighing) ? [{ path: 'registered', source: 'yes', target: 'no' }] : [])]
}

/** While packs come and go, a file without its pack is as it should be: the pack's registration takes it in. */
const isIdle = ({ unregistered }: ConfigItem, { phase }: Weighing): boolean => unregistered === 'file' || (unregistered === 'pack' && phase !== 'apply')

function whatDiffers(source: ConfigItem, target: ConfigItem, targetHasFiles: boolean): Difference[] {
  const differences = differingMembers(source.values, target.values, 'values').map(({ path }) => ({ path }))
  if (!source.file || !targetHasFiles) return differences
  if (!target.file) return [...differences, { path: 'file', source: 'there', target: 'missing' }]
  const same = source.file.sha256 === target.file.sha256
  return same ? differences : [...differences, { path: 'file', source: 'its bytes', target: 'other bytes' }]
}
