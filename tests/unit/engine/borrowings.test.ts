/** Temporary API keys of a stage: one that fails keeps no other from being given back. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { Borrowings } from '../../../src/engine/borrowings'
import type { StackStorm } from '../../../src/st2/port'
import { testSystem } from '../../support/system'

let stateDir: string
beforeEach(() => (stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-borrowings-'))))
afterEach(() => fs.rmSync(stateDir, { recursive: true, force: true }))

function instance(failing: { post?: string; deleteFirst?: boolean }) {
  const there = new Map<string, string>()
  let deletes = 0
  const api = {
    post: async (_path: string, { id, user }: { id: string; user: string }) => {
      if (failing.post === user) throw new Error('no room')
      there.set(id, user)
      return { key: id }
    },
    delete: async (where: string) => {
      if (failing.deleteFirst && deletes++ === 0) throw new Error('not now')
      there.delete(where.split('/').pop()!)
    },
    withApiKey: () => ({}) as StackStorm,
  } as unknown as StackStorm
  const own = { username: 'st2admin', isAdmin: true, rbacEnabled: false }
  return { there, failing, borrowings: new Borrowings({ api, system: testSystem(), stateDir, run: 'r', otherUsers: true, instanceId: 'i', own }) }
}

test('a key that could not be made is tried again, and closing gives the others back', async () => {
  const { there, failing, borrowings } = instance({ post: 'alice' })
  await expect(borrowings.asUser('alice')).rejects.toThrow('no room')
  failing.post = 'nobody'
  await borrowings.asUser('alice')
  await borrowings.asUser('bob')
  expect([...there.values()]).toEqual(['alice', 'bob'])
  await borrowings.close()
  expect(there.size).toBe(0)
})

test('a key that cannot be given back is told, after the others were', async () => {
  const { there, borrowings } = instance({ deleteFirst: true })
  await borrowings.asUser('alice')
  await borrowings.asUser('bob')
  await expect(borrowings.close()).rejects.toThrow('not now')
  expect([...there.values()]).toEqual(['alice'])
})

test('keys of a command that still works on this host stay, those that a dead one left are deleted', async () => {
  const { there, borrowings } = instance({})
  const at = new Date().toISOString()
  const left = { state: 'intent', instance: 'i', run: 'other', host: 'testhost', at }
  const long = new Date(Date.now() - 7 * 3_600_000).toISOString()
  const lines = [
    { ...left, id: 'a1', user: 'alice', pid: process.ppid },
    { ...left, id: 'b2', user: 'bob', pid: 2 ** 22 + 1 },
    { ...left, id: 'c3', user: 'carol', pid: process.ppid, at: long },
  ]
  fs.writeFileSync(path.join(stateDir, 'borrowed.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  for (const { id, user } of lines) there.set(id, user)
  await borrowings.cleanUp()
  expect([...there.values()]).toEqual(['alice'])
})
