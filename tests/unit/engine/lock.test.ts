/** The lock on a target: what is left when it is let go, and whose it is. */
import { LOCK_KEY, takeLock } from '../../../src/engine/lock'
import type { DatastoreKey, KeyToWrite, StackStorm } from '../../../src/st2/port'
import { testSystem } from '../../support/system'

function target() {
  const kept = new Map<string, DatastoreKey>()
  const api = {
    url: 'http://new.example',
    key: async (name: string) => kept.get(name),
    putKey: async (key: KeyToWrite) => void kept.set(key.name, { ...key, expire_timestamp: new Date(Date.now() + key.ttl! * 1000).toISOString() } as unknown as DatastoreKey),
    deleteKey: async (name: string) => void kept.delete(name),
  }
  return { kept, api: api as unknown as StackStorm }
}

test('is gone when it is let go', async () => {
  const { kept, api } = target()
  const lock = await takeLock(api, 'mine', testSystem())
  expect(kept.has(LOCK_KEY)).toBe(true)
  await lock.release()
  expect(kept.size).toBe(0)
})

test('that another run took meanwhile stays theirs', async () => {
  const { kept, api } = target()
  const lock = await takeLock(api, 'mine', testSystem())
  kept.set(LOCK_KEY, { name: LOCK_KEY, value: JSON.stringify({ run: 'theirs', host: 'h', since: '' }) } as DatastoreKey)
  await lock.release()
  expect(kept.has(LOCK_KEY)).toBe(true)
})

test('that cannot be let go is warned of: the work is done all the same', async () => {
  const { api } = target()
  const system = testSystem()
  const lock = await takeLock(api, 'mine', system)
  Object.assign(api, { deleteKey: async () => Promise.reject(new Error('gone')) })
  await lock.release()
  expect(system.said.join()).toContain('stays until it expires')
})

test('two runs that see it free at once do not both get it', async () => {
  const { api } = target()
  const put = api.putKey.bind(api)
  let waiting: (() => void)[] = []
  // Both have looked before either has written.
  Object.assign(api, {
    putKey: async (key: KeyToWrite) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        if (waiting.length === 2) for (const go of waiting) go()
      })
      await put(key)
      waiting = []
    },
  })
  const taken = await Promise.allSettled(['one', 'two'].map((run) => takeLock(api, run, testSystem())))
  expect(taken.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  for (const one of taken) if (one.status === 'fulfilled') await one.value.release()
})
