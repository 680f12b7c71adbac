/**
 * Promise 3: it can be killed. The committed bundle migrates through a proxy that kills it (SIGKILL) at the n-th write to
 * the target, before or after the write was done, and at reads of either side; run again, it ends in the same state as an
 * undisturbed run.
 */
import { spawn, type ChildProcess } from 'child_process'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import type { DatastoreKey } from '../../src/st2/port'
import { collect, startMigration, type Migration } from '../support/migration'
import { killingProxy, type Strike } from '../support/killing-proxy'

const BUNDLE = path.resolve(__dirname, '../../actions/st2upgrade.js')
jest.setTimeout(240_000)

let m: Migration
beforeEach(async () => {
  m = await startMigration()
  await fill(m)
})
afterEach(() => m.end())

async function fill(migration: Migration): Promise<void> {
  const admin = migration.on('old')
  for (let i = 0; i < 4; i++) await admin.putKey({ name: `plain ${i}`, scope: 'system', value: `v${i}` })
  for (let i = 0; i < 3; i++) await admin.putKey({ name: `secret${i}`, scope: 'system', value: `hush${i}`, secret: true })
  await admin.putKey({ name: 'passing', scope: 'system', value: 'x', ttl: 7200 })
  await admin.putKey({ name: 'bare', scope: 'system', value: 'x' })
  await admin.putKey({ name: 'null', scope: 'system', value: 'n' })
  await migration.on('old', 'alice').putKey({ name: 'hers', scope: 'user', value: 'a', secret: true })
  // Written in two steps (delete, put): the target holds an expiring key where the source's is permanent.
  await migration.on('new').putKey({ name: 'bare', scope: 'system', value: 'old', ttl: 7200 })
}

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  out: string
}

function run(command: string, urls: { source: string; target: string }, onStart: (child: ChildProcess) => void = () => undefined): Promise<Ended> {
  const token = (side: 'old' | 'new') => m[side].sandbox.mintToken('st2admin', 3600).token
  const args = [BUNDLE, command, '--run', 'k1', '--state-dir', m.stateDir, '--only', 'keys', '--users', 'alice,bob', '--on-conflict', 'overwrite', '--plain-archive', '--format', 'json']
  const child = spawn(process.execPath, [...args, '--source-url', urls.source, '--target-url', urls.target, '--source-root', m.old.sandbox.paths.root], {
    env: { PATH: process.env.PATH, HOME: os.tmpdir(), ST2UPGRADE_SOURCE_AUTH_TOKEN: token('old'), ST2UPGRADE_TARGET_AUTH_TOKEN: token('new') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onStart(child)
  let out = ''
  child.stdout.on('data', (piece: Buffer) => (out += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (out += piece.toString()))
  return new Promise((done) => child.on('close', (code, signal) => done({ code, signal, out })))
}

/** What the target holds, secrets opened, expiries cut to the minute's tens. */
async function snapshot(): Promise<unknown> {
  const of = async (user: string, scope: 'system' | 'user') => {
    const keys = await collect(m.on('new', user).keys(scope))
    return keys.filter((k) => !k.name.startsWith('st2upgrade.')).map(plain)
  }
  const plain = (k: DatastoreKey) => [k.name, k.secret ? m.new.sandbox.decrypt(k.value) : k.value, k.secret, Boolean(k.expire_timestamp), k.description]
  return { system: await of('st2admin', 'system'), alice: await of('alice', 'user'), apikeys: (await collect(m.on('new').list('/v1/apikeys'))).length }
}

const isWrite = (method: string, url: string): boolean => method !== 'GET' && !url.includes('st2upgrade.lock')

async function killedAndResumed(strike: Omit<Strike, 'kill'>, side: 'source' | 'target'): Promise<{ first: Ended; second: Ended; seen: number }> {
  let child: ChildProcess | undefined
  const urls = { source: m.old.apiUrl, target: m.new.apiUrl }
  const proxy = await killingProxy(urls[side], { ...strike, kill: () => child?.kill('SIGKILL') })
  const first = await run('migrate', { ...urls, [side]: proxy.url }, (c) => (child = c))
  await proxy.close()
  return { first, second: await run('migrate', urls), seen: proxy.seen() }
}

let undisturbed: unknown
let writes = 0

test('an undisturbed run ends with 0 and leaves nothing of its own', async () => {
  const { first, second, seen } = await killedAndResumed({ counts: isWrite, at: 0, when: 'before' }, 'target')
  expect(first).toMatchObject({ code: 0 })
  expect(second).toMatchObject({ code: 0 })
  writes = seen
  undisturbed = await snapshot()
  expect(undisturbed).toMatchObject({ apikeys: 0, alice: [['hers', 'a', true, false, undefined]] })
  expect(writes).toBeGreaterThanOrEqual(14)
})

describe.each(['before', 'after'] as const)('killed %s a write to the target was done', (when) => {
  test.each([1, 2, 3, 5, 8, 11, 13, 14])('write %i', async (at) => {
    const { first, second, seen } = await killedAndResumed({ counts: isWrite, at, when }, 'target')
    expect(seen).toBeGreaterThanOrEqual(at)
    expect(first.signal).toBe('SIGKILL')
    expect(second).toMatchObject({ code: 0 })
    expect(await snapshot()).toEqual(undisturbed)
    expect(await collect(m.on('old').list('/v1/apikeys'))).toEqual([])
  })
})

test.each([2, 4, 7, 9])('killed at request %i to the source: the run goes on, and no temporary key stays', async (at) => {
  const { first, second } = await killedAndResumed({ counts: () => true, at, when: 'after' }, 'source')
  expect(first.signal).toBe('SIGKILL')
  expect(second).toMatchObject({ code: 0 })
  expect(await snapshot()).toEqual(undisturbed)
  expect(await collect(m.on('old').list('/v1/apikeys'))).toEqual([])
  expect(fs.readdirSync(path.join(m.stateDir, 'runs', 'k1')).filter((f) => f.endsWith('.part'))).toEqual([])
})
