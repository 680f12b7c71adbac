import { counted, countedKinds } from '../../../src/core/counted'

it('one thing is told as one', () => {
  expect([counted(1, 'pack'), counted(0, 'pack'), counted(2, 'item has', 'items have')]).toEqual(['1 pack', '0 packs', '2 items have'])
  expect(countedKinds({ keys: 2, packs: 1, configs: 0 })).toBe('2 keys, 1 pack')
  expect(countedKinds({ policies: 1, aliases: 1, inquiries: 1, api_keys: 1, rbac: 1, rules: 3 })).toBe('1 policy, 1 alias, 1 inquiry, 1 api_key, 1 rbac, 3 rules')
})
