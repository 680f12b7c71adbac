/** Rules: from what a file or a client says to what is stored, and back to what the API shows. */
import type { Sandbox } from '../types'
import { actionByRef, refOf, rules, uidOf, type Json, type RuleDoc } from './documents'
import { checkCriteria, checkTriggerParameters } from './rule-checks'
import { masked, secretsOf } from './secrets'
import { leaveTrigger, tagsOf, triggerByRef, triggerForRule, useTrigger } from './trigger-service'

interface RuleSpec {
  name: string
  pack?: string
  description?: string | null
  type?: { ref: string; parameters?: Json } | null
  trigger: { type: string; parameters?: Json }
  criteria?: Json
  action: { ref: string; parameters?: Json }
  enabled?: boolean
  context?: Json | null
  tags?: unknown
  metadata_file?: string
}

/**
 * A rule as it is stored, under a new id; makes its trigger when that is not there yet. Throws faults for a trigger that does not
 * exist or parameters and criteria that do not fit.
 */
export function ruleDoc(sandbox: Sandbox, content: Json): RuleDoc {
  const spec = content as unknown as RuleSpec
  const { name, pack = 'default', trigger, action, enabled = false, type, metadata_file = '' } = spec
  checkTriggerParameters(sandbox, trigger.type, trigger.parameters ?? {})
  const { ref: triggerRef } = triggerForRule(sandbox, trigger.type, trigger.parameters ?? {})
  checkCriteria(spec.criteria ?? {})
  return {
    tags: tagsOf(spec.tags),
    uid: uidOf('rule', pack, name),
    metadata_file,
    name,
    ref: refOf(pack, name),
    ...(typeof spec.description === 'string' && { description: spec.description }),
    pack,
    type: { ref: type?.ref ?? 'standard', parameters: type?.parameters ?? {} },
    trigger: triggerRef,
    criteria: spec.criteria ?? {},
    action: { ref: action.ref, parameters: action.parameters ?? {} },
    context: spec.context ?? {},
    enabled,
    id: sandbox.store.newId(),
  }
}

/** Stores a rule of a pack's file in the place of the one of that name; a rule of that name in pack `default` goes. */
export function registerRule(sandbox: Sandbox, content: Json): void {
  const doc = ruleDoc(sandbox, content)
  const collection = rules(sandbox)
  const stray = doc.pack === 'default' ? undefined : collection.by('uid_1', uidOf('rule', 'default', doc.name))
  if (stray) collection.delete(stray.id)
  const existing = collection.by('uid_1', doc.uid)
  collection.put(existing ? { ...doc, id: existing.id, saved_again: true } : doc)
  useTrigger(sandbox, doc.trigger)
  if (existing) leaveTrigger(sandbox, existing.trigger)
}

/** A rule as the API shows it: with its trigger, and without the values of its action's secret parameters when they are to be masked. */
export function showRule(sandbox: Sandbox, { saved_again: _hidden, ...rule }: RuleDoc, maskSecrets: boolean): Json {
  const trigger = triggerByRef(sandbox, rule.trigger)
  return {
    ...rule,
    trigger: trigger ? { type: trigger.type, parameters: trigger.parameters, ref: rule.trigger } : rule.trigger,
    action: maskSecrets ? maskedAction(sandbox, rule) : rule.action,
  }
}

function maskedAction(sandbox: Sandbox, { action }: RuleDoc): Json {
  const secrets = secretsOf(actionByRef(sandbox, action.ref)?.parameters ?? {})
  return { ...action, parameters: masked(action.parameters, secrets) }
}
