/**
 * Promise 3 for landing quietly and activating: the bundle is killed (SIGKILL) by a proxy at requests of an apply, an activation or
 * a quiesce. At no moment anything acts too early; run again, each ends as if nothing had happened.
 */
import { spawn, type ChildProcess } from 'child_process'
import * as os from 'os'
import * as path from 'path'
import { acting, overridesOn, seedActing, switches, writeOverride } from '../support/acting'
import { killingProxy, type Strike } from '../support/killing-proxy'
import { startMigration, type Migration } from '../support/migration'

const BUNDLE = process.env.ST2UPGRADE_BUNDLE ?? path.resolve(__dirname, '../../actions/st2upgrade.js')
jest.setTimeout(240_000)

const OWN = '# own\nactions: {defaults: {enabled: yes}}\n'
let m: Migration
let source: Record<string, boolean>
async function begin(): Promise<void> {
  m = await startMigration()
  await seedActing(m)
  source = await switches(m, 'old')
  writeOverride(m, 'new', '_global', OWN)
}

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  out: string
}

const ONLY = 'packs,rules,policies,aliases,overrides,states'

function run(words: string[], side: 'old' | 'new', url: string, onStart: (child: ChildProcess) => void = () => undefined): Promise<Ended> {
  const token = (of: 'old' | 'new'): string => m[of].sandbox.mintToken('st2admin', 3600).token
  const urls = { old: m.old.apiUrl, new: m.new.apiUrl, [side]: url }
  const sides = words[0] === 'quiesce' ? ['--source-url', urls.old] : ['--source-url', urls.old, '--target-url', urls.new, '--source-root', m.old.sandbox.paths.root]
  const child = spawn(process.execPath, [BUNDLE, ...words, '--run', 'k1', '--state-dir', m.stateDir, ...sides, '--format', 'json'], {
    env: { PATH: process.env.PATH, HOME: os.tmpdir(), ST2UPGRADE_SOURCE_AUTH_TOKEN: token('old'), ST2UPGRADE_TARGET_AUTH_TOKEN: token('new') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onStart(child)
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (out += piece.toString()))
  return new Promise((done) => child.on('close', (code, signal) => done({ code, signal, out })))
}

/** Killed at the request, then run again. */
async function twice(words: string[], strike: Omit<Strike, 'kill'>, side: 'old' | 'new' = 'new', between: () => Promise<void> = async () => undefined): Promise<void> {
  let child: ChildProcess | undefined
  const proxy = await killingProxy(m[side].apiUrl, { ...strike, kill: () => child?.kill('SIGKILL') })
  const killed = await run(words, side, proxy.url, (started) => (child = started))
  await proxy.close()
  expect([killed.signal, killed.signal === null ? killed.out : '']).toEqual(['SIGKILL', ''])
  await between()
  await well(words)
}

async function well(words: string[]): Promise<void> {
  const { code, out } = await run(words, 'new', m.new.apiUrl)
  expect(code === 0 ? '' : out).toBe('')
}

const files = (): string[] => ['--target-root', m.new.sandbox.paths.root]
const migrate = (more: string[] = files()): string[] => ['migrate', '--only', ONLY, '--serve-packs', ...more]

const writes: Strike['counts'] = (method, url) => method !== 'GET' && !url.includes('st2upgrade.')
const registers: Strike['counts'] = (method, url) => method === 'POST' && url.startsWith('/v1/packs/register')
const puts: Strike['counts'] = (method, url) => method === 'PUT' && !url.includes('/keys/')
const installs: Strike['counts'] = (method, url) => (method === 'POST' && url.startsWith('/v1/packs/install')) || /^\/v1\/executions\/[0-9a-f]{24}/.test(url)

async function activeAsTheSource(): Promise<void> {
  expect(await switches(m, 'new')).toEqual(source)
  expect(Object.keys(overridesOn(m, 'new'))).toEqual(['_global.yaml', 'demo.yaml'])
  expect(overridesOn(m, 'new')['_global.yaml']).toBe(OWN)
  expect(overridesOn(m, 'new')['demo.yaml']).not.toContain('live:')
  await well(['verify', ...files()])
}

describe('from the beginning', () => {
  beforeEach(begin)
  afterEach(() => m.end())

  test('undisturbed: with activate a migrate ends with the proof of an active target, and tells each stage', async () => {
    const { code, out } = await run(migrate([...files(), '--activate']), 'new', m.new.apiUrl)
    expect(code === 0 ? '' : out).toBe('')
    const { summary } = JSON.parse(out.split('\n').find((line) => line.startsWith('{"summary"'))!) as { summary: string[] }
    expect(summary.map((line) => line.split(':')[0]).filter((stage, i, all) => all.indexOf(stage) === i)).toEqual(['check', 'export', 'deliver', 'plan', 'publish', 'apply', 'verify', 'activate'])
    await activeAsTheSource()
  })

  test.each([
    [1, 'before', installs],
    [2, 'after', installs],
    [2, 'after', writes],
  ] as const)('an apply that is killed at request %i (%s) leaves a quiet target', async (at, when, counts) => {
    const silent = async (): Promise<void> => expect(acting(await switches(m, 'new'))).toEqual([])
    await twice(migrate(), { counts, at, when }, 'new', silent)
    await silent()
    await well(['activate', ...files()])
    await activeAsTheSource()
  })

  test('what an install brought after its apply was killed is switched off by the next, where only the API is at hand', async () => {
    const api = migrate(['--quiet', 'api', '--api-only'])
    await twice(api, { counts: installs, at: 1, when: 'after' })
    expect(acting(await switches(m, 'new'))).toEqual([])
    await well(['activate'])
    expect(await switches(m, 'new')).toEqual(source)
  })

  test.each([
    ['quiesce', 2, 'after'],
    ['quiesce', 1, 'before'],
  ] as const)('a %s that is killed at write %i (%s) has kept what was on', async (command, at, when) => {
    await twice([command, '--wait', '0'], { counts: puts, at, when }, 'old')
    expect(acting(await switches(m, 'old')).filter((name) => !name.startsWith('actionalias'))).toEqual([])
    await twice([command, '--take-back'], { counts: puts, at, when }, 'old')
    expect(await switches(m, 'old')).toEqual(source)
  })
})

describe('from a target that all has landed on quietly', () => {
  let landed: () => Promise<void>
  beforeAll(async () => {
    await begin()
    await well(migrate())
    landed = await m.mark()
  })
  afterAll(() => m.end())
  beforeEach(() => landed())

  test.each([
    [1, 'before', registers],
    [1, 'after', registers],
    [1, 'after', puts],
    [3, 'before', puts],
    [4, 'after', puts],
  ] as const)('an activation that is killed at request %i (%s) is brought to its end', async (at, when, counts) => {
    const nothingTooMuch = async (): Promise<void> => {
      const on = acting(await switches(m, 'new'))
      expect(on.filter((name) => !source[name])).toEqual([])
    }
    await twice(['activate', ...files()], { counts, at, when }, 'new', nothingTooMuch)
    await activeAsTheSource()
  })
})
