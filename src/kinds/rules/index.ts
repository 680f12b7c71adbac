/**
 * The kind `rules`: those that no pack's files bring to a new instance. Facts: recordings rules and triggers of 3.4.1, 3.8.1
 * and 3.9.0.
 */
import type { Kind } from '../kind'
import { needsOfRule, packsOfRule, ruleFingerprint, ruleSchema, type RuleItem } from './item'
import { listRules } from './list'
import { compareRules, deletedByInstalls, weighRule } from './weigh'
import { removeRule, restoreRule, writeRule } from './write'

export type { RuleItem } from './item'

export const rules: Kind<RuleItem> = {
  name: 'rules',
  title: 'rules made or edited through the API',
  after: ['packs', 'trigger_types', 'actions'],
  activated: true,
  schema: ruleSchema,
  plainSecrets: true,
  list: listRules,
  compare: async (source, target, weighing) => compareRules(source, target, weighing),
  fingerprint: ruleFingerprint,
  weigh: (source, target, _differences, weighing) => weighRule(source, target, weighing),
  blockers: (_changes, weighing) => deletedByInstalls(weighing),
  maxConcurrent: 8,
  write: (change, item, before, writing) => writeRule(item, change.note, before, writing),
  remove: removeRule,
  restore: restoreRule,
  isHalfWritten: () => false,
  needsPacks: packsOfRule,
  needs: needsOfRule,
  staysBehind: ['the owner (context.user) of rules that were changed and put back'],
}
