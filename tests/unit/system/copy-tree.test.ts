import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { copyTree } from '../../../src/system/copy-tree'
import { testSystem } from '../../support/system'

let dir: string
beforeEach(() => (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-copy-'))))
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))
const at = (...names: string[]): string => path.join(dir, ...names)
const { processes } = testSystem()

test('a copy has modes, times, links and odd names; what stood in its place is gone', async () => {
  fs.mkdirSync(at('from/inside/.git'), { recursive: true, mode: 0o750 })
  fs.writeFileSync(at('from/-rf'), 'x', { mode: 0o640 })
  fs.utimesSync(at('from/-rf'), 1000, 1000)
  fs.writeFileSync(Buffer.concat([Buffer.from(at('from/')), Buffer.from([0xff, 0x20])]), 'not UTF-8')
  fs.symlinkSync('../nowhere', at('from/link'))
  fs.mkdirSync(at('to'))
  fs.writeFileSync(at('to/stale'), '')
  // Left by a copy that was killed.
  fs.mkdirSync(at('to.part'))
  fs.writeFileSync(at('to.part/half'), '')
  await copyTree(processes, at('from'), at('to'))
  expect(fs.readdirSync(at('to'), { encoding: 'latin1' }).sort()).toEqual(['-rf', 'inside', 'link', '\xff '])
  expect([fs.statSync(at('to/-rf')).mode & 0o777, fs.statSync(at('to/-rf')).mtimeMs]).toEqual([0o640, 1_000_000])
  expect(fs.readlinkSync(at('to/link'))).toBe('../nowhere')
  expect(fs.statSync(at('to/inside/.git')).isDirectory()).toBe(true)
  expect(fs.existsSync(at('to.part'))).toBe(false)
})

test('what cannot be copied is said, and nothing half stays', async () => {
  fs.mkdirSync(at('to'))
  await expect(copyTree(processes, at('absent'), at('to'))).rejects.toMatchObject({ message: expect.stringMatching(/absent cannot be copied to .*to: cp: /) })
  expect(fs.readdirSync(dir)).toEqual(['to'])
})
