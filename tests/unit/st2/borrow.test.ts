import { borrow, cleanUp, cleanUpByMetadata, findLeftovers, type BorrowRecord } from '../../../src/st2/borrow'
import { St2Error } from '../../../src/st2/errors'
import type { StackStorm } from '../../../src/st2/port'

const ID = 'ab'.repeat(12)
const randomHex = (bytes: number) => 'ab'.repeat(bytes)
interface Key {
  id: string
  user: string
  metadata: unknown
}

/** API keys of an instance; `failing` makes a step fail, before or after it was done. */
function instance(failing: { post?: 'before' | 'after'; delete?: boolean } = {}) {
  const keys = new Map<string, Key>()
  const steps: string[] = []
  const lost = () => new St2Error('lost', 'again', { code: 'interrupted_answer' })
  const api = {
    post: async (_: string, key: Key) => {
      steps.push('post')
      if (failing.post === 'before') throw lost()
      keys.set(key.id, key)
      if (failing.post === 'after') throw lost()
      return { ...key, key: 'secret' }
    },
    delete: async (path: string) => {
      steps.push('delete')
      if (failing.delete) throw lost()
      if (!keys.delete(path.replace('/v1/apikeys/', ''))) throw new St2Error('none', 'x', { code: 'not_found', status: 404 })
    },
    list: async function* () {
      yield* keys.values()
    },
    withApiKey: (key: string) => ({ key }),
  } as unknown as StackStorm
  const records: BorrowRecord[] = []
  const record = async (one: BorrowRecord) => {
    steps.push(one.state)
    records.push(one)
  }
  return { api, keys, steps, records, record }
}

describe('borrow', () => {
  test('records the id before the key is made, and its end after it is gone', async () => {
    const { api, keys, steps, records, record } = instance()
    const borrowed = await borrow(api, 'alice', 'run1', record, randomHex)
    expect([...keys.values()]).toEqual([{ id: ID, user: 'alice', enabled: true, metadata: { st2upgrade: 'run1' } }])
    await borrowed.giveBack()
    expect(steps).toEqual(['intent', 'post', 'delete', 'deleted'])
    expect(records).toEqual([{ id: ID, user: 'alice', state: 'intent' }, { id: ID, user: 'alice', state: 'deleted' }])
    expect(keys.size).toBe(0)
  })

  test.each(['before', 'after'] as const)('an answer that is lost %s the key was made leaves none', async (post) => {
    const { api, keys, steps, record } = instance({ post })
    await expect(borrow(api, 'alice', 'run1', record, randomHex)).rejects.toMatchObject({ code: 'interrupted_answer' })
    expect(keys.size).toBe(0)
    expect(steps).toEqual(['intent', 'post', 'delete', 'deleted'])
  })

  test('nothing is made when the record cannot be written', async () => {
    const { api, keys } = instance()
    await expect(borrow(api, 'alice', 'run1', () => Promise.reject(new Error('disk full')), randomHex)).rejects.toThrow('disk full')
    expect(keys.size).toBe(0)
  })

  test('what cannot be deleted stays recorded as intent and is deleted next time', async () => {
    const broken = { delete: true } as { delete?: boolean }
    const { api, keys, records, record } = instance(broken)
    const borrowed = await borrow(api, 'alice', 'run1', record, randomHex)
    await expect(borrowed.giveBack()).rejects.toMatchObject({ code: 'interrupted_answer' })
    expect(records).toEqual([{ id: ID, user: 'alice', state: 'intent' }])
    broken.delete = false
    expect(await cleanUp(api, records, record)).toEqual(['alice'])
    expect(keys.size).toBe(0)
    expect(await cleanUp(api, records, record)).toEqual([])
  })
})

test('keys whose record was lost are found by their metadata, those of other runs are left alone', async () => {
  const { api, keys } = instance()
  for (const [id, metadata] of [['1', { st2upgrade: 'run1' }], ['2', { st2upgrade: 'run2' }], ['3', { for: 'chatops' }], ['4', undefined]] as const) keys.set(id, { id, user: `u${id}`, metadata })
  expect(await findLeftovers(api)).toEqual([{ id: '1', user: 'u1', run: 'run1' }, { id: '2', user: 'u2', run: 'run2' }])
  expect(await cleanUpByMetadata(api, 'run1')).toEqual(['u1'])
  expect([...keys.keys()]).toEqual(['2', '3', '4'])
})
