import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { createGit, GitError, lastLines } from '../../../src/system/git'
import { testSystem } from '../../support/system'

let dir: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-git-'))
})
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

test("neither the user's settings nor inherited variables count", async () => {
  fs.writeFileSync(path.join(dir, '.gitconfig'), '[user]\n\tname = somebody\n')
  const env = { ...process.env, HOME: dir, GIT_DIR: '/nowhere', GIT_INDEX_FILE: '/nowhere' }
  const { createProcesses } = await import('../../../src/system/processes')
  const system = testSystem({ env, processes: createProcesses(env) })
  const repo = path.join(dir, 'repo')
  await createGit(system).run(['init', '--quiet', '--bare', repo])
  expect((await createGit(system).try(['config', 'user.name'], { gitDir: repo })).code).toBe(1)
  expect(await createGit(system, { ownSettings: true }).text(['config', 'user.name'], { gitDir: repo })).toBe('somebody')
})

test('a failure says which command and why', async () => {
  const failing = createGit(testSystem()).run(['rev-parse', '--verify', 'nothing'], { cwd: dir })
  await expect(failing).rejects.toThrow(GitError)
  await expect(failing).rejects.toThrow(/^git rev-parse: fatal: /)
})

test('a missing git is told with what to do', async () => {
  const { createProcesses } = await import('../../../src/system/processes')
  const system = testSystem({ processes: createProcesses({ PATH: dir }) })
  await expect(createGit(system).run(['--version'])).rejects.toMatchObject({ message: expect.stringContaining('git cannot be started'), advice: expect.stringContaining('Install git') })
})

test.each([
  ["Cloning...\nfatal: unable to access 'https://bot:s3cret@git.example.org/x/': no\n", "fatal: unable to access 'https://***@git.example.org/x/': no"],
  ['', 'it failed without a word'],
  ['warning: a\nsomething\n', 'warning: a; something'],
])('%j', (stderr, told) => expect(lastLines(stderr)).toBe(told))
