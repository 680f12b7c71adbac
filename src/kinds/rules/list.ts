/**
 * The rules of an instance that its packs' files would not make: the same question on both sides, so that on a target a rule as
 * its pack ships it counts as not there. What rules a pack ships, and whether they are on, belongs to other kinds.
 */
import { MASK } from '../members'
import type { Reading } from '../kind'
import { differingMembers } from '../members'
import { OWN_PACK, SYSTEM_PACKS } from '../packs/item'
import { contentOf, toItem, type RuleItem, type RuleRow } from './item'
import { ShippedRules, type ShippedRule } from './shipped'

export async function* listRules(reading: Reading): AsyncGenerator<RuleItem> {
  const { instance, wanted } = reading
  const rows = await ruleRows(reading)
  const shipped = new ShippedRules(instance)
  const triggerFiles = instance.side === 'source' ? await filesOfTriggerTypes(reading) : new Map<string, string>()
  let found = 0
  for (const row of rows) {
    const own = await ownPart(row, await shipped.of(row.pack))
    if (!own) continue
    const item = toItem(row, instance.side, own)
    const file = typeof item.trigger === 'string' ? undefined : triggerFiles.get(item.trigger.type)
    found++
    yield file ? { ...item, trigger_file: file } : item
  }
  if (wanted || found === 0) return
  reading.note('StackStorm notes as the owner of a rule (context.user) whoever writes it: that is the user of this run')
  noteDoomed(rows, reading)
}

async function ruleRows({ instance }: Reading): Promise<RuleRow[]> {
  const rows: RuleRow[] = []
  for await (const row of instance.api.list<RuleRow>('/v1/rules', { query: { show_secrets: true } })) if (row.pack !== OWN_PACK) rows.push(row)
  return rows
}

/**
 * Undefined for a rule that is as a file of its pack has it. The command line updates a rule without the name of its file: such
 * a one is told even with the same content, for its state.
 */
async function ownPart(row: RuleRow, shipped: ShippedRule[] | undefined): Promise<Partial<RuleItem> | undefined> {
  const file = shippedAs(row, shipped)
  if (file === 'as it is') return undefined
  if (!file) return {}
  const edited = editedMembers(row, file.rule!)
  if (!row.metadata_file) return { file: file.file, edited }
  return edited.length > 0 ? { file: file.file, edited, state_of_pack: true } : undefined
}

/** The file that ships this rule; undefined when none does. A pack whose files cannot be seen, or read, is believed. */
function shippedAs(row: RuleRow, shipped: ShippedRule[] | undefined): ShippedRule | 'as it is' | undefined {
  const { metadata_file: named, name, pack } = row
  if (!shipped || (named && SYSTEM_PACKS.includes(pack) && !shipped.some(({ file }) => file === named))) return named ? 'as it is' : undefined
  // The file that has its name may be another; and one may be unreadable just now.
  const one = shipped.find(({ file, rule }) => (rule ? rule.name === name : file === named))
  return one && !one.rule ? 'as it is' : one
}

/** Masked parameters tell nothing: without the rights to see them no rule is said to be edited. */
export const editedMembers = (row: Record<string, unknown>, shipped: Record<string, unknown>): string[] =>
  differingMembers(contentOf(row), contentOf(shipped), '').filter(({ source }) => source !== MASK).map(({ path }) => path)

async function filesOfTriggerTypes({ instance }: Reading): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for await (const { ref, metadata_file: file } of instance.api.list<{ ref: string; metadata_file?: string }>('/v1/triggertypes')) if (file) files.set(ref, file)
  return files
}

/** Registering a pack deletes the rule of pack `default` that has the name of one of its own: StackStorm takes it for an old copy. */
function noteDoomed(rows: RuleRow[], reading: Reading): void {
  for (const { ref, name } of rows.filter(({ pack }) => pack === 'default')) {
    const other = rows.find((row) => row.pack !== 'default' && row.metadata_file && row.name === name)
    if (other) reading.note(`rule ${ref} has the name of a rule that pack ${other.pack} ships: StackStorm deletes ${ref} whenever that pack is registered, on the old instance as on the new one; give it another name`)
  }
}
