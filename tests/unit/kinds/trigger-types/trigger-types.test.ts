/** Which trigger types are listed, and what of one counts. */
import { triggerTypes, type TriggerTypeItem } from '../../../../src/kinds/trigger-types'
import { toItem, type TriggerTypeRow } from '../../../../src/kinds/trigger-types/item'
import { St2Error } from '../../../../src/st2/errors'

const row = (ref: string, more: Partial<TriggerTypeRow> = {}): TriggerTypeRow => {
  const [pack = '', name = ''] = [ref.slice(0, ref.indexOf('.')), ref.slice(ref.indexOf('.') + 1)]
  return { id: `id of ${ref}`, uid: `trigger_type:${pack}:${name}`, ref, pack, name, tags: [], payload_schema: {}, parameters_schema: {}, ...more }
}
const ROWS = [row('core.st2.webhook'), row('core.by_hand'), row('shop.sold', { metadata_file: 'sensors/shop.yaml' }), row('shop.returned'), row('st2upgrade.own')]
const api = {
  async *list() {
    yield* ROWS
  },
}
const wanted = {
  async *items() {
    yield { identity: 'shop.sold' }
  },
}
async function list(more: object): Promise<TriggerTypeItem[]> {
  const found: TriggerTypeItem[] = []
  for await (const item of triggerTypes.list({ instance: { side: 'source', api }, ...more } as never)) found.push(item)
  return found
}

test('those that StackStorm itself, a pack or this tool brings are not listed', async () => {
  expect((await list({})).map(({ identity }) => identity)).toEqual(['core.by_hand', 'shop.returned'])
})

test('on a target one that a pack brings counts too when the archive has it, and is always the same', async () => {
  const found = await list({ instance: { side: 'target', api }, wanted })
  expect(found.map(({ identity, file }) => [identity, file])).toEqual([['core.by_hand', undefined], ['shop.sold', 'sensors/shop.yaml'], ['shop.returned', undefined]])
  const made = toItem(row('shop.sold', { description: 'made by hand' }), 'source')
  expect(await triggerTypes.compare(made, found[1]!, {} as never)).toEqual([])
  expect(await triggerTypes.compare(made, { ...found[1]!, file: undefined }, {} as never)).toEqual([{ path: 'description', source: 'its value' }])
})

test('no description is as good as an empty one, and each is put back as it was', async () => {
  const [none, empty] = [toItem(row('shop.returned'), 'target'), toItem(row('shop.returned', { description: '' }), 'target')]
  expect(await triggerTypes.compare(none, empty, {} as never)).toEqual([])
  const sent: unknown[] = []
  const taking = { put: async (_where: string, body: object) => sent.push('description' in body) }
  for (const before of [none, empty]) await triggerTypes.restore!(before, toItem(row('shop.returned', { description: 'x' }), 'target'), { target: { api: taking } } as never)
  expect(sent).toEqual([false, true])
})

test('the id of a database is in no item of a source, and in no fingerprint', () => {
  const [ours, theirs] = [toItem(row('shop.returned'), 'source'), toItem(row('shop.returned', { id: 'other' }), 'target')]
  expect(ours).not.toHaveProperty('id')
  expect(triggerTypes.fingerprint(ours)).toBe(triggerTypes.fingerprint(theirs))
})

test('where StackStorm fails at a change it is for a person, and what a pack brings is not taken away', async () => {
  const failing = { put: () => Promise.reject(new St2Error('500', '', { code: 'server', status: 500 })) }
  const [ours, theirs] = [toItem(row('shop.returned', { description: 'x' }), 'source'), toItem(row('shop.returned'), 'target')]
  expect(await triggerTypes.write({} as never, ours, theirs, { target: { api: failing } } as never)).toMatchObject({ outcome: 'manual' })
  expect(await triggerTypes.remove!({ ...theirs, file: 'triggers/a.yaml' }, { target: { api: failing } } as never)).toMatchObject({ outcome: 'left' })
})
