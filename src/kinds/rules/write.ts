/**
 * Writing one rule, and taking a write back. StackStorm takes a PUT by database id only, and switches a rule off that comes
 * without `enabled` (recordings rules, 43-45).
 */
import { isSt2Error } from '../../st2/errors'
import type { Written, Writing } from '../kind'
import { sameMembers } from '../members'
import { contentOf, sentOf, type RuleContent, type RuleItem, type RuleRow } from './item'
import { ShippedRules } from './shipped'
import { masked } from './weigh'

const PATH = '/v1/rules'

export async function writeRule(item: RuleItem, note: string | undefined, before: RuleItem | undefined, writing: Writing): Promise<Written> {
  const unwritable = masked(item)
  if (unwritable) return { outcome: 'manual', note: unwritable.note, advice: unwritable.advice }
  try {
    const refused = before?.id === undefined ? await create(item, writing) : await change(item, before.id, before.enabled, writing)
    return refused ?? { outcome: 'carried', note }
  } catch (error) {
    if (!isSt2Error(error, 'bad_request')) throw error
    return { outcome: 'manual', note: error.message, advice: 'settle what StackStorm says here, then apply again; or make the rule by hand' }
  }
}

/** Undefined when all is well. */
async function create(item: RuleItem, writing: Writing): Promise<Written | undefined> {
  const there = await find(item, writing)
  if (item.file) return there ? change(item, there.id, there.enabled ?? false, writing) : missing(item)
  if (there) return standing(item, there, writing)
  try {
    await writing.target.api.post(PATH, body(item, activated(item, writing)), undefined, { repeatable: true })
    return undefined
  } catch (error) {
    if (!isSt2Error(error, 'conflict')) throw error
    return standing(item, await find(item, writing), writing)
  }
}

async function change(item: RuleItem, id: string, enabled: boolean, writing: Writing): Promise<undefined> {
  await writing.target.api.put(`${PATH}/${id}`, body(item, item.state_of_pack ? enabled : activated(item, writing)))
  return undefined
}

/** Until the target is activated nothing of it acts. */
const activated = ({ enabled }: RuleItem, { activity }: Writing): boolean => enabled && activity === 'active'

/** With the name of its file where the old instance had it too. */
const body = (item: RuleItem, enabled: boolean) => ({ pack: item.pack, name: item.name, ...(item.state_of_pack ? { metadata_file: item.file } : {}), ...sentOf(item), enabled })

/** One that was not there a moment ago: the answer to our own write may have been lost. */
function standing(item: RuleItem, there: RuleRow | undefined, writing: Writing): Written | undefined {
  const same = there && !there.metadata_file && sameMembers(contentOf(item), contentOf(there)) && there.enabled === activated(item, writing)
  if (same) return undefined
  return { outcome: 'failed', note: 'another rule of this name was made on the new instance meanwhile', advice: 'plan and apply again' }
}

const missing = ({ pack, file }: RuleItem): Written => ({
  outcome: 'manual',
  note: `pack ${pack} of the new instance has not brought this rule along (${file}), so that there is nothing to edit`,
  advice: `see that pack ${pack} is installed there in the same version, then apply again`,
})

async function find({ pack, name }: RuleItem, { target }: Writing): Promise<RuleRow | undefined> {
  for await (const row of target.api.list<RuleRow>(PATH, { query: { pack, name, show_secrets: true } })) {
    if (row.pack === pack && row.name === name) return row
  }
  return undefined
}

/** Undo of a create: a rule that a pack ships becomes again what its file says, any other is deleted. */
export async function removeRule(now: RuleItem, writing: Writing): Promise<Written> {
  if (now.file !== undefined) return unedit(now, now.file, writing)
  await writing.target.api.delete(`${PATH}/${now.id}`)
  return { outcome: 'carried' }
}

async function unedit(now: RuleItem, file: string, writing: Writing): Promise<Written> {
  if (await writing.goes?.('packs', now.pack)) return { outcome: 'carried' }
  const { target } = writing
  const shipped = (await new ShippedRules(target).of(now.pack))?.find((one) => one.file === file)?.rule
  if (!shipped) return { outcome: 'manual', note: `${file} of pack ${now.pack} cannot be read`, advice: `register the rules of pack ${now.pack} (st2 pack register ${now.pack} --types rules)` }
  const enabled = now.state_of_pack ? now.enabled : shipped.enabled === true && writing.activity === 'active'
  await target.api.put(`${PATH}/${now.id}`, body({ ...now, description: undefined, ...sentOf(shipped), state_of_pack: true }, enabled))
  return { outcome: 'carried' }
}

/** Undo of an update. One that is gone meanwhile is made again, under a new id. */
export async function restoreRule(before: RuleItem, now: RuleItem | undefined, { target }: Writing): Promise<Written> {
  const content: RuleContent & { enabled: boolean } = body(before, before.enabled)
  if (now) await target.api.put(`${PATH}/${now.id}`, content)
  else await target.api.post(PATH, content)
  return now ? { outcome: 'carried' } : { outcome: 'transformed', note: 'made again: it has a new id' }
}
