/** What a plan says of a datastore key that the target has with another value. */
import { keys, type KeyItem } from '../../../../src/kinds/keys'

const ITEM = { identity: 'st2kv.system:ü', name: 'ü', listedName: 'Ã¼', scope: 'system', value: 'a', secret: false } as KeyItem
const DIFFERENCE = { path: 'value', source: 'a', target: 'b' }
const weigh = async (differences: (typeof DIFFERENCE)[], onConflict: string) => {
  const side = { version: '3.9.0', url: 'http://127.0.0.1:9101', api: {} }
  return keys.weigh!(ITEM, differences.length > 0 ? { ...ITEM, value: 'b' } : undefined, differences, { source: side, target: side, settings: { onConflict } } as never)
}

test('a conflict tells what differs, what is to be written how that is done', async () => {
  const how = expect.stringContaining('carried under its real name')
  expect(await weigh([DIFFERENCE], 'fail')).toEqual({ transformed: true, note: 'value differs' })
  expect(await weigh([DIFFERENCE], 'overwrite')).toEqual({ transformed: true, note: how })
  expect(await weigh([], 'fail')).toEqual({ transformed: true, note: how })
})
