/** What a plan says of a rule, by what the new instance has and what comes with the same plan. */
import { rules, type RuleItem } from '../../../../src/kinds/rules'
import { toItem } from '../../../../src/kinds/rules/item'
import type { Weighing } from '../../../../src/kinds/kind'

interface World {
  /** On the target, by path. */
  there?: Record<string, object[]>
  /** In the archive, by kind. */
  carried?: Record<string, object[]>
  /** Planned together. */
  kinds?: string[]
}

async function* stream(rows: object[] = []) {
  yield* rows
}
const weighing = ({ there = {}, carried = {}, kinds }: World, asked: string[] = []): Weighing =>
  ({ target: { api: { list: (path: string) => stream(asked.push(path) ? there[path] : []) } }, archive: { items: (kind: string) => stream(carried[kind]) }, kinds, activity: 'active' }) as never

const rule = (more: Partial<RuleItem> = {}): RuleItem => ({ ...toItem({ id: '1', ref: 'shop.a', pack: 'shop', name: 'a', trigger: { type: 'shop.sold', parameters: {} }, action: { ref: 'shop.pack', parameters: {} }, enabled: true }, 'source'), ...more })
const weigh = (item: RuleItem, world: World) => rules.weigh!(item, undefined, [], weighing(world))

const TYPE = { '/v1/triggertypes': [{ ref: 'shop.sold' }] }
const ACTION = { '/v1/actions': [{ ref: 'shop.pack' }] }
const PACK = { packs: [{ identity: 'shop', ref: 'shop', registered: ['action:shop.pack', 'rule:shop.b'] }] }

test.each<[string, Partial<RuleItem>, World]>([
  ['everything is there', {}, { there: { ...TYPE, ...ACTION } }],
  ['its pack brings both', { trigger_file: 'sensors/sold.yaml' }, { carried: PACK }],
  ['trigger type and action come by themselves', {}, { carried: { trigger_types: [{ identity: 'shop.sold' }], actions: [{ identity: 'shop.pack' }] }, kinds: ['trigger_types', 'actions', 'rules'] }],
])('it is simply carried when %s', async (_what, item, world) => {
  expect(await weigh(rule(item), world)).toBeUndefined()
})

test.each<[string, Partial<RuleItem>, World, RegExp]>([
  ['its trigger type comes from nowhere', {}, { there: ACTION }, /trigger type shop\.sold is neither/],
  ['the pack that brings its trigger type is left out of the plan', { trigger_file: 'sensors/sold.yaml' }, { carried: PACK, kinds: ['rules'] }, /pack shop brings it along \(sensors\/sold\.yaml\)/],
  ['a trigger type made by hand does not come with a pack of its name', {}, { carried: PACK }, /neither on the new instance/],
  ['its trigger is gone', { trigger: 'core.1234' }, { there: { ...TYPE, ...ACTION } }, /trigger \(core\.1234\) is gone/],
  ['it holds a mask', { action: { ref: 'shop.pack', parameters: { pw: { deep: '********' } } } }, { there: { ...TYPE, ...ACTION } }, /action\.parameters\.pw\.deep/],
  ['the pack of the new instance ships one of its name', {}, { there: { ...TYPE, '/v1/rules': [{ ref: 'shop.a', metadata_file: 'rules/a.yaml' }] } }, /ships a rule of this name \(rules\/a\.yaml\)/],
  ['it is an edit of a pack that does not come', { file: 'rules/a.yaml', edited: ['criteria'] }, { there: TYPE }, /belongs to pack shop/],
])('it is for a person when %s', async (_what, item, world, note) => {
  const verdict = await weigh(rule(item), world)
  expect(verdict).toMatchObject({ action: 'manual', note: expect.stringMatching(note) })
  expect(verdict!.advice).toBeTruthy()
})

test.each<[string, Partial<RuleItem>, World, RegExp]>([
  ['its action is nowhere', {}, { there: TYPE }, /action shop\.pack is neither/],
  ['it is an edit', { file: 'rules/a.yaml', edited: ['criteria'] }, { there: { ...TYPE, ...ACTION, '/v1/rules': [{ ref: 'shop.a', metadata_file: 'rules/a.yaml' }] } }, /rules\/a\.yaml of pack shop has other values \(criteria\)/],
])('it is carried with a word when %s', async (_what, item, world, note) => {
  const verdict = await weigh(rule(item), world)
  expect(verdict?.action).toBeUndefined()
  expect(verdict?.note).toMatch(note)
})

test('the target is asked once for all rules of a plan', async () => {
  const asked: string[] = []
  const world = weighing({ there: { ...TYPE, ...ACTION } }, asked)
  await Promise.all([1, 2, 3].map(() => rules.weigh!(rule(), undefined, [], world)))
  expect(asked.sort()).toEqual(['/v1/actions', '/v1/rules', '/v1/triggertypes'])
})

test('an install that would make StackStorm delete a rule of the target blocks', async () => {
  const there = { '/v1/rules': [{ ref: 'default.b', metadata_file: '' }, { ref: 'default.other' }] }
  expect(await rules.blockers!([], weighing({ there, carried: PACK }))).toEqual([expect.objectContaining({ kind: 'rules', identity: 'default.b', what: expect.stringContaining('pack shop ships') })])
  expect(await rules.blockers!([], weighing({ there, carried: PACK, kinds: ['rules'] }))).toEqual([])
  const registered = { '/v1/rules': [...there['/v1/rules'], { ref: 'shop.b', metadata_file: 'rules/b.yaml' }] }
  expect(await rules.blockers!([], weighing({ there: registered, carried: PACK }))).toEqual([])
})
