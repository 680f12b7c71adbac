/** Before this pack is put onto a target: whether it could run there. The target is asked, nothing is installed. */
import { putOwnPack } from '../../../../src/engine/handover/own-pack'
import { testSystem } from '../../../support/system'

const asked: string[] = []
const target = (end: { status: string; stdout?: string }): never =>
  ({
    url: 'https://new.example/api',
    api: {
      run: async (action: string) => (asked.push(action), { id: 'e1', status: end.status, result: { stdout: end.stdout } }),
      find: async (path: string) => (asked.push(path), { version: '1.0.0' }),
    },
  }) as never

const put = (end: { status: string; stdout?: string }) => putOwnPack({ origin: {}, system: testSystem(), target: target(end), settings: {} as never, tool: '1.0.0', workDir: '/nowhere' })
beforeEach(() => void asked.splice(0))

it.each([['none at all', ''], ['one that is too old', 'node v14.17.6\nnode v12.22.12'], ['something else', 'node: not found']])('refuses where there is no fitting Node.js: %s', async (_, stdout) => {
  await expect(put({ status: 'succeeded', stdout })).rejects.toMatchObject({ exit: 5, message: 'there is no Node.js 14.18 or newer on the host of https://new.example/api', advice: expect.stringContaining('/var/lib/st2upgrade/node') })
  expect(asked).toEqual(['core.local'])
})

it.each(['node v14.18.0', 'node v12.22.12\nnode v20.20.2', 'node v24.0.0'])('goes on with %s', async (stdout) => {
  expect(await put({ status: 'succeeded', stdout })).toEqual({ pack: 'there', told: 'pack st2upgrade 1.0.0 was on the target already' })
  expect(asked).toEqual(['core.local', '/v1/packs/st2upgrade'])
})

it('goes on where the target could not be asked: the next step tells', async () => {
  expect(await put({ status: 'failed' })).toMatchObject({ pack: 'there' })
})
