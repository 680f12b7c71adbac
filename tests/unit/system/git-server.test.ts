/** The read-only git server, asked by a real git: what StackStorm's installer does with it. */
import { execFile } from 'child_process'
import * as fs from 'fs'
import * as http from 'http'
import * as os from 'os'
import * as path from 'path'
import { serveRepositories, type GitServer } from '../../../src/system/git-server'
import { commitFiles, gitIn, makeRepository } from '../../support/git-repository'

let dir: string
let first: string
let server: GitServer
const TOKEN = 'a'.repeat(32)

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-git-server-'))
  const work = makeRepository(dir, 'work', { 'pack.yaml': 'ref: demo\n', big: Buffer.alloc(300_000, 'x') })
  first = gitIn(work, 'rev-parse', 'HEAD')
  gitIn(work, 'tag', 'v1')
  commitFiles(work, { later: 'x' }, 'second')
  fs.mkdirSync(path.join(dir, 'served'))
  gitIn(dir, 'clone', '-q', '--bare', work, 'served/demo.git')
  gitIn(path.join(dir, 'served/demo.git'), 'repack', '-adq')
  gitIn(path.join(dir, 'served/demo.git'), 'update-server-info')
  fs.writeFileSync(path.join(dir, 'served/secret'), 'no')
  server = await serveRepositories({ root: path.join(dir, 'served'), address: '127.0.0.1', token: TOKEN })
})
afterAll(async () => {
  await server.close()
  fs.rmSync(dir, { recursive: true, force: true })
})

/** Not execFileSync: the server is in this process. */
const git = (...args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile('git', args, { cwd: dir, env: { ...process.env, GIT_TERMINAL_PROMPT: '0' } }, (error: Error | null, stdout: string) => (error ? reject(error) : resolve(stdout.trim())))
  })

function ask(method: string, where: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port: server.port, method, path: where }, (answer) => {
      let body = ''
      answer.on('data', (part: Buffer) => (body += part.toString('latin1')))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
    })
    request.on('error', reject)
    request.end()
  })
}

test('the steps of packs.install: clone all, find the commit, check it out on its branch', async () => {
  await git('clone', '-q', server.url('demo'), 'clone')
  const clone = path.join(dir, 'clone')
  expect(gitIn(clone, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('master')
  expect(gitIn(clone, 'branch', '-a', '--contains', first)).toContain('* master')
  gitIn(clone, 'checkout', '-q', first)
  gitIn(clone, 'branch', '-f', 'master', first)
  gitIn(clone, 'checkout', '-q', 'master')
  expect(gitIn(clone, 'rev-parse', 'HEAD')).toBe(first)
  expect(gitIn(clone, 'describe', '--tags')).toBe('v1')
  expect(fs.statSync(path.join(clone, 'big')).size).toBe(300_000)
})

test('ls-remote lists the refs', async () => {
  expect(await git('ls-remote', server.url('demo'))).toContain('refs/heads/master')
})

test.each([
  ['another token', 'GET', `/${'b'.repeat(32)}/demo.git/HEAD`, 404],
  ['no repository', 'GET', `/${TOKEN}/other.git/HEAD`, 404],
  ['the configuration', 'GET', `/${TOKEN}/demo.git/config`, 404],
  ['a way out', 'GET', `/${TOKEN}/demo.git/../secret`, 404],
  ['an encoded way out', 'GET', `/${TOKEN}/demo.git/objects/%2e%2e/%2e%2e/secret`, 404],
  ['the list of repositories', 'GET', `/${TOKEN}/`, 404],
  ['a push', 'GET', `/${TOKEN}/demo.git/git-receive-pack`, 404],
  ['writing', 'POST', `/${TOKEN}/demo.git/git-upload-pack`, 405],
  ['putting', 'PUT', `/${TOKEN}/demo.git/HEAD`, 405],
])('%s is refused', async (_what, method, where, status) => {
  expect(await ask(method, where)).toEqual({ status, body: '' })
})

test('a push is refused', async () => {
  await expect(git('-C', path.join(dir, 'work'), 'push', '-q', server.url('demo'), 'HEAD:refs/heads/evil')).rejects.toThrow()
  expect(gitIn(path.join(dir, 'served/demo.git'), 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/master\nrefs/tags/v1')
})

test('a port in use is told', async () => {
  const busy = serveRepositories({ root: dir, address: '127.0.0.1', port: server.port, token: TOKEN })
  await expect(busy).rejects.toMatchObject({ exit: 5, message: expect.stringContaining(String(server.port)), advice: expect.stringContaining('serve_port') })
})

test('after close nobody answers, and open connections are cut', async () => {
  const other = await serveRepositories({ root: path.join(dir, 'served'), address: '127.0.0.1', token: TOKEN })
  const idle = http.get({ host: '127.0.0.1', port: other.port, path: `/${TOKEN}/demo.git/HEAD`, agent: new http.Agent({ keepAlive: true }) })
  await new Promise((resolve) => idle.on('response', (answer) => answer.resume().on('end', resolve)))
  await other.close()
  await expect(new Promise((_resolve, reject) => http.get(other.url('demo')).on('error', reject))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
