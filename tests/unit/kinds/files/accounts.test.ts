import * as fs from 'fs'
import { Accounts } from '../../../../src/kinds/files/accounts'
import type { Processes } from '../../../../src/system/ports'
import { plant, tempRoot } from '../../../support/file-trees'
import { testSystem } from '../../../support/system'

let root: string
beforeEach(() => (root = tempRoot()))
afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

test("a root's own accounts count, and the machine is not asked for it", async () => {
  plant(root, { 'etc/passwd': 'root:x:0:0::/:/bin/sh\nst2:x:998:997::/:/bin/sh\n+\n', 'etc/group': 'root:x:0:\nst2:x:997:st2\n' })
  const processes: Processes = { run: async () => Promise.reject(new Error('asked')) }
  const accounts = new Accounts(root, testSystem({ processes }))
  expect(await accounts.owner(998, 997)).toEqual({ user: 'st2', uid: 998, group: 'st2', gid: 997 })
  expect(await accounts.owner(5, 6)).toEqual({ uid: 5, gid: 6 })
  expect(await accounts.idOf('passwd', 'st2')).toBe(998)
  expect(await accounts.idOf('group', 'nobody-here')).toBeUndefined()
})

test('on the machine itself a directory service is asked once for what the files lack', async () => {
  const asked: string[][] = []
  const run: Processes['run'] = async (program, args) => {
    asked.push([program, ...args])
    return args[1] === '70001' ? { code: 0, stdout: Buffer.from('ops:x:70001:70001::/:/bin/sh\n'), stderr: '' } : { code: 2, stdout: Buffer.alloc(0), stderr: '' }
  }
  const accounts = new Accounts('/', testSystem({ processes: { run } }))
  for (let i = 0; i < 2; i++) expect([await accounts.nameOf('passwd', 70001), await accounts.idOf('passwd', 'no-such-user-here')]).toEqual(['ops', undefined])
  expect(asked).toEqual([['getent', 'passwd', '70001'], ['getent', 'passwd', 'no-such-user-here']])
})
