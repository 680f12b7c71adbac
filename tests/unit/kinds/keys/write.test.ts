/** Writing a key whose old one has to go: nothing is deleted before its successor was taken once. */
import type { KeyItem } from '../../../../src/kinds/keys'
import type { Writing } from '../../../../src/kinds/kind'
import { writeKey } from '../../../../src/kinds/keys/write'
import { St2Error } from '../../../../src/st2/errors'
import { testSystem } from '../../../support/system'

const item = (more: Partial<KeyItem>): KeyItem => ({ identity: 'st2kv.system:a', scope: 'system', name: 'a', value: 'new', secret: false, ...more })

function target(refused = false) {
  const calls: string[] = []
  const api = {
    putKey: async () => {
      calls.push('put')
      if (refused) throw new St2Error('the body is too large', 'raise the limit', { code: 'too_large', status: 413 })
    },
    deleteKey: async () => void calls.push('delete'),
  }
  return { calls, writing: { system: testSystem(), source: {}, target: { api, user: 'st2admin' } } as unknown as Writing }
}

test('a description that must go: overwritten, deleted, made anew', async () => {
  const { calls, writing } = target()
  expect(await writeKey(item({}), item({ value: 'old', description: 'd' }), writing)).toEqual({ outcome: 'carried' })
  expect(calls).toEqual(['put', 'delete', 'put'])
})

test('a value that the target does not take leaves the old key there', async () => {
  const { calls, writing } = target(true)
  expect(await writeKey(item({}), item({ value: 'old', description: 'd' }), writing)).toMatchObject({ outcome: 'manual', advice: 'raise the limit' })
  expect(calls).toEqual(['put'])
})
