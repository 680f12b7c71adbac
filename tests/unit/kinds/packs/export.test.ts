/** What an export makes of a pack on the disk: the hard cases, each with a real repository. */
import { execFileSync } from 'child_process'
import * as fs from 'fs'
import * as path from 'path'
import { packs, type PackItem } from '../../../../src/kinds/packs'
import { commitFiles, gitIn, makeRepository, packYaml, writeFiles } from '../../../support/git-repository'
import { contentOf, packBench, type PackBench } from '../../../support/packs'

let bench: PackBench
beforeEach(() => {
  bench = packBench()
})
afterEach(() => bench.end())

const FILES = { 'pack.yaml': packYaml('demo'), 'actions/run.sh': '#!/bin/sh\necho hi\n', 'README.md': 'text\n' }

/** A checkout as the installer leaves it: cloned from its origin, every file executable. */
function installed(ref = 'demo', files: Record<string, string | Buffer> = FILES): string {
  const origin = makeRepository(path.join(bench.dir, 'origins'), ref, files)
  gitIn(bench.dir, 'clone', '-q', origin, bench.at(ref))
  execFileSync('chmod', ['-R', '775', bench.at(ref)])
  return origin
}
const only = async (options?: { files?: boolean }): Promise<PackItem> => {
  const { items } = await bench.export(options)
  expect(items).toHaveLength(1)
  return items[0]!
}
/** What an install would put there is what lies here. */
const expectWhole = (item: PackItem, ref = 'demo'): void => expect(bench.checkout(item)).toEqual(contentOf(bench.at(ref)))
const fixed = (directory: string): string => execFileSync('sh', ['-c', 'find . -exec stat -c "%n %a %s %Y %Z" {} + | sort'], { cwd: directory, encoding: 'utf8' })

test('a clean checkout keeps its commit, branch, tag and origin, though every file is executable', async () => {
  const origin = installed()
  gitIn(origin, 'tag', 'v1.0.0')
  gitIn(bench.at('demo'), 'fetch', '-q', '--tags')
  const item = await only()
  const commit = gitIn(origin, 'rev-parse', 'HEAD')
  expect(item).toMatchObject({ ref: 'demo', version: '1.0.0', origin, branch: 'master', tag: 'v1.0.0', commit, head: commit, edited: false, editedFiles: [], via: 'git', changes: [] })
  expectWhole(item)
})

test('the checkout and its .git are only read', async () => {
  installed()
  writeFiles(bench.at('demo'), { 'README.md': 'edited\n', new: '' })
  const before = fixed(bench.at('demo'))
  await only()
  expect(fixed(bench.at('demo'))).toBe(before)
})

test('edits, new, ignored and deleted files become one commit on top, the same at every export', async () => {
  installed('demo', { ...FILES, '.gitignore': '*.log\nlocal/\n' })
  const pack = bench.at('demo')
  writeFiles(pack, { 'README.md': 'edited\n', 'actions/new.sh': '#!/bin/sh\n', 'local/state.log': 'needed\n', 'lib/__pycache__/a.pyc': 'x', 'old.pyc': 'x' })
  fs.rmSync(path.join(pack, 'actions/run.sh'))
  const item = await only()
  expect(item.edited).toBe(true)
  expect(item.editedFiles).toEqual(['added actions/new.sh', 'added local/state.log', 'deleted actions/run.sh', 'modified README.md'])
  expect(item.head).not.toBe(item.commit)
  expect(item.changes).toEqual([expect.stringContaining(item.head!.slice(0, 12))])
  const expected = contentOf(pack)
  expected.delete('old.pyc')
  expected.delete('lib/__pycache__/a.pyc')
  expect(bench.checkout(item)).toEqual(expected)
  fs.utimesSync(path.join(pack, 'README.md'), new Date(), new Date(0))
  expect((await only()).head).toBe(item.head)
})

test('a second look sees the same without any history, and a change', async () => {
  installed()
  const item = await only()
  const [second] = await bench.glance()
  expect(packs.fingerprint(second!)).toBe(packs.fingerprint(item))
  expect(second!.commit).toBe(item.commit)
  writeFiles(bench.at('demo'), { 'README.md': 'edited\n' })
  const [third] = await bench.glance()
  expect(packs.fingerprint(third!)).not.toBe(packs.fingerprint(item))
})

test('a pack without git becomes a repository, execute bits kept, the same at every export', async () => {
  writeFiles(bench.at('demo'), FILES)
  fs.chmodSync(path.join(bench.at('demo'), 'actions/run.sh'), 0o755)
  fs.chmodSync(path.join(bench.at('demo'), 'README.md'), 0o644)
  const item = await only()
  expect(item).toMatchObject({ via: 'files', edited: false, branch: undefined, commit: undefined, changes: [expect.stringContaining('not under git')] })
  expect(item.files.map(({ path: name, exec }) => [name, exec])).toEqual([['README.md', false], ['actions/run.sh', true], ['pack.yaml', false]])
  expectWhole(item)
  expect((await only()).head).toBe(item.head)
})

test('a repository without a commit counts as none', async () => {
  writeFiles(bench.at('demo'), FILES)
  gitIn(bench.at('demo'), 'init', '-q')
  const item = await only()
  expect(item).toMatchObject({ via: 'files', branch: 'master', commit: undefined })
  expectWhole(item)
})

test('a detached checkout keeps its commit', async () => {
  const origin = installed()
  commitFiles(origin, { 'README.md': 'second\n' }, 'second')
  gitIn(bench.at('demo'), 'checkout', '-q', '--detach', 'HEAD')
  const item = await only()
  expect(item).toMatchObject({ branch: undefined, commit: gitIn(bench.at('demo'), 'rev-parse', 'HEAD'), edited: false })
  expectWhole(item)
})

test('a shallow checkout starts a history anew and says so', async () => {
  const origin = makeRepository(path.join(bench.dir, 'origins'), 'demo', FILES)
  const commit = commitFiles(origin, { 'README.md': 'second\n' }, 'second')
  gitIn(bench.dir, 'clone', '-q', '--depth', '1', `file://${origin}`, bench.at('demo'))
  const item = await only()
  expect(item).toMatchObject({ commit, edited: false, changes: [expect.stringContaining('only a part of its history')] })
  expect(item.head).not.toBe(commit)
  expectWhole(item)
  expect((await only()).head).toBe(item.head)
})

test.each([
  ['an object is missing', (git: string) => fs.rmSync(path.join(git, 'objects', newestObject(git)))],
  ['HEAD is garbage', (git: string) => fs.writeFileSync(path.join(git, 'HEAD'), 'garbage\n')],
  ['the branch is gone', (git: string) => fs.rmSync(path.join(git, 'refs/heads/master'))],
  ['objects are gone', (git: string) => fs.rmSync(path.join(git, 'objects'), { recursive: true })],
])('a damaged repository (%s) falls back to the files and says so', async (_what, damage) => {
  makeRepository(path.dirname(bench.at('demo')), 'demo', FILES)
  damage(path.join(bench.at('demo'), '.git'))
  const item = await only()
  expect(item).toMatchObject({ via: 'files', commit: undefined, changes: [expect.stringContaining('damaged')] })
  expectWhole(item)
})
function newestObject(git: string): string {
  const blob = gitIn(path.dirname(git), 'rev-parse', 'HEAD:README.md')
  return path.join(blob.slice(0, 2), blob.slice(2))
}

test('links, odd names and binary files arrive as they are; empty folders are told', async () => {
  installed()
  const pack = bench.at('demo')
  writeFiles(pack, { 'bin/data': Buffer.from([0, 255, 10, 13, 10, 128]), 'sp ace/"quoted"\n\\back.txt': 'x', 'ünïcode.txt': 'ü', '-dash': 'd', 'tab\there': 't' })
  fs.writeFileSync(Buffer.concat([Buffer.from(`${pack}/latin-`), Buffer.from([0xe9])]), 'bytes')
  fs.symlinkSync('README.md', path.join(pack, 'link'))
  fs.symlinkSync('actions', path.join(pack, 'folder-link'))
  fs.symlinkSync('/nowhere/at all', path.join(pack, 'dangling'))
  fs.mkdirSync(path.join(pack, 'empty/inside'), { recursive: true })
  const { items, notes } = await bench.export()
  expectWhole(items[0]!)
  expect(items[0]!.files.map((file) => file.path)).toContain('latin-\\xe9')
  expect(items[0]!.files.find((file) => file.path === 'link')).toMatchObject({ link: 'README.md', sha256: items[0]!.files.find((file) => file.path === 'README.md')!.sha256 })
  expect(notes).toEqual([expect.stringMatching(/empty directories are not carried.*empty\/inside/)])
})

test('line endings that .gitattributes would turn stay as they lie here', async () => {
  installed('demo', { ...FILES, '.gitattributes': '*.txt text eol=lf\n*.ps1 text eol=crlf\n' })
  writeFiles(bench.at('demo'), { 'windows.txt': 'a\r\nb\r\n', 'mixed.txt': 'a\r\nb\n' })
  const item = await only()
  expectWhole(item)
})

test('what a checkout cannot give as it lies here is told', async () => {
  installed('demo', { ...FILES, '.gitattributes': '*.ps1 text eol=crlf\n' })
  writeFiles(bench.at('demo'), { 'unix.ps1': 'a\nb\n' })
  const { notes } = await bench.export()
  expect(notes).toEqual([expect.stringMatching(/will change line endings.*unix\.ps1/)])
})

test('a repository inside the pack, and a submodule with files, are carried as files', async () => {
  installed()
  const inner = makeRepository(path.join(bench.dir, 'origins'), 'inner', { 'lib.py': 'x = 1\n' })
  gitIn(bench.at('demo'), 'clone', '-q', inner, 'vendored')
  gitIn(bench.at('demo'), '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', inner, 'sub')
  gitIn(bench.at('demo'), 'commit', '-q', '-m', 'submodule')
  const { items, notes } = await bench.export()
  const files = bench.checkout(items[0]!)
  expect([files.get('vendored/lib.py'), files.get('sub/lib.py')]).toEqual(['x = 1\n', 'x = 1\n'])
  expect(notes).toEqual([expect.stringMatching(/files of a repository inside.*sub, vendored/)])
})

test('an empty submodule, as the installer leaves it, is no edit', async () => {
  const inner = makeRepository(path.join(bench.dir, 'origins'), 'inner', { 'lib.py': 'x = 1\n' })
  const origin = makeRepository(path.join(bench.dir, 'origins'), 'demo', FILES)
  gitIn(origin, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', inner, 'sub')
  gitIn(origin, 'commit', '-q', '-m', 'submodule')
  gitIn(bench.dir, 'clone', '-q', origin, bench.at('demo'))
  expect(await only()).toMatchObject({ edited: false })
})

test('a worktree is found through its .git file', async () => {
  const origin = makeRepository(path.join(bench.dir, 'origins'), 'demo', FILES)
  gitIn(origin, 'worktree', 'add', '-q', '-b', 'side', bench.at('demo'))
  const item = await only()
  expect(item).toMatchObject({ via: 'git', branch: 'side', edited: false })
  expectWhole(item)
})

test('hooks and programs named in the configuration of the checkout are not run, odd owners are no obstacle', async () => {
  installed()
  const marker = path.join(bench.dir, 'ran')
  const git = path.join(bench.at('demo'), '.git')
  gitIn(bench.at('demo'), 'config', 'core.fsmonitor', `touch ${marker}`)
  gitIn(bench.at('demo'), 'config', 'filter.evil.clean', `touch ${marker}; cat`)
  writeFiles(git, { 'info/attributes': '* filter=evil\n', 'hooks/post-checkout': `#!/bin/sh\ntouch ${marker}\n`, 'hooks/reference-transaction': `#!/bin/sh\ntouch ${marker}\n` })
  execFileSync('chmod', ['-R', '755', path.join(git, 'hooks')])
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', '1234:1234', bench.at('demo')])
  writeFiles(bench.at('demo'), { 'README.md': 'edited\n' })
  expect(await only()).toMatchObject({ edited: true })
  expect(fs.existsSync(marker)).toBe(false)
})

const KEY = `-----BEGIN RSA PRIVATE KEY-----\n${'QUJD'.repeat(16)}\n-----END RSA PRIVATE KEY-----\n`

test('secrets that were never committed stay out of git and are for a person; committed ones are told', async () => {
  installed('demo', { ...FILES, 'old_key.pem': KEY })
  writeFiles(bench.at('demo'), { 'keys/id_rsa': KEY, '.env': 'TOKEN=x\n', 'actions/with_key.py': `KEY = """${KEY}"""\n` })
  const { items, remarks, notes } = await bench.export()
  const files = bench.checkout(items[0]!)
  expect([...files.keys()]).toEqual(['README.md', 'actions/run.sh', 'actions/with_key.py', 'old_key.pem', 'pack.yaml'])
  expect(remarks.map(({ identity, outcome }) => [identity, outcome])).toEqual([['demo/.env', 'manual'], ['demo/keys/id_rsa', 'manual']])
  expect(notes).toEqual([expect.stringMatching(/looks like it holds a private key.*actions\/with_key\.py, old_key\.pem/)])
  expect(items[0]!.files.map((file) => file.path)).toEqual([...files.keys()].sort())
  expect(JSON.stringify([items, remarks, notes])).not.toContain('QUJD')
  expect(packs.fingerprint((await bench.glance())[0]!)).toBe(packs.fingerprint(items[0]!))
})

test('credentials in the URL of the remote are not carried', async () => {
  installed()
  gitIn(bench.at('demo'), 'remote', 'set-url', 'origin', 'https://bot:s3cret@git.example.org/demo.git')
  const { items, notes } = await bench.export()
  expect(items[0]!.origin).toBe('https://git.example.org/demo.git')
  expect(notes).toEqual([expect.stringContaining('credentials')])
  expect(JSON.stringify([items, notes])).not.toContain('s3cret')
})

test('only the branch, its tags and the edits are in the bundle', async () => {
  const origin = installed()
  gitIn(bench.at('demo'), 'tag', 'v0')
  gitIn(bench.at('demo'), 'checkout', '-q', '-b', 'other')
  commitFiles(bench.at('demo'), { other: 'x' }, 'other')
  gitIn(bench.at('demo'), 'tag', 'ahead')
  gitIn(bench.at('demo'), 'checkout', '-q', 'master')
  writeFiles(bench.at('demo'), { 'README.md': 'edited\n' })
  const item = await only()
  const heads = gitIn(bench.dir, 'bundle', 'list-heads', path.join(bench.dir, 'staged/packs/demo.bundle'))
  expect(heads.split('\n').map((line) => line.split(' ')[1]).sort()).toEqual(['refs/heads/master', 'refs/heads/st2upgrade/master', 'refs/tags/v0'])
  expect(item.bundleRef).toBe('refs/heads/st2upgrade/master')
  expect(origin).toBe(item.origin)
})

test('built-in packs, the own pack and folders that StackStorm does not know', async () => {
  writeFiles(bench.at('core'), { 'pack.yaml': packYaml('core') })
  writeFiles(bench.at('st2upgrade'), { 'pack.yaml': packYaml('st2upgrade') })
  const { items, remarks } = await bench.export()
  expect(items).toEqual([])
  expect(remarks.map(({ identity, outcome }) => [identity, outcome])).toEqual([['core', 'left']])
})

describe('through the API alone', () => {
  test('the files become a repository, execute bits by the first line', async () => {
    writeFiles(bench.at('demo'), FILES)
    const item = await only({ files: false })
    expect(item).toMatchObject({ via: 'api', changes: [expect.stringContaining('read through the API')] })
    expect(item.files.map(({ path: name, exec }) => [name, exec])).toEqual([['README.md', false], ['actions/run.sh', true], ['pack.yaml', false]])
    expectWhole(item)
    expect((await only({ files: false })).head).toBe(item.head)
    expect(packs.fingerprint((await bench.glance({ files: false }))[0]!)).toBe(packs.fingerprint(item))
  })

  test('the history comes from the origin when that still has the commit, with edits on top', async () => {
    const origin = installed('demo', { ...FILES, 'big.bin': Buffer.alloc(600_000, 7) })
    writeFiles(bench.at('demo'), { 'README.md': 'edited\n' })
    const item = await only({ files: false })
    expect(item).toMatchObject({ via: 'api', origin, branch: 'master', commit: gitIn(origin, 'rev-parse', 'HEAD'), edited: true, editedFiles: ['modified README.md'] })
    expect(item.changes).toEqual([expect.stringContaining('edited'), expect.stringContaining('big.bin')])
    expectWhole(item)
  })

  test('a file that cannot be had makes the pack an item for a person', async () => {
    writeFiles(bench.at('demo'), { ...FILES, 'big.bin': Buffer.alloc(600_000, 7) })
    const { items, remarks } = await bench.export({ files: false })
    expect(items).toEqual([])
    expect(remarks).toEqual([expect.objectContaining({ identity: 'demo', outcome: 'manual', note: expect.stringContaining('big.bin') })])
  })
})
