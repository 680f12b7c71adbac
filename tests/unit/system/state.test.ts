import * as fs from 'fs'
import { tmpdir } from 'os'
import * as path from 'path'
import { checkRunId, newRunId, privateDirectory, runDirectory, runPath, stateDirectory } from '../../../src/system/state'
import { fakeClock } from '../../support/clock'

describe('stateDirectory', () => {
  const home = '/home/op'
  test.each([
    [{ uid: 0, env: { XDG_STATE_HOME: '/x' }, home: '/root' }, '/var/lib/st2upgrade'],
    [{ uid: 1000, env: {}, home }, '/home/op/.local/state/st2upgrade'],
    [{ uid: 1000, env: { XDG_STATE_HOME: '/var/state' }, home }, '/var/state/st2upgrade'],
    [{ uid: 1000, env: { XDG_STATE_HOME: 'relative' }, home }, '/home/op/.local/state/st2upgrade'],
    [{ uid: undefined, env: {}, home }, '/home/op/.local/state/st2upgrade'],
    [{ given: '/data/state', uid: 0, env: {}, home }, '/data/state'],
  ])('%j', (facts, directory) => expect(stateDirectory(facts)).toBe(directory))
  test('a relative one is meant from here', () => {
    expect(stateDirectory({ given: 'state', env: {}, home })).toBe(path.resolve('state'))
  })
})

describe('run ids', () => {
  test.each(['a', 'nightly-2024', 'A_1', 'x'.repeat(64), newRunId(fakeClock(), () => 'abcdef')])('%s is one', (run) => expect(checkRunId(run)).toBe(run))
  test.each(['', '.', '..', 'a/b', '../x', 'a b', '-x', '_x', 'x'.repeat(65), 'a\n', 'é', 'a.b'])('%j is none', (run) => {
    expect(() => checkRunId(run)).toThrow(expect.objectContaining({ name: 'Refusal', exit: 2 }))
    expect(() => runPath('/state', run)).toThrow()
  })
  test('a new one tells its time', () => {
    expect(newRunId(fakeClock(), (bytes) => 'ab'.repeat(bytes))).toBe('20240102-030405-ababab')
  })
})

describe('runDirectory', () => {
  let dir: string
  beforeEach(() => (dir = fs.mkdtempSync(path.join(tmpdir(), 'state-'))))
  afterEach(() => fs.rmSync(dir, { recursive: true }))

  test('is made with all above it, for nobody else', async () => {
    const state = path.join(dir, 'deep', 'state')
    const run = await runDirectory(state, 'r1')
    expect(run).toBe(path.join(state, 'runs', 'r1'))
    for (const one of [state, path.join(state, 'runs'), run]) expect(fs.statSync(one).mode & 0o777).toBe(0o700)
    expect(await runDirectory(state, 'r1')).toBe(run)
  })

  test('a file in its way is told with its path', async () => {
    fs.writeFileSync(path.join(dir, 'state'), '')
    await expect(runDirectory(path.join(dir, 'state'), 'r1')).rejects.toMatchObject({ name: 'Refusal', message: expect.stringContaining(path.join(dir, 'state')) })
  })

  test('a read-only file system is told with its path', async () => {
    jest.spyOn(fs.promises, 'mkdir').mockRejectedValueOnce(Object.assign(new Error('x'), { code: 'EROFS' }))
    await expect(runDirectory(path.join(dir, 'state'), 'r1')).rejects.toThrow(`Cannot make the directory ${path.join(dir, 'state')}: the file system is read-only.`)
    jest.restoreAllMocks()
  })
})

test('a directory in a file system that takes none is refused at once, not tried for ever', async () => {
  // Where there is no /proc, the part below a file stands for it.
  const [nowhere, why] = fs.existsSync('/proc/self') ? ['/proc/st2upgrade/state', 'takes none'] : [path.join(__filename, 'state'), 'no directory']
  await expect(privateDirectory(nowhere)).rejects.toMatchObject({ name: 'Refusal', message: expect.stringContaining(why) })
})

test('all directories above are made, at the same time too', async () => {
  const base = fs.mkdtempSync(path.join(tmpdir(), 'st2-directories-'))
  const deep = path.join(base, 'a/b/c/d')
  await Promise.all([deep, deep, path.join(base, 'a/b/e')].map((one) => privateDirectory(one)))
  expect(['a', 'a/b/c/d', 'a/b/e'].map((one) => fs.statSync(path.join(base, one)).mode & 0o777)).toEqual([0o700, 0o700, 0o700])
  fs.rmSync(base, { recursive: true })
})
