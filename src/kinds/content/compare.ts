/** Two records member by member. Values may be secrets: differences name the member; only plain words are shown. */
import type { Difference } from '../../core/model'
import type { Weighing } from '../kind'
import { differingMembers } from '../members'
import { membersOf, type ContentItem } from './item'

/** Members whose values are never secrets. */
const SHOWN: readonly string[] = ['enabled', 'action_ref', 'resource_ref', 'policy_type', 'runner_type', 'entry_point']

/**
 * `quietly`: the kind lands switched off, so that until the target is activated an item that is off there is as it should be.
 * What its pack brings on both sides is the pack's matter: its files are compared byte for byte.
 */
export function compareContent(source: ContentItem, target: ContentItem, { activity }: Pick<Weighing, 'activity'>, quietly: boolean): Difference[] {
  if (!source.made && !source.edited && target.metadata_file !== '') return []
  const [ours, theirs] = [comparable(source), comparable(target)]
  if (quietly && activity === 'quiet' && theirs.enabled === false) delete ours.enabled
  // Whether what a pack ships is on is another kind's matter.
  if (source.edited) delete ours.enabled
  if (!('enabled' in ours)) delete theirs.enabled
  return differingMembers(ours, theirs, '').map((pair) => ({ path: pair.path, ...(SHOWN.includes(pair.path) ? { source: shown(pair.source), target: shown(pair.target) } : {}) }))
}

const shown = (value: unknown): string => (value === undefined ? 'absent' : typeof value === 'string' ? value : JSON.stringify(value))

/** Which file it came from is told by `made`; empty and absent are the same. */
function comparable(item: ContentItem): Record<string, unknown> {
  const { metadata_file: _file, ...members } = membersOf(item)
  return members
}
