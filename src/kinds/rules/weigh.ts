/** When two rules differ, and what a plan says of each: whether the new instance will have what the rule needs. */
import type { Difference } from '../../core/model'
import type { Blocker, Verdict, Weighing } from '../kind'
import { hiddenDifferences, maskedIn } from '../members'
import { contentOf, type RuleItem } from './item'
import { nameIn, prospectsOf, type Prospects } from './prospects'

/** While the target is quiet a rule that is off there is no difference; the state of a rule that a pack ships is another kind's. */
export function compareRules(source: RuleItem, target: RuleItem, { activity }: Pick<Weighing, 'activity'>): Difference[] {
  const differences = hiddenDifferences(contentOf(source), contentOf(target), '')
  const expected = source.enabled === target.enabled || (activity === 'quiet' && !target.enabled)
  if (!expected && !source.state_of_pack) differences.push({ path: 'enabled', source: String(source.enabled), target: String(target.enabled) })
  return differences
}

export async function weighRule(source: RuleItem, target: RuleItem | undefined, weighing: Weighing): Promise<Verdict | undefined> {
  const prospects = await prospectsOf(weighing)
  return masked(source) ?? triggerless(source, prospects) ?? (target ? undefined : misfit(source, prospects)) ?? told(source, prospects)
}

const manual = (note: string, advice: string): Verdict => ({ action: 'manual', note, advice })

export function masked(rule: RuleItem): (Verdict & { note: string; advice: string }) | undefined {
  const paths = maskedIn(contentOf(rule))
  if (paths.length === 0) return undefined
  return {
    action: 'manual',
    note: `it holds ******** in place of a secret (${paths.join(', ')}): somebody sent a masked copy back, or the export was not made by an administrator`,
    advice: 'set the real value on the old instance and export again as an administrator, or make the rule by hand',
  }
}

function triggerless({ trigger, trigger_file }: RuleItem, { types, comes }: Prospects): Verdict | undefined {
  if (typeof trigger === 'string') {
    return manual(`its trigger (${trigger}) is gone on the old instance, where it never fires either`, 'nothing, or make the trigger type and the rule anew')
  }
  const [pack = ''] = trigger.type.split('.', 1)
  if (types.has(trigger.type) || (trigger_file !== undefined && comes.packs.has(pack))) return undefined
  const from = trigger_file === undefined ? '' : `: pack ${pack} brings it along (${trigger_file})`
  return manual(`its trigger type ${trigger.type} is neither on the new instance nor part of this plan${from}`, `bring the trigger type there (${from ? `install pack ${pack}` : 'make it through the API'}), then plan again`)
}

/** What the target has of this name without having it as an item: a rule of a pack's file. */
function misfit({ identity, pack, file }: RuleItem, { shipped, comes }: Prospects): Verdict | undefined {
  const there = shipped.get(identity)
  if (file && !there && !comes.packs.has(pack)) {
    return manual(`it belongs to pack ${pack}, which is neither on the new instance nor part of this plan`, `install pack ${pack} there, then plan again`)
  }
  if (file || !there) return undefined
  return manual(`pack ${pack} of the new instance ships a rule of this name (${there}), which the old one's does not`, 'compare the two; rename the one on the old instance and export again if both are wanted')
}

/** A note without a verdict: it is carried all the same. */
function told(rule: RuleItem, { actions, comes }: Prospects): Verdict | undefined {
  const { action, edited, file, pack } = rule
  const notes: string[] = []
  if (file) notes.push(`edited on the old instance: ${file} of pack ${pack} has other values (${(edited?.length ? edited : ['enabled']).join(', ')}), and any registration of the pack brings these back, there as here`)
  if (!actions.has(action.ref) && !comes.actions.has(action.ref)) notes.push(`its action ${action.ref} is neither on the new instance nor part of this plan: StackStorm takes the rule, and fails when it fires`)
  return notes.length > 0 ? { note: notes.join('; ') } : undefined
}

/** Registering a pack deletes the rule of pack `default` that has the name of one of its own, which nobody expects of an install. */
export async function deletedByInstalls(weighing: Weighing): Promise<Blocker[]> {
  const { comes, shipped, ofDefault } = await prospectsOf(weighing)
  return comes.rules
    .filter((ref) => !shipped.has(ref) && ofDefault.has(nameIn(ref)))
    .map((ref) => {
      const pack = ref.split('.', 1)[0]
      const doomed = `default.${nameIn(ref)}`
      return { kind: 'rules', identity: doomed, what: `pack ${pack} ships a rule of the name of ${doomed}, which is on the new instance: StackStorm would delete that one when the pack is installed`, advice: `rename rule ${doomed} on the new instance, or leave pack ${pack} out, then plan again` }
    })
}
