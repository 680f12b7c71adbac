/** What goes wrong on the way: stops, faults of a server, its death, lost rights, packs and configs that it refuses. Each is told, and run again it goes on. */
import { spawn, type ChildProcess } from 'child_process'
import * as fs from 'fs'
import * as path from 'path'
import { BUNDLE, startWorld, type Answer, type Env, type Running, type World } from '../support/bundle'
import { gitIn, makeRepository, packYaml, writeFiles } from '../support/git-repository'
import { collect } from '../support/migration'

jest.setTimeout(60_000)

const KEYS = 100
/** Long enough for a second Ctrl-C to come before the writes in work are answered. */
const HELD_MS = 2000
let w: World
let serial = 0

beforeAll(async () => {
  w = await startWorld()
  const admin = w.on('old')
  for (let i = 0; i < KEYS; i++) await admin.putKey({ name: `key ${i}`, scope: 'system', value: `n0t-for-l0gs ${i}`, ...(i % 10 === 0 && { secret: true }) })
  w.secrets.push('n0t-for-l0gs')
})
afterEach(async () => {
  w.new.setFaults({})
  w.old.setFaults({})
  for (const name of (await keysOn('new')).keys()) await w.on('new').deleteKey(name, 'system')
  expect(w.halves()).toEqual([])
  expect(fs.existsSync(w.at('state', 'lock'))).toBe(false)
})
afterAll(() => w.end())

/** System keys, secrets opened. */
async function keysOn(side: 'old' | 'new'): Promise<Map<string, string>> {
  const keys = await collect(w.on(side).keys('system'))
  return new Map(keys.map(({ name, value, secret }) => [name, secret ? w[side].sandbox.decrypt(value) : value]))
}
const arrived = async (): Promise<void> => expect(await keysOn('new')).toEqual(await keysOn('old'))

/** A run whose apply is still to be done. */
async function planned(...more: string[]): Promise<string> {
  const run = `run${++serial}`
  const files = [`--source-root=${w.old.sandbox.paths.root}`]
  expect(await w.run(['export', '--only=keys', '--plain-archive', `--run=${run}`, ...files])).toMatchObject({ exit: 0 })
  expect(await w.run(['plan', `--run=${run}`, ...files, ...more])).toMatchObject({ exit: 0 })
  return run
}
const apply = (run: string, env?: Env): Running => w.start(['apply', `--run=${run}`, `--source-root=${w.old.sandbox.paths.root}`, '--concurrency=4'], env)

async function writesSeen(more: number): Promise<void> {
  const from = w.writes().new
  while (w.writes().new < from + more) await new Promise((go) => setTimeout(go, 5))
}

/** An apply of a slow target, at work. */
async function atWork(run: string, env?: Env): Promise<Running> {
  w.new.setFaults({ writeMs: 30 })
  const running = apply(run, env)
  await writesSeen(12)
  return running
}

async function goesOn(run: string): Promise<void> {
  w.new.setFaults({})
  const before = (await keysOn('new')).size
  expect(before).toBeLessThan(KEYS)
  const again = await apply(run).answer
  expect(again).toMatchObject({ exit: 0, data: { resumed: true } })
  // What an earlier apply had confirmed is not written again; what it had begun may be.
  expect(again.data.writes).toBeLessThan(KEYS)
  await arrived()
}

describe('a stop in the middle of an apply', () => {
  it.each([
    ['SIGINT', 130, 'E_INTERRUPTED'],
    ['SIGTERM', 75, 'E_STOPPED'],
    ['SIGHUP', 75, 'E_STOPPED'],
  ] as const)('%s: ends after the items in work with %i and the next command; the lock is given back', async (signal, exit, code) => {
    const run = await planned()
    const running = await atWork(run)
    running.child.kill(signal)
    expect(await running.answer).toMatchObject({ exit, code, next: expect.stringContaining(`st2upgrade apply --run=${run}`) })
    expect((await keysOn('new')).has('st2upgrade.lock')).toBe(false)
    expect(fs.existsSync(w.at('state', 'lock'))).toBe(false)
    await goesOn(run)
  })

  it('a second Ctrl-C ends at once; the same run takes its own locks over', async () => {
    const run = await planned()
    w.new.setFaults({ writeMs: 30 })
    const running = apply(run)
    await writesSeen(12)
    w.new.setFaults({ writeMs: HELD_MS })
    running.child.kill('SIGINT')
    await new Promise((go) => setTimeout(go, 100))
    running.child.kill('SIGINT')
    expect(await running.ended).toBe(130)
    expect(fs.existsSync(w.at('state', 'lock'))).toBe(true)
    // The server still does the writes that it held when their client was gone: not in the middle of the next test.
    await new Promise((go) => setTimeout(go, HELD_MS + 500))
    await goesOn(run)
  })

  it('the own execution is canceled in StackStorm: 75, and what to run again there', async () => {
    const run = await planned()
    const { id } = await w.on('old').post<{ id: string }>('/executions', { action: 'core.noop' })
    await w.on('old').delete(`/executions/${id}`).catch(() => undefined)
    const { id: long } = await w.on('old').post<{ id: string }>('/executions', { action: 'core.local', parameters: { cmd: 'sleep 20' } })
    const env = { ST2_ACTION_EXECUTION_ID: long, ST2_ACTION_API_URL: `${w.old.apiUrl}/v1`, ST2_ACTION_AUTH_TOKEN: w.env.ST2UPGRADE_SOURCE_AUTH_TOKEN }
    w.new.setFaults({ writeMs: 300 })
    await w.on('old').delete(`/executions/${long}`)
    const running = apply(run, env)
    expect(await running.answer).toMatchObject({ exit: 75, code: 'E_STOPPED', next: expect.stringContaining(`st2 execution re-run ${long}`) })
    w.new.setFaults({})
    expect(await apply(run).answer).toMatchObject({ exit: 0 })
    await arrived()
  })

  it('nobody reads what it prints: it goes on to its end', async () => {
    const run = await planned()
    const running = await atWork(run)
    running.child.stdout!.destroy()
    running.child.stderr!.destroy()
    expect(await running.ended).toBe(0)
    await arrived()
  })
})

describe('a server', () => {
  it('that asks to slow down, is away for moments and cuts connections: everything arrives all the same', async () => {
    const faults = ['status=429,rate=0.03,retry-after=1', 'status=503,rate=0.04,retry-after=0', 'drop,rate=0.04', 'drop,rate=0.04,after']
    w.old.setFaults({ faults })
    w.new.setFaults({ faults })
    const run = `run${++serial}`
    const way: string[][] = [['export', '--only=keys', '--plain-archive'], ['plan'], ['apply'], ['verify']]
    for (const argv of way) {
      const answer = await w.run([...argv, `--run=${run}`, `--source-root=${w.old.sandbox.paths.root}`])
      expect([argv, answer.exit, answer.message]).toEqual([argv, 0, ''])
    }
    w.old.setFaults({})
    w.new.setFaults({})
    await arrived()
  })

  it('that refuses the writes of some items (403): the others go on, the ledger names them with what to do', async () => {
    const run = await planned()
    w.new.setFaults({ faults: ['status=403,on=write,path=key%203'] })
    const told = await apply(run).answer
    expect(told).toMatchObject({ exit: 3, data: { counts: { keys: { failed: 11, carried: KEYS - 11 - 9, transformed: 9 } } } })
    expect(told.data.for_person).toContainEqual(expect.objectContaining({ identity: 'st2kv.system:key 3', outcome: 'failed', note: expect.stringMatching(/403/), advice: expect.stringMatching(/admin/) }))
    expect(await w.run(['verify', `--run=${run}`, `--source-root=${w.old.sandbox.paths.root}`])).toMatchObject({ exit: 4, data: { differences: 11 } })
    w.new.setFaults({})
    expect(await apply(run).answer).toMatchObject({ exit: 0, data: { writes: 11 } })
    await arrived()
  })

  it('that answers 500 to everything it shall write', async () => {
    const run = await planned()
    w.new.setFaults({ faults: ['status=500,on=write'] })
    expect(await apply(run).answer).toMatchObject({ exit: 1, code: 'server', message: expect.stringContaining(w.new.apiUrl), next: expect.stringMatching(/st2api\.log/) })
    w.new.setFaults({})
    expect(await apply(run).answer).toMatchObject({ exit: 0, data: { writes: KEYS } })
  })

  it('that no longer knows the token in the middle: ends, and goes on with another one', async () => {
    const run = await planned()
    const { token } = w.new.sandbox.mintToken('st2admin', 600)
    const running = await atWork(run, { ST2UPGRADE_TARGET_AUTH_TOKEN: token })
    w.new.sandbox.revokeToken(token)
    expect(await running.answer).toMatchObject({ exit: 1, code: 'unauthorized', message: expect.stringMatching(`${w.new.apiUrl} .*token is not known`), next: expect.stringMatching(/st2 auth/) })
    await goesOn(run)
  })

  describe('that dies', () => {
    let server: ChildProcess
    let env: Env
    const root = (): string => w.at('mortal')
    async function start(...argv: string[]): Promise<{ api_url: string; auth_url: string }> {
      server = spawn(process.execPath, [BUNDLE, 'sandbox', `--root=${root()}`, '--minutes=5', ...argv], { stdio: ['ignore', 'pipe', 'ignore'] })
      const line = await new Promise<string>((resolve) => server.stdout!.once('data', (piece: Buffer) => resolve(piece.toString())))
      return JSON.parse(line) as { api_url: string; auth_url: string }
    }
    const ports = (urls: { api_url: string; auth_url: string }): string[] => [`--api-port=${new URL(urls.api_url).port}`, `--auth-port=${new URL(urls.auth_url).port}`]
    const died = (): Promise<void> => new Promise((resolve) => (server.exitCode !== null || server.signalCode !== null ? resolve() : server.once('exit', () => resolve())))
    let urls: { api_url: string; auth_url: string }
    beforeEach(async () => {
      urls = await start()
      fs.writeFileSync(w.at('password'), 'Ch@ngeMe')
      env = { ST2UPGRADE_TARGET_URL: urls.api_url, ST2UPGRADE_TARGET_AUTH_URL: urls.auth_url, ST2UPGRADE_TARGET_AUTH_TOKEN: undefined }
    })
    afterEach(async () => {
      server.kill('SIGTERM')
      await died()
      fs.rmSync(root(), { recursive: true, force: true })
    })
    const way = (command: string, run: string): Running =>
      w.start([command, `--run=${run}`, `--source-root=${w.old.sandbox.paths.root}`, '--target-user=st2admin', `--target-password-file=${w.at('password')}`, ...(command === 'export' ? ['--only=keys', '--plain-archive'] : [])].filter((word) => command !== 'export' || !word.startsWith('--target')), env)

    it('with a write carried out and not answered, and comes back: the apply waits for it and ends well', async () => {
      const run = `run${++serial}`
      for (const command of ['export', 'plan']) expect(await way(command, run).answer).toMatchObject({ exit: 0 })
      server.kill('SIGTERM')
      await died()
      await start(...ports(urls), '--faults=die,at=40,on=write,after')
      const running = way('apply', run)
      await died()
      await start(...ports(urls))
      expect(await running.answer).toMatchObject({ exit: 0, data: { counts: { keys: { carried: KEYS - 10, transformed: 10 } } } })
      expect(await way('verify', run).answer).toMatchObject({ exit: 0 })
    })

    it('and stays away: Ctrl-C ends the waiting at once; when it is back the run goes on', async () => {
      const run = `run${++serial}`
      for (const command of ['export', 'plan']) expect(await way(command, run).answer).toMatchObject({ exit: 0 })
      server.kill('SIGTERM')
      await died()
      await start(...ports(urls), '--faults=die,at=40,on=write')
      const running = way('apply', run)
      await died()
      await running.said(/refuses connections.*Trying again/)
      running.child.kill('SIGINT')
      expect(await running.answer).toMatchObject({ exit: 130, next: expect.stringContaining(`st2upgrade apply --run=${run}`) })
      expect(await way('apply', run).answer).toMatchObject({ exit: 1, code: 'unreachable', message: expect.stringContaining(urls.api_url) })
      await start(...ports(urls))
      expect(await way('apply', run).answer).toMatchObject({ exit: 0, data: { resumed: true } })
      expect(await way('verify', run).answer).toMatchObject({ exit: 0 })
    })
  })
})

describe('packs and configs', () => {
  const ACTION = '---\nname: run\nrunner_type: local-shell-script\nentry_point: run.sh\nenabled: true\n'
  const FILES = { 'actions/run.yaml': ACTION, 'actions/run.sh': '#!/bin/sh\necho hi\n' }
  const RULE = '---\nname: tick\npack: waits\nenabled: false\ntrigger:\n  type: default.event\ncriteria: {}\naction: {ref: waits.run}\n'
  const SCHEMA = (type: string): string => `---\nport: {type: ${type}}\n`
  const at = (side: 'old' | 'new', ...names: string[]): string => path.join(w[side].sandbox.paths.packs, ...names)
  const register = (ref: string, types = ['all']): Promise<unknown> => w.on('old').post('/v1/packs/register', { packs: [ref], types })
  const roots = (): Env => ({ ST2UPGRADE_SOURCE_ROOT: w.old.sandbox.paths.root, ST2UPGRADE_TARGET_ROOT: w.new.sandbox.paths.root })
  const inRun = (run: string) => (command: string, ...more: string[]): Promise<Answer> => w.run([command, `--run=${run}`, ...more], roots())
  const way = inRun('packs')

  beforeAll(async () => {
    const more: Record<string, Record<string, string>> = { good: {}, waits: { 'rules/tick.yaml': RULE }, picky: {}, strict: { 'config.schema.yaml': SCHEMA('integer') } }
    for (const [ref, files] of Object.entries(more)) {
      writeFiles(at('old', ref), { ...FILES, 'pack.yaml': packYaml(ref, ref === 'picky' ? 'stackstorm_version: "<3.9.0"\n' : ''), ...files })
      if (ref === 'waits') await w.on('old').post('/v1/triggertypes', { name: 'event', pack: 'default' })
      await register(ref)
    }
    fs.writeFileSync(path.join(w.old.sandbox.paths.configs, 'strict.yaml'), 'port: 5\n')
    await register('strict', ['configs'])
    // Its schema was changed since: what is registered does not fit it any more.
    writeFiles(at('old', 'strict'), { 'config.schema.yaml': SCHEMA('string') })
    fs.writeFileSync(path.join(w.old.sandbox.paths.configs, 'nobody.yaml'), 'a: 1\n')
  })

  it('an install that fails does not keep the others back; told with its reason; mended, the next apply goes on', async () => {
    expect(await way('export', '--only=packs,configs', '--plain-archive')).toMatchObject({ exit: 0 })
    const plan = await way('plan')
    expect(plan).toMatchObject({ exit: 0, told: expect.stringMatching(/strict.*schema of pack strict refuses it: .*port/) })
    const before = w.writes().new

    const first = await way('apply')
    expect(first.exit).toBe(3)
    const failed = (first.data.for_person as { identity: string; outcome: string; note: string; advice: string }[]).map(({ identity, outcome, note, advice }) => [identity, outcome, `${note} -> ${advice}`])
    expect(failed).toEqual(
      expect.arrayContaining([
        ['picky', 'failed', expect.stringMatching(/requires StackStorm.* -> .*stackstorm_version.*run apply again/)],
        ['waits', 'failed', expect.stringMatching(/default\.event.* -> .*st2 pack register waits.*run apply again/)],
        ['strict', 'manual', expect.stringMatching(/schema of pack strict refuses it.* -> correct it on the old instance/)],
      ]),
    )
    expect(failed).toHaveLength(3)
    expect(w.writes().new).toBeGreaterThan(before)
    expect([fs.existsSync(at('new', 'good')), fs.existsSync(at('new', 'strict')), fs.existsSync(at('new', 'picky'))]).toEqual([true, true, false])
    expect(fs.existsSync(path.join(w.new.sandbox.paths.configs, 'strict.yaml'))).toBe(false)
    expect(await way('verify')).toMatchObject({ exit: 4, told: expect.stringMatching(/picky/) })

    await w.on('new').post('/v1/triggertypes', { name: 'event', pack: 'default' })
    const second = await way('apply')
    expect(second).toMatchObject({ exit: 3, data: { writes: 1, resumed: true, counts: { packs: { failed: 1 } } } })

    // What only the old instance can mend takes a new export.
    writeFiles(at('old', 'picky'), { 'pack.yaml': packYaml('picky') })
    fs.writeFileSync(path.join(w.old.sandbox.paths.configs, 'strict.yaml'), 'port: "5"\n')
    await register('picky')
    await register('strict')
    const third = await inRun('mended')('migrate', '--only=packs,configs')
    expect([third.exit, third.told]).toEqual([0, expect.stringMatching(/agrees with the archive/)])
  })

  it('a pack that was stopped in the middle of its install arrives when the run goes on', async () => {
    const repository = makeRepository(w.dir, 'slow', { ...FILES, 'pack.yaml': packYaml('slow') })
    const { execution_id: id } = await w.on('old').post<{ execution_id: string }>('/v1/packs/install', { packs: [`file://${repository}`] })
    expect(await w.on('old').waitFor(id, { timeoutMs: 30_000 })).toMatchObject({ status: 'succeeded' })
    expect(await inRun('slow')('export', '--only=packs', '--plain-archive')).toMatchObject({ exit: 0 })
    expect(await inRun('slow')('plan')).toMatchObject({ exit: 0 })
    const apply = (): Running => w.start(['apply', '--run=slow'], roots())
    w.new.setFaults({ readMs: 150 })
    const running = apply()
    await writesSeen(2)
    running.child.kill('SIGINT')
    expect(await running.answer).toMatchObject({ exit: 130 })
    w.new.setFaults({})
    expect(await apply().answer).toMatchObject({ exit: 0 })
    expect(fs.existsSync(at('new', 'slow'))).toBe(true)
  })

  it('a template for packs that names no pack, and a host that cannot be pushed to', async () => {
    writeFiles(at('old', 'pushed'), { ...FILES, 'pack.yaml': packYaml('pushed') })
    await register('pushed')
    const run = inRun('pushed')
    expect(await run('export', '--only=packs', '--plain-archive')).toMatchObject({ exit: 0 })
    expect(await run('plan', '--git-template=file:///nowhere/all.git')).toMatchObject({ exit: 2, code: 'E_BAD_TEMPLATE', message: expect.stringMatching(/template.*\{pack\}/), next: expect.stringMatching(/\{pack\}/) })
    const template = `--git-template=file://${w.at('nowhere')}/{pack}.git`
    expect(await run('plan', template)).toMatchObject({ exit: 0 })
    const pushed = await run('publish', template)
    expect(pushed.exit).toBe(1)
    expect(pushed.told).toMatch(/pushed to .*nowhere\/pushed\.git.*create the empty repository/)
    // It may be that only another user of the new instance reads it: told as what it came to.
    const unread = await run('apply')
    expect(unread).toMatchObject({ exit: 3, log: expect.stringMatching(/cannot read the git host: .*pushed \(/), told: expect.stringMatching(/^nothing was written.*\n.*\n(.*\n)*failed: packs pushed: .*let it reach that address/) })
    const bare = await Promise.all(fs.readdirSync(at('old')).map(async (ref) => gitIn(w.dir, 'init', '-q', '--bare', w.at('nowhere', `${ref}.git`))))
    expect(bare.length).toBeGreaterThan(1)
    expect(await run('apply')).toMatchObject({ exit: 5, message: expect.stringMatching(/not on the git host yet: .*pushed/), next: expect.stringMatching(/st2upgrade publish --run pushed/) })
    expect(fs.existsSync(at('new', 'pushed'))).toBe(false)
    expect(await run('publish', template)).toMatchObject({ exit: 0 })
    expect((await run('apply')).told).toMatch(/write/)
    expect(fs.existsSync(at('new', 'pushed'))).toBe(true)
  })

  it('a password inside the template is refused and not repeated', async () => {
    w.secrets.push('p4ssw0rd-of-git')
    expect(await w.run(['check', '--git-template=https://git:p4ssw0rd-of-git@git.example.org/{pack}.git'])).toMatchObject({ exit: 2, code: 'E_BAD_TEMPLATE', message: expect.stringMatching(/credentials/), next: expect.stringMatching(/ssh/) })
  })
})
