/**
 * One rule that a target would not get from its pack's files: made through the API or the web UI, left over from a file that is
 * gone, or shipped by a pack and then edited.
 */
import { scryptSync } from 'crypto'
import { z } from 'zod'
import { canonicalJson } from '../../core/canonical'
import type { Item } from '../../core/model'
import type { Need } from '../kind'
import { isMapping } from '../members'
import { SYSTEM_PACKS } from '../packs/item'

export interface RuleItem extends Item {
  pack: string
  name: string
  description?: string
  tags: unknown[]
  type: Spec
  /** A text where the instance has lost the trigger: such a rule never fires. */
  trigger: { type: string; parameters: Members } | string
  criteria: Members
  action: Spec
  enabled: boolean
  /** The file of its pack that ships it, for a rule that was edited through the API. */
  file?: string
  /** The members that were edited. */
  edited?: string[]
  /** The instance knows that file as the rule's own (`metadata_file`): whether the rule is on is the kind `states`' matter then. */
  state_of_pack?: true
  /** On a source: the file of a pack that the type of its trigger comes from. */
  trigger_file?: string
  /** On a target: its database id there. */
  id?: string
}

type Members = Record<string, unknown>
interface Spec {
  ref: string
  parameters: Members
}

/** As the API shows it with `show_secrets`. */
export interface RuleRow {
  id: string
  uid?: string
  ref: string
  pack: string
  name: string
  metadata_file?: string
  enabled?: boolean
  [member: string]: unknown
}

export const ruleSchema = z.looseObject({
  identity: z.string(),
  pack: z.string(),
  name: z.string(),
  trigger: z.union([z.string(), z.looseObject({ type: z.string(), parameters: z.record(z.string(), z.unknown()) })]),
  criteria: z.record(z.string(), z.unknown()),
  action: z.looseObject({ ref: z.string(), parameters: z.record(z.string(), z.unknown()) }),
  enabled: z.boolean(),
})

export type RuleContent = Pick<RuleItem, 'description' | 'tags' | 'type' | 'trigger' | 'criteria' | 'action'>

/** What a rule does, in one form whether the API or a YAML file tells it: what may be left out is there, empty. */
export function contentOf(rule: Members): RuleContent {
  const { description, tags, trigger } = rule
  return {
    ...(typeof description === 'string' && description !== '' ? { description } : {}),
    tags: Array.isArray(tags) ? tags.map(tagOf) : [],
    type: specOf(rule.type, 'standard'),
    trigger: isMapping(trigger) ? { type: String(trigger.type), parameters: membersOf(trigger.parameters) } : String(trigger),
    criteria: membersOf(rule.criteria),
    action: specOf(rule.action, ''),
  }
}

/** The same as it is sent: an empty description stays one. */
export const sentOf = (rule: Members): RuleContent => ({ ...contentOf(rule), ...(rule.description === '' && { description: '' }) })

const tagOf = (tag: unknown): unknown => (isMapping(tag) ? { name: tag.name ?? '', value: tag.value ?? '' } : tag)
const membersOf = (value: unknown): Members => (isMapping(value) ? value : {})
const specOf = (value: unknown, usual: string): Spec => (isMapping(value) ? { ref: typeof value.ref === 'string' ? value.ref : usual, parameters: membersOf(value.parameters) } : { ref: usual, parameters: {} })

/** Database ids, and the trigger's own name, mean nothing elsewhere; what else a release may add survives. */
export function toItem({ id, uid: _uid, ref, metadata_file: _file, context: _context, ...row }: RuleRow, side: 'source' | 'target', more: Partial<RuleItem> = {}): RuleItem {
  return { ...row, ...contentOf(row), identity: ref, enabled: row.enabled ?? false, ...more, ...(side === 'target' ? { id } : {}) }
}

/** A slow hash: parameters hold short secrets, and a plan file shows this. */
export function ruleFingerprint(item: RuleItem): string {
  const { identity, state_of_pack: elsewhere, enabled } = item
  return scryptSync(canonicalJson([contentOf(item), elsewhere ? null : enabled]), `st2upgrade rule ${identity}`, 32).toString('hex')
}

/** The packs of what it waits for and of what it runs. */
export function packsOfRule({ trigger, action }: RuleItem): string[] {
  const refs = [typeof trigger === 'string' ? trigger : trigger.type, action.ref]
  return refs.map((ref) => ref.split('.', 1)[0] ?? '').filter((pack) => !SYSTEM_PACKS.includes(pack))
}

/** What it waits for and what it runs, where those were made through the API; and the pack that it goes with when it is one of its files. */
export function needsOfRule({ trigger, action, file, pack }: RuleItem): Need[] {
  const type = typeof trigger === 'string' ? trigger : trigger.type
  return [{ kind: 'trigger_types', identity: type }, { kind: 'actions', identity: action.ref }, ...(file === undefined ? [] : [{ kind: 'packs', identity: pack }])]
}
