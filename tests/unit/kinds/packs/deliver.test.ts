/** From an archive to the new instance: where a pack comes from, serving, pushing, installing; the installer is played with a real git. */
import { execFile } from 'child_process'
import * as fs from 'fs'
import * as path from 'path'
import type { Change } from '../../../../src/core/model'
import type { Instance, Settings, Weighing, Writing } from '../../../../src/kinds/kind'
import { packs, type PackItem } from '../../../../src/kinds/packs'
import { publishPack } from '../../../../src/kinds/packs/publish'
import { St2Error } from '../../../../src/st2/errors'
import type { StackStorm } from '../../../../src/st2/port'
import { commitFiles, gitIn, makeRepository, packYaml, writeFiles } from '../../../support/git-repository'
import { contentOf, packBench, SETTINGS, type PackBench } from '../../../support/packs'
import { testSystem } from '../../../support/system'

let bench: PackBench
let target: string
beforeEach(() => {
  bench = packBench()
  target = path.join(bench.dir, 'target')
  fs.mkdirSync(target)
})
afterEach(() => bench.end())

const FILES = { 'pack.yaml': packYaml('demo'), 'actions/run.sh': '#!/bin/sh\necho hi\n', 'README.md': 'text\n' }
const origin = (files: Record<string, string | Buffer> = FILES): string => makeRepository(path.join(bench.dir, 'origins'), 'demo', files)

/** A program, without holding up this process: it may ask the server that runs here. */
const run = (program: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(program, args, { cwd: bench.dir, env: { ...process.env, GIT_TERMINAL_PROMPT: '0' } }, (error, stdout, stderr) => resolve({ code: error ? 1 : 0, stdout, stderr }))
  })

/** Clones everything, finds the commit and puts the branch there, in the installer's own steps. */
async function install(spec: string): Promise<string | undefined> {
  const [url, commit] = spec.split('=') as [string, string]
  const clone = path.join(target, 'clone')
  fs.rmSync(clone, { recursive: true, force: true })
  const cloned = await run('git', 'clone', '-q', url, clone)
  if (cloned.code !== 0) return cloned.stderr
  const active = gitIn(clone, 'symbolic-ref', '--short', 'HEAD')
  const branches = gitIn(clone, 'branch', '-a', '--contains', commit).replace(/\*/g, '').split(/\s+/).filter(Boolean)
  let branch = active
  if (!branches.includes(active)) {
    branch = branches[0]!.split('/').pop()!
    gitIn(clone, 'checkout', '-q', '-b', branch, branches[0]!)
  }
  gitIn(clone, 'checkout', '-q', commit)
  gitIn(clone, 'branch', '-f', branch, commit)
  gitIn(clone, 'checkout', '-q', branch)
  fs.renameSync(clone, path.join(target, 'demo'))
  return undefined
}

interface Played {
  api: StackStorm
  posted: unknown[]
}
function playTarget(): Played {
  const posted: unknown[] = []
  const ended = new Map<string, string | undefined>()
  const api = {
    list: async function* () {
      yield* []
    },
    find: async (where: string) => (where === '/v1/packs/demo' && fs.existsSync(path.join(target, 'demo')) ? { ref: 'demo' } : undefined),
    post: async (_where: string, body: { packs: string[] }) => {
      posted.push(body)
      ended.set(`e${posted.length}`, await install(body.packs[0]!))
      return { execution_id: `e${posted.length}` }
    },
    waitFor: async (id: string) => {
      const error = ended.get(id)
      // A failed install says so only in its status.
      return { id, status: error === undefined ? 'succeeded' : 'failed', result: { output: { message: 'Successfully installed packs' }, errors: error === undefined ? [] : [{ task_id: 'download_pack', result: { stderr: error } }] } }
    },
    run: async (_action: string, { cmd }: { cmd: string }) => {
      const end = await run('sh', '-c', cmd)
      return { id: 'p', status: end.code === 0 ? 'succeeded' : 'failed', result: { stdout: end.stdout, stderr: end.stderr } }
    },
  }
  return { api: api as unknown as StackStorm, posted }
}

function weighing(items: PackItem[], played: Played, settings: Partial<Settings> = {}, files = true): Weighing {
  const instance = { side: 'target', api: played.api, url: 'http://127.0.0.1:9/api', id: 't', version: '3.9.0', user: 'a', isAdmin: true, rbac: false, ...(files ? { files: { packs: target } } : {}) } as unknown as Instance
  return { system: testSystem(), settings: { ...SETTINGS, serveAddress: '127.0.0.1', ...settings }, archive: bench.archive(items), source: {}, target: instance, phase: 'plan', activity: 'active', workDir: bench.dir }
}
async function planned(settings: Partial<Settings> = {}, files = true) {
  const { items } = await bench.export()
  const played = playTarget()
  const weigh = weighing(items, played, settings, files)
  const verdict = await packs.weigh!(items[0]!, undefined, [], weigh)
  const change: Change = { kind: 'packs', identity: 'demo', action: 'create', ...verdict }
  const writing: Writing = { ...weigh, phase: 'apply', changes: [change], keepDir: weigh.workDir }
  return { item: items[0]!, change, writing, played, weigh }
}
async function applied(writing: Writing, change: Change, item: PackItem) {
  const open = await packs.open!(writing)
  try {
    return await packs.write(change, item, undefined, writing)
  } finally {
    await open.close()
  }
}

test('from its origin at the exact commit, though that has gone on', async () => {
  const repository = origin()
  gitIn(bench.dir, 'clone', '-q', repository, bench.at('demo'))
  commitFiles(repository, { later: 'x' }, 'later')
  const { item, change, writing, played } = await planned()
  expect(change).toMatchObject({ details: { deliver: 'origin', url: repository, ref: item.commit } })
  expect(change.transformed).toBeUndefined()
  expect(await applied(writing, change, item)).toMatchObject({ outcome: 'carried' })
  expect(played.posted).toEqual([{ packs: [`${repository}=${item.commit}`], skip_dependencies: true }])
  expect(contentOf(path.join(target, 'demo'))).toEqual(contentOf(bench.at('demo')))
})

test('one whose history git cannot unpack is for a person: the others go on', async () => {
  gitIn(bench.dir, 'clone', '-q', origin(), bench.at('demo'))
  const { items } = await bench.export()
  const weigh = weighing(items, playTarget())
  fs.writeFileSync(weigh.archive.member('packs/demo.bundle')!, 'no bundle')
  expect(await packs.weigh!(items[0]!, undefined, [], weigh)).toMatchObject({ action: 'manual', note: expect.stringContaining('git cannot unpack'), advice: expect.stringContaining('by hand') })
})

test.each<[string, (repository: string) => void, string]>([
  ['the origin is gone', (repository) => fs.rmSync(repository, { recursive: true }), 'does not'],
  ['the commit was never pushed', () => void commitFiles(bench.at('demo'), { local: 'x' }, 'local'), 'none of its branches'],
  ['only a tag leads to the commit', (repository) => {
    commitFiles(bench.at('demo'), { local: 'x' }, 'local')
    gitIn(bench.at('demo'), 'tag', 'v9')
    gitIn(bench.at('demo'), 'push', '-q', repository, 'v9')
  }, 'none of its branches'],
  ['it was edited', () => writeFiles(bench.at('demo'), { 'README.md': 'edited\n' }), 'edited'],
  ['its URL holds a =', () => gitIn(bench.at('demo'), 'remote', 'set-url', 'origin', 'https://git.example.org/a=b'), '"="'],
  ['it would run a program', () => gitIn(bench.at('demo'), 'remote', 'set-url', 'origin', 'ext::touch /tmp/x/y'), 'no address'],
])('served when %s', async (_what, change, why) => {
  const repository = origin()
  gitIn(bench.dir, 'clone', '-q', repository, bench.at('demo'))
  change(repository)
  const plan = await planned()
  expect(plan.change).toMatchObject({ details: { deliver: 'serve', ref: plan.item.head, why: expect.stringContaining(why) } })
  expect(await applied(plan.writing, plan.change, plan.item)).toMatchObject({ outcome: plan.item.edited ? 'transformed' : 'carried' })
  expect(contentOf(path.join(target, 'demo'))).toEqual(contentOf(bench.at('demo')))
  expect(gitIn(path.join(target, 'demo'), 'rev-parse', 'HEAD')).toBe(plan.item.head)
  expect(gitIn(path.join(target, 'demo'), 'symbolic-ref', '--short', 'HEAD')).toBe('master')
})

test('a path on the old machine is no origin for another machine', async () => {
  gitIn(bench.dir, 'clone', '-q', origin(), bench.at('demo'))
  expect((await planned({}, false)).change.details).toMatchObject({ deliver: 'serve', why: expect.stringContaining('path on the old machine') })
})

test('a pack without git is served, at every run under another path, and nothing is served afterwards', async () => {
  writeFiles(bench.at('demo'), FILES)
  const { item, change, writing, played } = await planned()
  expect(await applied(writing, change, item)).toMatchObject({ outcome: 'transformed', note: expect.stringContaining('not under git') })
  fs.rmSync(path.join(target, 'demo'), { recursive: true })
  expect(await applied(writing, change, item)).toMatchObject({ outcome: 'transformed' })
  const [first, second] = played.posted.map((body) => (body as { packs: string[] }).packs[0]!)
  expect(first).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/demo\.git=[0-9a-f]{40}$/)
  expect(second!.split('/')[3]).not.toBe(first!.split('/')[3])
  expect((await run('git', 'ls-remote', second!.split('=')[0]!)).code).toBe(1)
  expect(await packs.write(change, item, undefined, writing)).toMatchObject({ outcome: 'failed' })
})

test('a target that does not reach this machine is told with the address, before anything is installed', async () => {
  writeFiles(bench.at('demo'), FILES)
  const { writing, played } = await planned()
  played.api.run = async () => ({ id: 'p', status: 'failed', result: { stderr: 'fatal: unable to access: Connection refused\n' } })
  await expect(packs.open!(writing)).rejects.toMatchObject({ exit: 5, message: expect.stringMatching(/http:\/\/127\.0\.0\.1:\d+\/: .*Connection refused/), advice: expect.stringContaining('serve_address') })
  expect(played.posted).toEqual([])
})

describe('an origin that only this machine reaches', () => {
  const cut = async (settings: Partial<Settings> = {}) => {
    gitIn(bench.dir, 'clone', '-q', origin(), bench.at('demo'))
    const plan = await planned(settings)
    const asked: string[] = []
    const really = plan.played.api.run.bind(plan.played.api)
    plan.played.api.run = async (action, parameters) => {
      asked.push(String(parameters.cmd))
      return asked.length === 1 ? { id: 'p', status: 'succeeded', result: { stdout: 'unreachable-0' } } : really(action, parameters)
    }
    return { ...plan, asked }
  }
  test('is replaced by this machine, and the ledger says so', async () => {
    const plan = await cut()
    expect(plan.change.details).toMatchObject({ deliver: 'origin' })
    expect(await applied(plan.writing, plan.change, plan.item)).toMatchObject({ outcome: 'carried', note: expect.stringContaining('does not reach its origin') })
    expect(JSON.stringify(plan.played.posted)).toContain('http://127.0.0.1')
    expect(gitIn(path.join(target, 'demo'), 'rev-parse', 'HEAD')).toBe(plan.item.commit)
  })
  test('blocks the apply where this machine may not serve', async () => {
    const { writing, played } = await cut({ serveAddress: '192.0.2.7' })
    await expect(packs.open!(writing)).rejects.toMatchObject({ exit: 5, advice: expect.stringContaining('serve_packs=true') })
    expect(played.posted).toEqual([])
  })
})

test('a target without core.local is not asked about origins', async () => {
  gitIn(bench.dir, 'clone', '-q', origin(), bench.at('demo'))
  const { item, change, writing, played } = await planned()
  played.api.run = async () => {
    throw new St2Error('POST /v1/executions answered 400: disabled', '', { code: 'bad_request', status: 400 })
  }
  expect(await applied(writing, change, item)).toMatchObject({ outcome: 'carried' })
})

test('outside loopback only with serve_packs', async () => {
  writeFiles(bench.at('demo'), FILES)
  const outside = await planned({ serveAddress: '192.0.2.7' })
  expect(await packs.blockers!([outside.change], outside.weigh)).toEqual([expect.objectContaining({ unless: 'serve_packs', what: expect.stringContaining('192.0.2.7') })])
  const allowed = await planned({ serveAddress: '192.0.2.7', servePacks: true })
  expect(await packs.blockers!([allowed.change], allowed.weigh)).toEqual([])
})

test('every rule, sensor and alias that ships switched on is told', async () => {
  const off = (name: string): string => `name: ${name}\nenabled: no\n`
  writeFiles(bench.at('demo'), {
    ...FILES,
    'rules/on.yaml': 'name: on_rule\n',
    'rules/off.yml': off('off_rule'),
    'rules/nested/deeper.yaml': 'name: not_registered\n',
    'sensors/s.yaml': 'class_name: Tick\nenabled: true\n',
    'sensors/s.py': '',
    'aliases/a.yml': 'name: say\nenabled: yes\n',
    'aliases/broken.yaml': 'name: [\n',
    'actions/a.yaml': 'name: run\n',
  })
  const { change, weigh } = await planned()
  const blockers = await packs.blockers!([change], weigh)
  expect(blockers.map(({ identity, unless }) => [identity, unless])).toEqual([['rule demo.on_rule', 'allow_active'], ['sensor demo.Tick', 'allow_active'], ['alias demo.say', 'allow_active']])
  expect(await packs.blockers!([{ ...change, action: 'conflict' }], weigh)).toEqual([])
})

describe('a git template', () => {
  const settings = (): Partial<Settings> => ({ gitTemplate: `file://${bench.dir}/host/stackstorm/{pack}.git` })
  const host = (): string => path.join(bench.dir, 'host/stackstorm/demo.git')
  const makeHost = (): void => {
    fs.mkdirSync(path.dirname(host()), { recursive: true })
    gitIn(bench.dir, 'init', '-q', '--bare', host())
  }
  const publish = ({ change, weigh }: Awaited<ReturnType<typeof planned>>) => publishPack(change, { system: weigh.system, archive: weigh.archive, workDir: bench.dir })

  test('is pushed to once, then installed from', async () => {
    makeHost()
    writeFiles(bench.at('demo'), FILES)
    const plan = await planned(settings())
    expect(plan.change.details).toMatchObject({ deliver: 'template', url: host(), branch: 'st2upgrade/r1', tag: 'st2upgrade-r1' })
    expect(await publish(plan)).toMatchObject({ outcome: 'pushed' })
    expect(await publish(plan)).toMatchObject({ outcome: 'there' })
    expect(await applied(plan.writing, plan.change, plan.item)).toMatchObject({ outcome: 'transformed' })
    expect(contentOf(path.join(target, 'demo'))).toEqual(contentOf(bench.at('demo')))
  })
  test('with branches of its own keeps them', async () => {
    makeHost()
    const other = makeRepository(path.join(bench.dir, 'other'), 'demo', { unrelated: 'x' })
    gitIn(other, 'push', '-q', host(), 'master')
    writeFiles(bench.at('demo'), FILES)
    const plan = await planned(settings())
    expect(await publish(plan)).toMatchObject({ outcome: 'pushed' })
    expect(await applied(plan.writing, plan.change, plan.item)).toMatchObject({ outcome: 'transformed' })
    expect(gitIn(host(), 'rev-parse', 'master')).toBe(gitIn(other, 'rev-parse', 'HEAD'))
    expect(gitIn(path.join(target, 'demo'), 'rev-parse', 'HEAD')).toBe(plan.item.head)
  })
  test('where another commit has the name is not forced', async () => {
    makeHost()
    const other = makeRepository(path.join(bench.dir, 'other'), 'demo', { unrelated: 'x' })
    gitIn(other, 'push', '-q', host(), 'master:refs/heads/st2upgrade/r1')
    writeFiles(bench.at('demo'), FILES)
    expect(await publish(await planned(settings()))).toMatchObject({ outcome: 'failed', note: expect.stringContaining('another commit') })
    expect(gitIn(host(), 'rev-parse', 'st2upgrade/r1')).toBe(gitIn(other, 'rev-parse', 'HEAD'))
  })
  test('without a repository says what to create', async () => {
    writeFiles(bench.at('demo'), FILES)
    expect(await publish(await planned(settings()))).toMatchObject({ outcome: 'failed', advice: expect.stringContaining('create the empty repository') })
  })
  test.each([['git.example.org:stackstorm/{pack}.git', 'ssh://'], ['https://git.example.org/all.git', '{pack}']])('%s blocks the apply', async (gitTemplate, why) => {
    writeFiles(bench.at('demo'), FILES)
    const { change, weigh } = await planned({ gitTemplate })
    expect(await packs.blockers!([change], weigh)).toEqual([expect.objectContaining({ what: expect.stringContaining(why) })])
  })
})

describe('an install that fails', () => {
  test.each([
    ['ValueError: Pack "demo" requires StackStorm "<3.0.0", but current version is "3.9.0".', 'download_pack', 'stackstorm_version'],
    ["Exception: 'False' is not of type 'string'", 'register_pack', 'st2 pack register demo'],
    ['Could not fetch URL: pip failed', 'setup_virtualenv', 'Python package index'],
    ['fatal: Could not resolve host', 'download_pack', 'serve_packs'],
    ['something else', 'x', 'look at the execution'],
  ])('%s', async (stderr, task_id, advice) => {
    writeFiles(bench.at('demo'), FILES)
    const { item, change, writing, played } = await planned()
    played.api.waitFor = async (id) => ({ id, status: 'failed', result: { output: { message: 'Successfully installed packs' }, errors: [{ task_id, result: { stderr: `Traceback\n${stderr}\n` } }] } })
    expect(await applied(writing, change, item)).toEqual({ outcome: 'failed', note: expect.stringContaining(stderr), advice: expect.stringContaining(advice) })
  })
  test('that succeeded but left no pack is no success', async () => {
    writeFiles(bench.at('demo'), FILES)
    const { item, change, writing, played } = await planned()
    played.api.find = async () => undefined
    expect(await applied(writing, change, item)).toMatchObject({ outcome: 'failed' })
  })
})

test('an install of the same pack that a killed apply left running is waited for', async () => {
  writeFiles(bench.at('demo'), FILES)
  const { writing, played } = await planned()
  const waited: string[] = []
  played.api.list = async function* (where: string, options?: { query?: { status?: unknown; action?: unknown } }) {
    if (where === '/v1/executions' && options?.query?.status === 'running' && options.query.action === 'packs.install') {
      yield { id: 'mine', parameters: { packs: ['http://127.0.0.1:1/aa/demo.git=1'] } }
      yield { id: 'other', parameters: { packs: ['http://127.0.0.1:1/aa/other_demo.git=1'] } }
    }
  } as StackStorm['list']
  played.api.waitFor = async (id) => {
    waited.push(id)
    return { id, status: 'failed', result: {} }
  }
  await (await packs.open!(writing)).close()
  expect(waited).toEqual(['mine'])
})

test('a built-in pack of the target is left alone, a different pack follows on_conflict', async () => {
  writeFiles(bench.at('linux'), { 'pack.yaml': packYaml('linux') })
  writeFiles(bench.at('demo'), FILES)
  const { items } = await bench.export()
  const item = items[0]!
  const weigh = weighing(items, playTarget())
  expect(await packs.weigh!({ ...item, ref: 'linux', identity: 'linux' }, { ...item, ref: 'linux', commit: undefined }, [], weigh)).toMatchObject({ action: 'leave' })
  expect(await packs.weigh!(item, item, [], weigh)).toBeUndefined()
  expect(await packs.weigh!(item, item, [], weighing(items, playTarget(), { onConflict: 'overwrite' }))).toMatchObject({ details: { deliver: 'serve' } })
})

test('a pack that is overwritten: the plan tells the version and the files that go with it', async () => {
  writeFiles(bench.at('demo'), FILES)
  const { items } = await bench.export()
  const item = items[0]!
  const there = { ...item, version: '99.0.0', files: [...item.files, { path: 'actions/theirs.py', sha256: 'f', exec: false }] }
  const weigh = weighing(items, playTarget(), { onConflict: 'overwrite' })
  const verdict = await packs.weigh!(item, there, await packs.compare(item, there, weigh), weigh)
  expect(verdict!.note).toContain('replaces version 99.0.0 there, which is newer, with any edits made in it; removes actions/theirs.py')
})

test('a dependency that is nowhere is told', async () => {
  writeFiles(bench.at('demo'), FILES)
  const { items } = await bench.export()
  const verdict = await packs.weigh!({ ...items[0]!, dependencies: ['demo', 'nowhere=1.0'] }, undefined, [], weighing(items, playTarget()))
  expect(verdict!.note).toContain('depends on pack nowhere')
  expect(verdict!.note).not.toContain('pack demo,')
})
