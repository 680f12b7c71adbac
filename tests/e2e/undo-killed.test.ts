/**
 * Undo holds what promise 3 says: the bundle is killed (SIGKILL) by a proxy at requests of an apply, and of the undo that takes
 * it back, while packs are installed and uninstalled too; then undo is run again, and the target is as it was.
 */
import { spawn, type ChildProcess } from 'child_process'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { seedEstate, type Estate } from '../../src/sandbox/estate'
import { BUNDLE } from '../support/bundle'
import { packYaml, writeFiles } from '../support/git-repository'
import { killingProxy, type Strike } from '../support/killing-proxy'
import { startMigration, type Migration } from '../support/migration'
import { changesBetween, snapshotOf, type Snapshot } from '../support/snapshot'

jest.setTimeout(300_000)
let m: Migration
let estate: Estate
let workDir: string
let before: Snapshot
/** Back to where nothing but the plan is made, where all is applied, and where all has landed quietly. */
let planned: () => Promise<void>
let applied: () => Promise<void>
let landed: () => Promise<void>

beforeAll(async () => {
  workDir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-undo-killed-'))
  m = await startMigration({ old: { ttlSweepMs: 3_600_000 } })
  estate = await seedEstate({ apiUrl: m.old.apiUrl, authUrl: m.old.authUrl, root: m.old.sandbox.paths.root }, { size: 'small', workDir })
  await fillTarget()
  before = await target()
  expect([0, 3]).toContain((await run('export', m.new.apiUrl)).code)
  expect(await run('plan', m.new.apiUrl, APPLY)).toMatchObject({ code: 0 })
  planned = await m.mark()
  expect([0, 3]).toContain((await run('apply', m.new.apiUrl, APPLY)).code)
  applied = await m.mark()
  await planned()
  const quiet = APPLY.filter((option) => option !== '--allow-active')
  expect(await run('plan', m.new.apiUrl, quiet)).toMatchObject({ code: 0 })
  expect([0, 3]).toContain((await run('apply', m.new.apiUrl, quiet)).code)
  landed = await m.mark()
})
afterAll(async () => {
  await estate.close()
  await m.end()
  fs.rmSync(workDir, { recursive: true, force: true })
})

/** Another version of a pack that comes, with a sensor and a rule of its own, a configuration, and keys with other values. */
async function fillTarget(): Promise<void> {
  const { packs, configs } = m.new.sandbox.paths
  const admin = m.on('new')
  writeFiles(path.join(packs, 'netops'), {
    'pack.yaml': packYaml('netops'),
    'config.schema.yaml': '---\nhost: {type: string}\n',
    'actions/old.yaml': '---\nname: old\nrunner_type: local-shell-cmd\nenabled: true\n',
    'rules/own.yaml': '---\nname: own\npack: netops\nenabled: true\ntrigger: {type: core.st2.webhook, parameters: {url: own}}\ncriteria: {}\naction: {ref: netops.old}\n',
    'private/notes': 'kept\n',
  })
  fs.symlinkSync('notes', path.join(packs, 'netops/private/link'))
  fs.writeFileSync(path.join(configs, 'netops.yaml'), '# mine\nhost: there\n', { mode: 0o640 })
  await admin.post('/v1/packs/register', { packs: ['netops'] })
  const rule = await admin.get<Record<string, unknown>>('/v1/rules/netops.own')
  await admin.put(`/v1/rules/${String(rule.id)}`, { ...rule, enabled: false })
  const [first] = await m.on('old').get<{ name: string }[]>('/v1/keys', { sort: 'name', limit: 1, prefix: 'a' })
  await admin.putKey({ name: first!.name, scope: 'system', value: 'theirs', secret: true, ttl: 80_000 })
}

async function target(): Promise<Snapshot> {
  const { target: instance } = await m.context({ run: 'look', source: false })
  const found = await snapshotOf(instance!)
  await m.closeInstances()
  return found
}

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  out: string
}

const run = (command: string, targetUrl: string, more: string[] = [], onStart: (child: ChildProcess) => void = () => undefined): Promise<Ended> => {
  const token = (side: 'old' | 'new'): string => m[side].sandbox.mintToken('st2admin', 3600).token
  const roots = ['--source-root', m.old.sandbox.paths.root, ...(command === 'export' ? [] : ['--target-root', m.new.sandbox.paths.root])]
  const sides = ['--source-url', m.old.apiUrl, ...(command === 'export' ? [] : ['--target-url', targetUrl])]
  const child = spawn(process.execPath, [BUNDLE, command, '--run', 'k1', '--state-dir', m.stateDir, ...sides, ...roots, '--other-users', ...(command === 'export' ? ['--plain-archive'] : []), ...more, '--format', 'json'], {
    env: { PATH: process.env.PATH, HOME: workDir, ST2UPGRADE_SOURCE_AUTH_TOKEN: token('old'), ST2UPGRADE_TARGET_AUTH_TOKEN: token('new') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onStart(child)
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (out += piece.toString()))
  return new Promise((done) => child.on('close', (code, signal) => done({ code, signal, out })))
}

/** A command with a strike at one of its requests to the target. */
async function struck(command: string, more: string[], strike: Omit<Strike, 'kill'>): Promise<Ended> {
  let child: ChildProcess | undefined
  const proxy = await killingProxy(m.new.apiUrl, { ...strike, kill: () => child?.kill('SIGKILL') })
  const ended = await run(command, proxy.url, more, (started) => (child = started))
  await proxy.close()
  return ended
}

/** Exit 3: a key named null cannot be deleted. */
async function undone(): Promise<void> {
  const { code, out } = await run('undo', m.new.apiUrl)
  expect([0, 3]).toContain(code)
  const { for_person: open } = JSON.parse(out.split('\n').find((line) => line.startsWith('{"summary"'))!) as { for_person: { identity: string }[] }
  expect(open.filter(({ identity }) => identity !== 'st2kv.system:null')).toEqual([])
  expect(changesBetween(before, await target()).filter((change) => !change.startsWith('keys st2kv.system:null:'))).toEqual([])
}

const isWrite: Strike['counts'] = (method, url) => method !== 'GET' && !url.includes('st2upgrade.lock')
const installs: Strike['counts'] = (method, url) => (method === 'POST' && url.startsWith('/v1/packs/install')) || /^\/v1\/executions\/[0-9a-f]{24}/.test(url)
const uninstalls: Strike['counts'] = (method, url) => (method === 'POST' && url.startsWith('/v1/packs/uninstall')) || installs(method, url)
const registers: Strike['counts'] = (method, url) => method === 'POST' && url.startsWith('/v1/packs/register')
const APPLY = ['--allow-active', '--on-conflict', 'overwrite', '--serve-packs']

type Moment = [what: string, counts: Strike['counts'], at: number, when: Strike['when']]

test.each<Moment>([
  ['a write', isWrite, 20, 'after'],
  ['a write', isWrite, 120, 'before'],
  ['an install', installs, 2, 'after'],
  ['an install', installs, 7, 'after'],
  ['a registration', registers, 1, 'after'],
])('an apply killed at %s is taken back', async (_what, counts, at, when) => {
  await planned()
  expect((await struck('apply', APPLY, { counts, at, when })).signal).toBe('SIGKILL')
  await undone()
})

test.each<Moment>([
  ['a write', isWrite, 30, 'before'],
  ['an uninstall', uninstalls, 1, 'after'],
  ['an uninstall', uninstalls, 5, 'after'],
  ['a registration', registers, 1, 'before'],
])('an undo killed at %s goes on', async (_what, counts, at, when) => {
  await applied()
  expect((await struck('undo', [], { counts, at, when })).signal).toBe('SIGKILL')
  await undone()
})

test.each<[what: string, counts: Strike['counts'], at: number]>([
  ['a registration', registers, 2],
  ['a write', isWrite, 6],
])('an activation killed at %s is taken back, with the quiet landing before it', async (_what, counts, at) => {
  await landed()
  expect((await struck('activate', [], { counts, at, when: 'after' })).signal).toBe('SIGKILL')
  await undone()
})
