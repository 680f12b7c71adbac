import * as fs from 'fs'
import * as path from 'path'
import { cloneRepository } from '../../../../src/sandbox/packs/clone'
import { gitEnvironment } from '../../../../src/sandbox/packs/git'
import { placePack } from '../../../../src/sandbox/packs/place'
import { tempDir } from '../../../support/archives'
import { commitFiles, gitIn, makeRepository, packYaml } from '../../../support/git-repository'

describe('where HEAD is after a clone', () => {
  const dir = tempDir()
  const source = makeRepository(dir, 'demo', { 'pack.yaml': packYaml('demo') })
  const first = gitIn(source, 'rev-parse', 'HEAD')
  gitIn(source, 'tag', 'v1.0.0')
  const second = commitFiles(source, { 'a.txt': 'a' }, 'second')
  gitIn(source, 'checkout', '-q', '-b', 'feature/x')
  const onBranch = commitFiles(source, { 'b.txt': 'b' }, 'third')
  gitIn(source, 'checkout', '-q', '-b', 'side', first)
  const beside = commitFiles(source, { 'c.txt': 'c' }, 'beside')
  gitIn(source, 'tag', 'v2.0.0')
  gitIn(source, 'checkout', '-q', 'master')
  gitIn(source, 'branch', '-q', '-D', 'side')

  const cloned = async (ref?: string): Promise<[string, string]> => {
    const target = path.join(tempDir(), 'clone')
    await cloneRepository(`file://${source}`, target, ref)
    return [gitIn(target, 'rev-parse', '--abbrev-ref', 'HEAD'), gitIn(target, 'rev-parse', 'HEAD')]
  }

  test('no ref, and the default branch by its name', async () => {
    expect(await cloned()).toEqual(['master', second])
    expect(await cloned('master')).toEqual(['master', second])
  })

  test('a tag, a full and an abbreviated commit move the local default branch', async () => {
    expect(await cloned('v1.0.0')).toEqual(['master', first])
    expect(await cloned('1.0.0')).toEqual(['master', first])
    expect(await cloned(first)).toEqual(['master', first])
    expect(await cloned(first.slice(0, 8))).toEqual(['master', first])
  })

  test('a branch is checked out under its name', async () => expect(await cloned('feature/x')).toEqual(['feature/x', onBranch]))

  test('a commit that only another branch has gives a branch of that name', async () => expect(await cloned(onBranch)).toEqual(['x', onBranch]))

  test('a tag beside all branches is checked out as it is', async () => expect(await cloned('2.0.0')).toEqual(['HEAD', beside]))

  test('an unknown ref names the versions that there are', async () => {
    await expect(cloned('nope')).rejects.toThrow(`"nope" is not a valid version, hash, tag or branch in file://${source}. Available versions are: 1.0.0, 2.0.0.`)
    await expect(cloned('--upload-pack=x')).rejects.toThrow('is not a valid version')
  })

  test('a repository that is not there gives the words of git', async () => {
    await expect(cloneRepository('file:///nowhere/at/all', path.join(tempDir(), 'x'))).rejects.toThrow("Cmd('git') failed due to: exit code(128)")
  })
})

test('a placed pack has the installer’s permissions and keeps only its config.yaml', async () => {
  const dir = tempDir()
  const source = makeRepository(dir, 'new', { 'pack.yaml': packYaml('demo'), 'actions/a.yaml': 'name: a\n' })
  fs.symlinkSync('actions', path.join(source, 'link'))
  const target = makeRepository(dir, 'packs/demo', { 'pack.yaml': packYaml('demo'), 'old.txt': 'old', 'config.yaml': 'a: 1\n' })
  await placePack(source, target)
  expect(fs.readdirSync(target).sort()).toEqual(['.git', 'actions', 'config.yaml', 'link', 'pack.yaml'])
  expect(fs.existsSync(source)).toBe(false)
  expect(fs.statSync(path.join(target, 'actions/a.yaml')).mode & 0o777).toBe(0o775)
  expect(gitIn(target, '-c', 'core.fileMode=false', 'status', '--porcelain')).toBe('?? config.yaml\n?? link')
})

test('git never sees another repository of the caller and never asks', () => {
  const env = gitEnvironment({ GIT_DIR: '/x', GIT_SSH_COMMAND: 'ssh -i key', PATH: '/bin' })
  expect(env).toMatchObject({ GIT_TERMINAL_PROMPT: '0', GIT_SSH_COMMAND: 'ssh -i key', PATH: '/bin' })
  expect(env.GIT_DIR).toBeUndefined()
})
