/** The sandbox installs packs from real git repositories, as StackStorm does. */
import * as fs from 'fs'
import * as path from 'path'
import { listen } from '../../src/sandbox/http/listen'
import { tempDir } from '../support/archives'
import { commitFiles, gitIn, makeRepository, packYaml, writeFiles } from '../support/git-repository'
import { sandboxApi, type SandboxApi } from '../support/sandbox-api'

let api: SandboxApi
let repositories: string
let url: (name: string) => string

beforeAll(async () => {
  repositories = tempDir()
  url = (name) => `file://${repositories}/${name}`
  makeRepository(repositories, 'lib', { 'pack.yaml': packYaml('lib'), 'actions/l.yaml': 'name: l\nrunner_type: noop\nenabled: true\n' })
  const demo = makeRepository(repositories, 'demo', { 'pack.yaml': packYaml('demo'), 'actions/a.yaml': 'name: a\nrunner_type: noop\nenabled: true\n', 'data.bin': Buffer.from([1, 0, 2]) })
  gitIn(demo, 'tag', 'v1.0.0')
  commitFiles(demo, { 'pack.yaml': packYaml('demo').replace('1.0.0', '1.1.0') }, 'second')
  makeRepository(repositories, 'needs', { 'pack.yaml': packYaml('needs', `dependencies: ["${url('lib')}"]\n`) })
  makeRepository(repositories, 'newer', { 'pack.yaml': packYaml('newer', 'stackstorm_version: ">=9.0.0"\n') })
  makeRepository(repositories, 'nometa', { 'README.md': 'nothing\n' })
  writeFiles(repositories, { 'plain/pack.yaml': packYaml('plain') })
  api = await sandboxApi()
})
afterAll(() => api.stop())

const onDisk = (pack: string, ...parts: string[]): string => path.join(api.root, 'opt/stackstorm/packs', pack, ...parts)
const versionOf = async (pack: string): Promise<unknown> => (await api.call('GET', `/v1/packs/${pack}`)).body.version
const stderrOf = (execution: { result: { errors: { result: { stderr: string } }[] } }): string => execution.result.errors[0]?.result.stderr ?? ''

describe('install', () => {
  test('a tag: its commit on the local default branch, registered, with the tasks of the workflow', async () => {
    const execution = await api.install([`${url('demo')}=v1.0.0`])
    expect(execution.status).toBe('succeeded')
    expect(execution.result).toEqual({ output: { packs_list: ['demo'], message: 'Successfully installed packs', conflict_list: [], warning_list: [] } })
    expect(gitIn(onDisk('demo'), 'describe', '--tags')).toBe('v1.0.0')
    expect(gitIn(onDisk('demo'), 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('master')
    expect(gitIn(onDisk('demo'), 'remote', 'get-url', 'origin')).toBe(url('demo'))
    expect(await versionOf('demo')).toBe('1.0.0')
    const children = (await api.call('GET', `/v1/executions?parent=${execution.id}&sort_asc=true&include_attributes=action.ref,status`)).body
    expect(children.map((child: { action: { ref: string } }) => child.action.ref)).toEqual([
      'core.noop', 'packs.download', 'packs.virtualenv_prerun', 'packs.get_pack_dependencies', 'core.noop', 'packs.setup_virtualenv', 'packs.get_pack_warnings', 'packs.load',
    ])
    expect(fs.existsSync(path.join(api.root, 'opt/stackstorm/virtualenvs/demo'))).toBe(true)
  })

  test('edits in place are lost, the id stays', async () => {
    const { id } = (await api.call('GET', '/v1/packs/demo')).body
    writeFiles(onDisk('demo'), { 'extra.txt': 'local\n' })
    expect((await api.install([url('demo')])).status).toBe('succeeded')
    expect(fs.existsSync(onDisk('demo', 'extra.txt'))).toBe(false)
    expect((await api.call('GET', '/v1/packs/demo')).body).toMatchObject({ id, version: '1.1.0' })
  })

  test('a dependency comes along, unless it shall not', async () => {
    expect((await api.install([url('needs')], { skip_dependencies: true })).result.output).toMatchObject({ packs_list: ['needs'], conflict_list: null })
    expect((await api.call('GET', '/v1/packs/lib')).status).toBe(404)
    expect((await api.install([url('needs')])).result.output).toMatchObject({ packs_list: ['needs', 'lib'], conflict_list: [] })
    expect(await versionOf('lib')).toBe('1.0.0')
  })

  test('a dependency in another version is a conflict: what was downloaded goes again', async () => {
    makeRepository(repositories, 'clash', { 'pack.yaml': packYaml('clash', `dependencies: ["${url('lib')}=2.0.0"]\n`) })
    const execution = await api.install([url('clash')])
    expect(execution.status).toBe('failed')
    expect(execution.result.output).toMatchObject({ conflict_list: [`${url('lib')}=2.0.0`], warning_list: null })
    expect(execution.result.output.message).toMatch(/^Unable to install packs due to conflicts/)
    expect(fs.existsSync(onDisk('clash'))).toBe(false)
  })

  test('a bad ref leaves the installed copy alone and names the versions', async () => {
    const before = gitIn(onDisk('demo'), 'rev-parse', 'HEAD')
    const execution = await api.install([`${url('demo')}=nope`])
    expect(execution.status).toBe('failed')
    expect(execution.result.output).toEqual({ packs_list: null, message: '', conflict_list: null, warning_list: null })
    expect(execution.result.errors[0]).toMatchObject({ type: 'error', message: 'Execution failed. See result for details.', task_id: 'download_pack' })
    expect(stderrOf(execution)).toContain(`ValueError: "nope" is not a valid version, hash, tag or branch in ${url('demo')}. Available versions are: 1.0.0.`)
    expect(gitIn(onDisk('demo'), 'rev-parse', 'HEAD')).toBe(before)
  })

  test('what cannot be installed fails at its task and says why', async () => {
    expect(stderrOf(await api.install([url('nometa')]))).toContain('is missing pack.yaml file')
    expect(stderrOf(await api.install([url('absent')]))).toContain(`Local pack directory "${repositories}/absent" doesn't exist`)
    expect(stderrOf(await api.install([url('newer')]))).toContain('Pack "newer" requires StackStorm ">=9.0.0", but current version is "3.9.0".')
    expect(stderrOf(await api.install(['not_in_index']))).toContain('No results from the index: tried')
    expect(stderrOf(await api.install([]))).toContain('The pack has not been downloaded from "None".')
    expect((await api.install([url('newer')], { force: true })).status).toBe('succeeded')
  })

  test('one good and one bad: the good one is left on disk, unregistered', async () => {
    makeRepository(repositories, 'good', { 'pack.yaml': packYaml('good') })
    expect((await api.install([url('good'), url('nometa')])).status).toBe('failed')
    expect(fs.existsSync(onDisk('good', 'pack.yaml'))).toBe(true)
    expect((await api.call('GET', '/v1/packs/good')).status).toBe(404)
  })

  test('a folder without git is copied as it is', async () => {
    expect((await api.install([url('plain')])).status).toBe('succeeded')
    expect(fs.existsSync(onDisk('plain', '.git'))).toBe(false)
  })

  test('a failed registration still says that the install was successful', async () => {
    makeRepository(repositories, 'broken', { 'pack.yaml': packYaml('broken'), 'actions/b.yaml': 'name: b\nrunner_type: no-such-runner\n' })
    const execution = await api.install([url('broken')])
    expect(execution.status).toBe('failed')
    expect(execution.result.output.message).toBe('Successfully installed packs')
    expect(execution.result.errors[0].task_id).toBe('register_pack')
    expect(stderrOf(execution)).toContain('RunnerType no-such-runner is not found')
    expect(await versionOf('broken')).toBe('1.0.0')
  })

  test('several at a time, and twice the same at once', async () => {
    for (const name of ['p1', 'p2', 'p3']) makeRepository(repositories, name, { 'pack.yaml': packYaml(name) })
    const all = await Promise.all(['p1', 'p2', 'p3', 'p1'].map((name) => api.install([url(name)])))
    expect(all.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded'])
    expect(gitIn(onDisk('p1'), '-c', 'core.fileMode=false', 'status', '--porcelain')).toBe('')
  })

  test('bodies that are refused', async () => {
    const post = async (body: unknown): Promise<unknown> => (await api.call('POST', '/v1/packs/install', body)).body.faultstring
    expect(await post({})).toBe("'packs' is a required property")
    expect(await post({ packs: 'x' })).toBe("'x' is not of type 'array'")
  })
})

describe('the packs that are there', () => {
  test('are listed, found by ref and id, and shown with their files', async () => {
    const { body } = await api.call('GET', '/v1/packs/demo')
    expect((await api.call('GET', `/v1/packs/${body.id}`)).body.ref).toBe('demo')
    expect((await api.call('GET', '/v1/packs?ref=demo&include_attributes=version')).body).toEqual([{ version: '1.1.0', id: body.id }])
    expect(body.files).toContain('data.bin')
    const files = (await api.call('GET', '/v1/packs/views/files/demo')).body
    expect(files.map((file: { file_path: string }) => file.file_path).sort()).toEqual(['actions/a.yaml', 'pack.yaml'])
  })

  test('single files come as bytes; large ones and paths out of the pack are refused', async () => {
    const file = (name: string, headers?: Record<string, string>) => api.call('GET', `/v1/packs/views/file/demo/${name}`, undefined, headers)
    const binary = await file('data.bin')
    expect([...binary.bytes]).toEqual([1, 0, 2])
    expect(binary.headers['content-type']).toBe('application/octet-stream')
    expect((await file('.git/config')).bytes.toString()).toContain(`url = ${url('demo')}`)
    expect((await file('data.bin', { 'If-None-Match': String(binary.headers.etag) })).status).toBe(304)
    expect((await file('../lib/pack.yaml')).body.faultstring).toBe(`Invalid file path: "../lib/pack.yaml". File path needs to be relative to the pack directory (${onDisk('demo')}). For example "my_action.py".`)
    expect((await file('nope')).body.faultstring).toBe('File "nope" not found')
    fs.writeFileSync(onDisk('demo', 'large.txt'), Buffer.alloc(500_001, 'a'))
    expect((await file('large.txt')).body.faultstring).toBe('File large.txt exceeds maximum allowed file size (500000 bytes)')
  })
})

describe('the actions of the pack packs', () => {
  test('packs.get tells metadata and git state', async () => {
    const { result } = await api.run('packs.get', { pack: 'demo' })
    expect(result.result.pack).toMatchObject({ ref: 'demo', version: '1.1.0' })
    expect(result.result.git_status).toBe(`Status:\nOn branch master\n\nRemotes:\n${url('demo')}`)
    expect((await api.run('packs.get', { pack: 'nobody' })).result.result).toEqual({ pack: null, git_status: null })
  })

  test('packs.download leaves the database alone, packs.load registers', async () => {
    makeRepository(repositories, 'later', { 'pack.yaml': packYaml('later') })
    expect((await api.run('packs.download', { packs: [url('later')] })).result.result).toEqual({ later: 'Success.' })
    expect((await api.call('GET', '/v1/packs/later')).status).toBe(404)
    expect((await api.run('packs.load', { packs: ['later'] })).result.result).toMatchObject({ actions: 0, rules: 0 })
    expect(await versionOf('later')).toBe('1.0.0')
  })
})

describe('uninstall', () => {
  test('removes database and disk in two tasks; a pack that is not there is no error', async () => {
    const execution = await api.uninstall('needs', 'nobody')
    expect(execution.status).toBe('succeeded')
    expect(execution.result.tasks.map((task: { name: string; state: string }) => [task.name, task.state])).toEqual([['unregister packs', 'succeeded'], ['delete packs', 'succeeded']])
    expect((await api.call('GET', '/v1/packs/needs')).status).toBe(404)
    expect(fs.existsSync(onDisk('needs'))).toBe(false)
  })

  test('refuses a system pack', async () => {
    const execution = await api.uninstall('core')
    expect(execution.status).toBe('failed')
    expect(execution.result.tasks[0].result.stderr).toContain('ValueError: Unregister includes an unregisterable pack - core.')
    expect((await api.call('GET', '/v1/packs/core')).status).toBe(200)
  })
})

describe('the pack index', () => {
  test('packs are found by name and installed in the version that it tells', async () => {
    const index = { packs: { demo: { name: 'demo', ref: 'demo', version: '1.0.0', keywords: ['x'], repo_url: url('demo') } } }
    const server = await listen((_, response) => response.end(JSON.stringify(index)))
    const other = await sandboxApi({ packIndexUrl: `${server.url}/v1/index.json` })
    expect((await other.call('GET', '/v1/packs/index')).body.index).toEqual(index.packs)
    expect((await other.call('POST', '/v1/packs/index/search', { pack: 'demo' })).body.repo_url).toBe(url('demo'))
    expect((await other.install(['demo'])).status).toBe('succeeded')
    expect((await other.call('GET', '/v1/packs/demo')).body.version).toBe('1.0.0')
    expect(stderrOf(await other.install(['nobody']))).toContain('No record of the "nobody" pack in the index.')
    await other.stop()
    await server.close()
  })
})
