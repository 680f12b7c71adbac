/** The kinds `trigger_types` and `rules` through the whole way: what no pack's file brings along arrives, quiet or active, and can be taken back. */
import * as fs from 'fs'
import * as path from 'path'
import { applyStage, exportStage, planStage, undoStage, verifyStage, type StageContext, type StageSettings } from '../../src/engine'
import { rules, type RuleItem } from '../../src/kinds/rules'
import type { RuleRow } from '../../src/kinds/rules/item'
import { triggerTypes, type TriggerTypeItem } from '../../src/kinds/trigger-types'
import type { Item } from '../../src/core/model'
import type { Instance, Kind } from '../../src/kinds/kind'
import { RULES } from '../../src/sandbox/estate/made/rules'
import { TRIGGER_TYPES } from '../../src/sandbox/estate/made/trigger-types'
import { collect, startMigration, type Migration } from '../support/migration'
import { plainPack } from '../support/plain-pack'

const ONLY: readonly Kind[] = [triggerTypes, rules]
const SHIPPED = `---
name: shipped
description: As the pack ships it
enabled: true
trigger:
  type: core.st2.webhook
  parameters: {url: shop/in}
criteria: {trigger.body.n: {type: gt, pattern: 5}}
action:
  ref: core.local
  parameters: {cmd: "echo 010", mode: 010, on: yes}
`
const SECOND = SHIPPED.replace('name: shipped', 'name: second').replace('shop/in', 'shop/second')

let m: Migration
beforeEach(async () => {
  m = await startMigration()
})
afterEach(() => m.end())

const context = async (options?: Parameters<Migration['context']>[0]): Promise<StageContext> => ({ ...(await m.context(options)), kinds: ONLY })
const shop = (side: 'old' | 'new', files: Record<string, string> = { 'rules/shipped.yaml': SHIPPED, 'rules/second.yaml': SECOND }) => plainPack(m, side, 'shop', files)
const post = (side: 'old' | 'new', rule: object) => m.on(side).post<{ id: string }>('/v1/rules', { pack: 'default', trigger: { type: 'core.st2.webhook', parameters: { url: 'a' } }, criteria: {}, action: { ref: 'core.local', parameters: { cmd: 'date' } }, ...rule })
const ruleOn = async (side: 'old' | 'new', ref: string) => (await collect(m.on(side).list<RuleRow>('/v1/rules', { query: { show_secrets: true } }))).find((rule) => rule.ref === ref)
const edit = async (side: 'old' | 'new', ref: string, change: object) => {
  const found = (await ruleOn(side, ref))!
  await m.on(side).put(`/v1/rules/${found.id}`, { ...found, ...change })
}

async function way(settings: StageSettings = m.settings(), options?: Parameters<Migration['context']>[0]) {
  const c = await context(options)
  await exportStage(c, settings)
  const planned = await planStage(c, settings)
  const applied = await applyStage(c, settings)
  return { planned, applied, verified: await verifyStage(c, settings) }
}

const bare = (rule: unknown) => {
  const { id: _id, context: _context, trigger, ...rest } = rule as { id: string; context: object; trigger: { ref: string } }
  return { ...rest, trigger: { ...trigger, ref: undefined } }
}

async function seed(side: 'old' | 'new') {
  for (const type of TRIGGER_TYPES) await m.on(side).post('/v1/triggertypes', type)
  for (const rule of RULES) await m.on(side).post('/v1/rules', rule)
}

test.each([['3.8.1', true], ['3.4.1', false]] as const)('rules and trigger types made through the API cross from %s (files at hand: %s), with secrets, odd names and states', async (version, files) => {
  await m.end()
  m = await startMigration({ old: { version } })
  await seed('old')
  const { verified } = await way(m.settings(), { files })
  expect(verified).toMatchObject({ exit: 0, data: { counts: { trigger_types: { carried: 2 }, rules: { carried: 12 } } } })
  for (const { pack, name } of RULES) expect(bare(await ruleOn('new', `${pack}.${name}`))).toEqual(bare(await ruleOn('old', `${pack}.${name}`)))
  expect(m.ledger().find(({ identity }) => identity === 'default.orphan')!.note).toContain('action default.gone is neither')
  expect((await way(m.settings({ run: 'r2' }), { files })).applied.data.writes).toBe(0)
})

test('what packs ship is theirs: on neither side is it listed, whether its state was changed or not', async () => {
  await shop('old')
  await edit('old', 'shop.second', { enabled: false })
  const c = await context()
  expect((await exportStage(c, m.settings())).data.counts).toEqual({ trigger_types: 0, rules: 0 })
  const api = await context({ files: false })
  expect((await exportStage(api, m.settings({ run: 'r2' }))).data.counts).toEqual({ trigger_types: 0, rules: 0 })
})

test.each([true, false])('a rule that was edited after its pack brought it is edited on the target too (files at hand: %s)', async (files) => {
  const third = { 'rules/third.yaml': SHIPPED.replace('name: shipped', 'name: third') }
  for (const side of ['old', 'new'] as const) await shop(side, { 'rules/shipped.yaml': SHIPPED, 'rules/second.yaml': SECOND, ...third })
  await edit('old', 'shop.third', { metadata_file: '', enabled: false })
  await edit('old', 'shop.shipped', { criteria: {}, enabled: false })
  await edit('old', 'shop.second', { metadata_file: '', description: 'by the command line' })
  const { planned, verified } = await way(m.settings(), { files })
  expect(planned.data.counts).toMatchObject({ rules: { create: 3 } })
  expect(verified).toMatchObject({ exit: 0, data: { counts: { rules: { carried: 3 } } } })
  expect(await ruleOn('new', 'shop.third')).toMatchObject({ enabled: false })
  // Whether it is on is for the kind of states to say.
  expect(await ruleOn('new', 'shop.shipped')).toMatchObject({ criteria: {}, enabled: true, metadata_file: 'rules/shipped.yaml' })
  expect(await ruleOn('new', 'shop.second')).toMatchObject({ description: 'by the command line', metadata_file: '' })
  expect(m.ledger().find(({ identity }) => identity === 'shop.shipped')!.note).toContain('rules/shipped.yaml of pack shop has other values (criteria.trigger.body.n)')
  await m.on('new').post('/v1/packs/register', { packs: ['shop'], types: ['rules'] })
  const reverted = await verifyStage(await context({ files }), m.settings())
  expect(reverted).toMatchObject({ exit: 4, data: { differences: 3 } })
})

test('a rule whose file is gone, and one that was renamed, are carried like those made through the API', async () => {
  await shop('old')
  await edit('old', 'shop.shipped', { name: 'renamed' })
  await shop('old', { 'rules/shipped.yaml': SHIPPED })
  await shop('new', { 'rules/shipped.yaml': SHIPPED })
  expect((await way()).verified.exit).toBe(0)
  expect(m.ledger().map(({ identity, outcome }) => [identity, outcome])).toEqual([['shop.renamed', 'carried'], ['shop.second', 'carried']])
  expect(await ruleOn('new', 'shop.second')).toMatchObject({ metadata_file: '', enabled: true })
})

test('until the target is activated a rule is made switched off, which is no difference; after that it is', async () => {
  await post('old', { name: 'on', enabled: true })
  await post('old', { name: 'off', enabled: false })
  const quiet = m.settings({ landing: 'quiet' })
  const c = await context()
  await exportStage(c, quiet)
  const file = path.join(m.stateDir, 'runs/r1/run.json')
  const landed = () => fs.writeFileSync(file, JSON.stringify({ ...(JSON.parse(fs.readFileSync(file, 'utf8')) as object), landing: 'quiet' }))
  landed()
  await planStage(c, quiet)
  landed()
  expect(await applyStage(c, quiet)).toMatchObject({ data: { writes: 2 } })
  expect([await ruleOn('new', 'default.on'), await ruleOn('new', 'default.off')]).toEqual([expect.objectContaining({ enabled: false }), expect.objectContaining({ enabled: false })])
  expect(await verifyStage(c, quiet)).toMatchObject({ exit: 0 })
  fs.writeFileSync(file, JSON.stringify({ ...(JSON.parse(fs.readFileSync(file, 'utf8')) as object), landing: 'active' }))
  expect(await verifyStage(c, quiet)).toMatchObject({ exit: 4, data: { differing: [expect.objectContaining({ identity: 'default.on', note: expect.stringContaining('enabled') })] } })
})

test('another rule of the same name on the target is a conflict; overwritten, it is the source\'s', async () => {
  await post('old', { name: 'both', action: { ref: 'core.local', parameters: { cmd: 'echo hush-hush' } }, enabled: true })
  await post('new', { name: 'both', description: 'theirs' })
  const c = await context()
  await exportStage(c, m.settings())
  const planned = await planStage(c, m.settings())
  expect(planned.data).toMatchObject({ conflicts: 1 })
  expect(fs.readFileSync(path.join(m.stateDir, 'runs/r1/plan.jsonl'), 'utf8')).not.toContain('hush-hush')
  const settings = m.settings({ onConflict: 'overwrite' })
  await planStage(c, settings)
  await applyStage(c, settings)
  expect(await verifyStage(c, settings)).toMatchObject({ exit: 0 })
  expect(bare(await ruleOn('new', 'default.both'))).toEqual(bare(await ruleOn('old', 'default.both')))
})

test('what cannot be carried is for a person, with the reason: a missing trigger type, a masked secret, a name that a pack of the target ships', async () => {
  await plainPack(m, 'old', 'shop', { 'triggers/sold.yaml': '---\nname: sold\npayload_schema: {type: object}\n' })
  await shop('new')
  await post('old', { name: 'waits', trigger: { type: 'shop.sold' } })
  await post('old', { name: 'masked', action: { ref: 'core.local', parameters: { cmd: '********' } } })
  await post('old', { name: 'shipped', pack: 'shop' })
  const { applied } = await way()
  expect(applied.exit).toBe(3)
  const [masked, waits, shipped] = m.ledger()
  expect(m.ledger().map(({ outcome }) => outcome)).toEqual(['manual', 'manual', 'manual'])
  expect(masked!.note).toContain('action.parameters.cmd')
  expect(waits!.note).toContain('trigger type shop.sold is neither on the new instance nor part of this plan: pack shop brings it along (triggers/sold.yaml)')
  expect(shipped!.note).toContain('ships a rule of this name (rules/shipped.yaml)')
  expect(await ruleOn('new', 'default.waits')).toBeUndefined()
  expect(await ruleOn('new', 'shop.shipped')).toMatchObject({ description: 'As the pack ships it' })
})

test('a rule of pack default that a registration would delete is told', async () => {
  await shop('old')
  await post('old', { name: 'shipped' })
  await way()
  expect(fs.readFileSync(path.join(m.stateDir, 'runs/r1/ledger.jsonl'), 'utf8')).toContain('StackStorm deletes default.shipped whenever that pack is registered')
})

test('an apply whose answers are lost makes each rule once and goes on where it was', async () => {
  await seed('old')
  const c = await context()
  await exportStage(c, m.settings())
  await planStage(c, m.settings())
  m.new.setFaults({ faults: ['drop,on=write,path=/rules,after,count=3', 'drop,on=write,path=/triggertypes,after,count=1'] })
  expect(await applyStage(c, m.settings())).toMatchObject({ exit: 0 })
  expect(await verifyStage(c, m.settings())).toMatchObject({ exit: 0 })
})

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

describe('undo hooks', () => {
  const target = async (): Promise<Instance> => (await context()).target!
  const listed = async <T extends Item>(kind: Kind<T>, instance: Instance) => collect(kind.list({ instance, note: () => undefined, remark: () => undefined } as never))

  test('a rule that was made is deleted, one that was changed is put back whole, one that was edited is again as its pack ships it', async () => {
    await shop('new')
    await post('old', { name: 'made', enabled: true })
    await post('old', { name: 'both', enabled: true, description: 'ours' })
    await post('new', { name: 'both', description: 'theirs', tags: [{ name: 'a', value: 'b' }] })
    await shop('old')
    await edit('old', 'shop.shipped', { description: 'edited', action: { ref: 'core.noop', parameters: {} } })
    const instance = await target()
    const writing = { target: instance, activity: 'active' } as never
    const was = (await Promise.all(['default.both', 'shop.shipped'].map((ref) => ruleOn('new', ref)))).map(bare)
    const [before] = await listed<RuleItem>(rules, instance)
    expect(await way(m.settings({ onConflict: 'overwrite' }))).toMatchObject({ verified: { exit: 0 } })
    const now = new Map((await listed<RuleItem>(rules, instance)).map((item) => [item.identity, item]))
    await rules.remove!(now.get('default.made')!, writing)
    await rules.remove!(now.get('shop.shipped')!, writing)
    await rules.restore!(before!, now.get('default.both'), writing)
    expect(await ruleOn('new', 'default.made')).toBeUndefined()
    expect((await Promise.all(['default.both', 'shop.shipped'].map((ref) => ruleOn('new', ref)))).map(bare)).toEqual(was)
    await m.on('new').delete(`/v1/rules/${(await ruleOn('new', 'default.both'))!.id}`)
    expect(await rules.restore!(before!, undefined, writing)).toMatchObject({ outcome: 'transformed' })
    expect(bare(await ruleOn('new', 'default.both'))).toEqual(was[0])
  })

  test('the stage undo gives the target back as it was, but for what a person changed since', async () => {
    for (const side of ['old', 'new'] as const) await shop(side)
    await seed('old')
    await edit('old', 'shop.shipped', { description: 'edited' })
    await post('old', { name: 'both', description: 'ours', enabled: true })
    await post('new', { name: 'both', description: 'theirs' })
    const all = async () => [...(await collect(m.on('new').list<RuleRow>('/v1/rules', { query: { show_secrets: true } }))).map(bare), ...(await collect(m.on('new').list<{ ref: string }>('/v1/triggertypes'))).map(({ ref }) => ref)]
    const was = await all()
    const settings = m.settings({ onConflict: 'overwrite' })
    expect((await way(settings)).verified.exit).toBe(0)
    await edit('new', 'default.orphan', { description: 'changed by hand' })
    expect(await undoStage(await context(), settings)).toMatchObject({ exit: 3 })
    const left = await ruleOn('new', 'default.orphan')
    expect(left).toMatchObject({ description: 'changed by hand' })
    await m.on('new').delete(`/v1/rules/${left!.id}`)
    await m.on('new').delete('/v1/triggertypes/default.capacity')
    expect((await all()).sort(byText)).toEqual(was.sort(byText))
  })

  test('a trigger type that was made is deleted unless a rule needs it; one that was changed is put back', async () => {
    await m.on('old').post('/v1/triggertypes', { name: 'made', pack: 'default' })
    await m.on('old').post('/v1/triggertypes', { name: 'both', pack: 'default', description: 'ours', payload_schema: { type: 'object' } })
    await m.on('new').post('/v1/triggertypes', { name: 'both', pack: 'default', description: 'theirs' })
    const instance = await target()
    const writing = { target: instance } as never
    const [before] = await listed<TriggerTypeItem>(triggerTypes, instance)
    expect(await way(m.settings({ onConflict: 'overwrite' }))).toMatchObject({ verified: { exit: 0 } })
    const now = new Map((await listed<TriggerTypeItem>(triggerTypes, instance)).map((item) => [item.identity, item]))
    await triggerTypes.restore!(before!, now.get('default.both'), writing)
    expect(await m.on('new').get('/v1/triggertypes/default.both')).toMatchObject({ description: 'theirs', payload_schema: {} })
    const { id } = await post('new', { name: 'uses', trigger: { type: 'default.made' } })
    expect(await triggerTypes.remove!(now.get('default.made')!, writing)).toMatchObject({ outcome: 'left', note: expect.stringContaining('rule default.uses') })
    await m.on('new').delete(`/v1/rules/${id}`)
    expect(await triggerTypes.remove!(now.get('default.made')!, writing)).toEqual({ outcome: 'carried' })
    expect(await m.on('new').find('/v1/triggertypes/default.made')).toBeUndefined()
  })
})

test('a trigger type that comes to have parameters is made anew, and never under a rule that uses it', async () => {
  const parameters_schema = { type: 'object', properties: { site: { type: 'string' } } }
  await m.on('old').post('/v1/triggertypes', { name: 'free', pack: 'default', parameters_schema })
  await m.on('old').post('/v1/triggertypes', { name: 'used', pack: 'default', parameters_schema })
  for (const name of ['free', 'used']) await m.on('new').post('/v1/triggertypes', { name, pack: 'default' })
  await post('new', { name: 'uses', trigger: { type: 'default.used' } })
  await way(m.settings({ onConflict: 'overwrite' }))
  expect(m.ledger().map(({ identity, outcome }) => [identity, outcome])).toEqual([['default.free', 'carried'], ['default.used', 'manual']])
  expect(await m.on('new').get('/v1/triggertypes/default.free')).toMatchObject({ parameters_schema })
  expect(await collect(m.on('new').list('/v1/triggers')).then((all) => all.filter((one) => (one as { ref: string }).ref === 'default.free'))).toEqual([])
})

test('a type that a pack of the target ships counts as there', async () => {
  await m.on('old').post('/v1/triggertypes', { name: 'sold', pack: 'shop', description: 'made by hand' })
  await plainPack(m, 'new', 'shop', { 'triggers/sold.yaml': '---\nname: sold\npayload_schema: {type: object}\n' })
  expect((await way()).verified).toMatchObject({ exit: 0, data: { counts: { trigger_types: { identical: 1 } } } })
})
