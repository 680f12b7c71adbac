/** The sample estate: what it promises to hold, and that the same seed gives the same one. */
import { execFile, execFileSync } from 'child_process'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { promisify } from 'util'
import { snapshot } from '../../../src/report/demo/snapshot'
import { CHANGED_STATES, DISABLED_RUNNER, seedEstate } from '../../../src/sandbox/estate'
import { startGitHost } from '../../../src/sandbox/estate/git-host'
import { filesAt, writeRepository } from '../../../src/sandbox/estate/git-repository'
import { estateKeys, EXPIRED_NAME, SIZES, type EstateKey } from '../../../src/sandbox/estate/keys'
import { ODD_NAMES } from '../../../src/sandbox/estate/odd'
import { PACKS } from '../../../src/sandbox/estate/packs'
import { pooled, together } from '../../../src/sandbox/estate/pool'
import { seeded } from '../../../src/sandbox/estate/random'
import { startSandbox } from '../../../src/sandbox/start'

let workDir: string
beforeEach(() => (workDir = fs.mkdtempSync(path.join(os.tmpdir(), 'estate-'))))
afterEach(() => fs.rmSync(workDir, { recursive: true, force: true }))

const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8', env: { ...process.env, GIT_CONFIG_NOSYSTEM: '1' } }).trim()

describe('keys of the estate', () => {
  const keys = estateKeys(SIZES.demo, 1)
  const system = keys.filter((key) => key.user === undefined && key.name !== EXPIRED_NAME)
  const expiring = (key: EstateKey): boolean => (key.ttl ?? 0) > 0

  it('has as many system keys, secrets and expiring ones as its size says', () => {
    expect(system).toHaveLength(3000)
    expect(system.filter((key) => key.secret)).toHaveLength(150)
    expect(system.filter(expiring)).toHaveLength(40)
    expect(system.filter((key) => key.secret && expiring(key))).toHaveLength(10)
  })

  it('has keys of three users, some of them secret', () => {
    for (const user of ['st2admin', 'alice', 'bob']) {
      const own = keys.filter((key) => key.user === user)
      expect(own).toHaveLength(30)
      expect(own.filter((key) => key.secret).length).toBeGreaterThan(3)
    }
  })

  it('names every key once within its scope', () => {
    const names = keys.map((key) => JSON.stringify([key.user, key.name]))
    expect(new Set(names).size).toBe(names.length)
  })

  it('holds every odd name, the name null, and a value of one megabyte', () => {
    const names = new Set(system.map((key) => key.name))
    for (const name of [...ODD_NAMES, 'null']) expect(names).toContain(name)
    expect(Math.max(...system.map((key) => key.value.length))).toBe(1024 * 1024)
  })

  it('holds one key whose time is over', () => {
    expect(keys.filter((key) => (key.ttl ?? 0) < 0).map((key) => key.name)).toEqual([EXPIRED_NAME])
  })

  it.each(['demo', 'small'] as const)('is the same for the same seed and another for another one (%s)', (size) => {
    const text = (seed: number): string => JSON.stringify(estateKeys(SIZES[size], seed))
    expect(text(7) === text(7)).toBe(true)
    expect(text(8) === text(7)).toBe(false)
    expect(estateKeys(SIZES[size], 7).filter((key) => key.user === undefined)).toHaveLength(SIZES[size].system + 1)
  })
})

describe('repositories of the estate', () => {
  const netops = PACKS.find((pack) => pack.ref === 'netops')!

  it('have the same commits wherever they are written, whatever the user has configured', async () => {
    process.env['GIT_AUTHOR_NAME'] = 'somebody'
    try {
      await writeRepository(path.join(workDir, 'a.git'), netops.history)
    } finally {
      delete process.env['GIT_AUTHOR_NAME']
    }
    await writeRepository(path.join(workDir, 'b.git'), netops.history)
    const refs = (name: string): string => git('-C', path.join(workDir, name), 'for-each-ref', '--format=%(refname) %(objectname)')
    expect(refs('a.git')).toBe(refs('b.git'))
    expect(refs('a.git').split('\n').map((line) => line.split(' ')[0])).toEqual(['refs/heads/main', 'refs/tags/v1.3.0', 'refs/tags/v1.4.0', 'refs/tags/v1.5.0'])
  })

  it('can be cloned over HTTP at a tag, with the files of that tag and executable scripts', async () => {
    await writeRepository(path.join(workDir, 'served/netops.git'), netops.history)
    const host = await startGitHost(path.join(workDir, 'served'))
    const clone = path.join(workDir, 'clone')
    try {
      // Not the synchronous call: the server lives in this process.
      await promisify(execFile)('git', ['clone', '-q', '-b', 'v1.4.0', `${host.url}/netops.git`, clone])
    } finally {
      await host.close()
    }
    const wanted = filesAt(netops.history, 'v1.4.0')
    expect(git('-C', clone, 'ls-files').split('\n').sort()).toEqual(Object.keys(wanted).sort())
    for (const [name, content] of Object.entries(wanted)) expect(fs.readFileSync(path.join(clone, name))).toEqual(Buffer.from(content as string))
    expect(fs.statSync(path.join(clone, 'actions/ping.sh')).mode & 0o111).not.toBe(0)
    expect(fs.statSync(path.join(clone, 'actions/ping.yaml')).mode & 0o111).toBe(0)
  })

  it('are served read-only, and nothing beside them', async () => {
    fs.mkdirSync(path.join(workDir, 'served'))
    fs.writeFileSync(path.join(workDir, 'private'), 'x')
    const host = await startGitHost(path.join(workDir, 'served'))
    try {
      for (const file of ['/../private', '/..%2Fprivate', '/%zz', '/none', '/']) expect((await fetch(host.url + file)).status).toBe(404)
    } finally {
      await host.close()
    }
  })
})

describe('packs of the estate', () => {
  it('came onto the old instance in every way that matters', () => {
    expect(PACKS.map(({ ref, origin, version }) => `${ref} ${origin} ${version ?? '-'}`)).toEqual([
      'netops host v1.4.0',
      'deploy host stable',
      'tickets host -',
      'branding gone -',
      'homegrown none -',
      'reports host -',
    ])
    expect(PACKS.filter((pack) => pack.edits)).toHaveLength(1)
    expect(PACKS.filter((pack) => pack.config)).toHaveLength(4)
  })

  it('all have an action that runs a script of theirs', () => {
    for (const pack of PACKS) {
      const files = filesAt(pack.history, pack.version)
      const scripts = Object.entries(files).filter(([name, text]) => name.endsWith('.yaml') && String(text).includes('runner_type: local-shell-script'))
      expect(scripts.length).toBeGreaterThan(0)
      for (const [name] of scripts) expect(Object.keys(files)).toContain(name.replace(/\.yaml$/, '.sh'))
    }
  })

  it('name every policy once: policies share one name space across packs', () => {
    const names = PACKS.flatMap((pack) => Object.entries(filesAt(pack.history)).filter(([name]) => name.startsWith('policies/')).map(([, text]) => /^name: (.+)$/m.exec(String(text))?.[1]))
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('pooled', () => {
  it('runs every item once, never more at once than allowed', async () => {
    let running = 0
    let most = 0
    const done: number[] = []
    await pooled([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      done.push(item)
    })
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(most).toBe(3)
  })

  it('begins nothing after an error, and throws it only when everything in work has ended', async () => {
    const ended: number[] = []
    const task = async (item: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, item))
      if (item === 1) throw new Error('no')
      ended.push(item)
    }
    await expect(pooled([1, 20, 30, 40], 2, task)).rejects.toThrow('no')
    expect(ended).toEqual([20])
    await expect(together([task(1), task(10)])).rejects.toThrow('no')
    expect(ended).toEqual([20, 10])
  })
})

it('gives chance that is even enough and repeatable', () => {
  const random = seeded(42)
  const counts = [0, 0, 0, 0]
  for (let i = 0; i < 4000; i++) counts[random.int(4)]!++
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120)
  expect(seeded(42).text(8)).toBe(seeded(42).text(8))
})

describe('a seeded sandbox', () => {
  it('holds what the estate says, as people would have brought it there', async () => {
    const running = await startSandbox({ version: '3.8.1', root: path.join(workDir, 'root'), ttlSweepMs: 86_400_000 })
    const place = { apiUrl: running.apiUrl, authUrl: running.authUrl, root: running.sandbox.paths.root }
    try {
      const estate = await seedEstate(place, { size: 'small', workDir: path.join(workDir, 'work') })
      await estate.close()
      const held = await snapshot(place)
      expect(held.keys.size).toBe(estate.keys.length)
      for (const { name, value, user, secret = false } of estate.keys) {
        const found = held.keys.get(user === undefined ? `st2kv.system:${name}` : `st2kv.user:${user}:${name}`)
        expect([name, found?.value === value, found?.secret]).toEqual([name, true, secret])
      }
      expect([...held.content.keys()].filter((id) => id.startsWith('packs '))).toHaveLength(6)
      const count = (kind: string, made: boolean): number => [...held.content].filter(([id, { madeAs }]) => id.startsWith(`${kind} `) && (madeAs !== undefined) === made).length
      expect(['rules', 'policies', 'actionalias', 'actions', 'triggertypes'].map((kind) => [kind, count(kind, false), count(kind, true)])).toEqual([
        ['rules', 18, 12],
        ['policies', 12, 4],
        ['actionalias', 11, 3],
        ['actions', 13, 3],
        ['triggertypes', 6, 2],
      ])
      for (const { kind, ref, enabled } of CHANGED_STATES) expect([ref, held.content.get(`${kind} ${ref}`)?.enabled]).toEqual([ref, enabled])
      expect(held.content.get('actions reports.device_report')?.enabled).toBe(false)
      expect([...held.off].filter((id) => !id.startsWith('rules '))).toEqual(['actions core.sendmail', `runnertypes ${DISABLED_RUNNER}`])
      expect(held.apiKeys.size).toBe(estate.apiKeys.length)
      expect(held.configs.get('deploy.yaml')).toBeDefined()
      expect(held.configValues.get('deploy')).toContain('"retries":8,"verify":true,"window":1000')
      const packs = running.sandbox.paths.packs
      expect(git('-C', path.join(packs, 'netops'), 'describe', '--tags')).toBe('v1.4.0')
      expect(git('-C', path.join(packs, 'deploy'), 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('stable')
      expect(git('-C', path.join(packs, 'tickets'), '-c', 'core.fileMode=false', 'status', '--porcelain').split('\n')).toHaveLength(6)
      expect(fs.existsSync(path.join(packs, 'homegrown/.git'))).toBe(false)
      expect(fs.existsSync(path.join(workDir, 'work/git/branding.git'))).toBe(false)
    } finally {
      await running.stop()
    }
  })
})
