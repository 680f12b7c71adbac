import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { lockStateDir } from '../../../src/engine/state-lock'
import { testSystem } from '../../support/system'

let dir: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-state-lock-'))
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] })
})
afterEach(() => {
  jest.useRealTimers()
  fs.rmSync(dir, { recursive: true, force: true })
})

/** Until the renewal, which works on the disk, has seen what is there. */
async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !done(); i++) await fs.promises.stat(dir)
}

test('a lock that another process took ends the writing with exit 7', async () => {
  const lock = await lockStateDir(dir, 'mine', testSystem())
  expect(() => lock.check()).not.toThrow()
  fs.writeFileSync(path.join(dir, 'lock'), JSON.stringify({ run: 'mine', host: 'testhost', pid: process.pid + 1, renewed: new Date().toISOString() }))
  jest.advanceTimersByTime(30_000)
  let told: unknown
  await until(() => {
    try {
      lock.check()
    } catch (error) {
      told = error
    }
    return told !== undefined
  })
  expect(told).toMatchObject({ exit: 7 })
  await lock.release()
  expect(fs.existsSync(path.join(dir, 'lock'))).toBe(true)
})
