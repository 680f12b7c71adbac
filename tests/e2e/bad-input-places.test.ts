/** Disks that are full or read-only, and runs that are in each other's way: said, nothing half-written, and it goes on afterwards. */
import { execFileSync } from 'child_process'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { startWorld, type Answer, type World } from '../support/bundle'
import { collect } from '../support/migration'

jest.setTimeout(60_000)

const KEYS = 120
let w: World

beforeAll(async () => {
  w = await startWorld()
  const admin = w.on('old')
  for (let i = 0; i < KEYS; i++) await admin.putKey({ name: `key ${i}`, scope: 'system', value: `n0t-for-l0gs ${i}` })
  w.secrets.push('n0t-for-l0gs')
})
afterEach(() => {
  w.new.setFaults({})
  w.old.setFaults({})
})
afterAll(() => w.end())

const keysOn = async (side: 'old' | 'new'): Promise<string[]> => (await collect(w.on(side).keys('system'))).map(({ name, value }) => `${name}=${value}`)
const EXPORT = ['export', '--only=keys', '--plain-archive']

async function emptyTarget(): Promise<void> {
  for (const line of await keysOn('new')) await w.on('new').deleteKey(line.slice(0, line.indexOf('=')), 'system')
}

/** Resolves when the target has got this many more writes. */
async function writesSeen(more: number): Promise<void> {
  const from = w.writes().new
  while (w.writes().new < from + more) await new Promise((go) => setTimeout(go, 5))
}

/** A disk of its own: true when this user may have one. */
function mounted(directory: string, options: string): boolean {
  fs.mkdirSync(directory, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const probe = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-mount-'))
const mayMount = mounted(probe, 'size=64k')
if (mayMount) execFileSync('umount', [probe])
else process.stderr.write('NOT TESTED: full and read-only disks; this user may not mount a tmpfs\n')
fs.rmdirSync(probe)
const onDisk = mayMount ? describe : describe.skip

onDisk('a full disk', () => {
  let disk: string
  beforeAll(() => mounted((disk = w.at('disk')), 'size=3m'))
  afterAll(() => execFileSync('umount', ['-l', disk]))
  const filler = (): string => path.join(disk, 'filler')
  /** Leaves this many bytes of room. */
  function fill(room: number): void {
    const fd = fs.openSync(filler(), 'a')
    try {
      for (const piece of [65_536, 4096]) for (;;) fill1(fd, piece)
    } catch {
      // full now
    }
    fs.closeSync(fd)
    fs.truncateSync(filler(), Math.max(0, fs.statSync(filler()).size - room))
  }
  const fill1 = (fd: number, piece: number): void => {
    for (let left = piece; left > 0; ) left -= fs.writeSync(fd, Buffer.alloc(left))
  }
  const makeRoom = (): void => fs.rmSync(filler(), { force: true })
  afterEach(makeRoom)

  const run = (...argv: string[]): Promise<Answer> => w.run([...argv, '--run=d1', `--state-dir=${disk}`])
  const FULL = { exit: 1, message: expect.stringMatching(/(Cannot|stage \w+: Cannot) .*disk.*: the disk is full/) as string, next: expect.stringMatching(/space|room/) as string }

  it('export, plan, verify: each is said, leaves nothing behind, and goes on when there is room', async () => {
    for (const [command, ...argv] of [EXPORT, ['plan'], ['verify']] as [string, ...string[]][]) {
      for (const room of [0, 12_288]) {
        fill(room)
        const before = fs.readdirSync(disk, { recursive: true } as never).sort()
        const told = await run(command, ...argv)
        if (told.exit !== 1) throw new Error(`${command} with room for ${room} bytes: ${told.told}`)
        expect(told).toMatchObject(FULL)
        expect(w.halves(disk)).toEqual([])
        if (room > 0) expect(fs.readdirSync(disk, { recursive: true } as never).sort()).toEqual(before)
        makeRoom()
      }
      expect([0, 4]).toContain((await run(command, ...argv)).exit)
    }
  })

  it('apply: before the first write nothing is written; in the middle it stops, and goes on', async () => {
    const before = w.writes()
    fill(0)
    expect(await run('apply')).toMatchObject(FULL)
    expect(w.writes()).toEqual(before)
    makeRoom()

    w.new.setFaults({ writeMs: 15 })
    const applying = w.start(['apply', '--run=d1', '--concurrency=4', `--state-dir=${disk}`])
    await writesSeen(20)
    fill(0)
    const told = await applying.answer
    expect(told).toMatchObject(FULL)
    expect(told.message).toContain('journal.jsonl')
    const written = w.writes().new - before.new
    expect(written).toBeLessThan(KEYS)
    expect(await keysOn('new')).not.toContain(expect.stringContaining('st2upgrade.lock'))
    makeRoom()

    expect(await run('apply')).toMatchObject({ exit: 0, data: { resumed: true } })
    expect(await keysOn('new')).toEqual(await keysOn('old'))
    expect(await run('verify')).toMatchObject({ exit: 0, data: { differences: 0 } })
    expect(w.halves(disk)).toEqual([])
    await emptyTarget()
  })

  it('migrate: stops, and goes on under the same run', async () => {
    const migrate = (): Promise<Answer> => w.run(['migrate', '--only=keys', '--run=d2', `--state-dir=${disk}`])
    fill(20_480)
    const told = await migrate()
    expect(told).toMatchObject({ exit: 1, message: expect.stringMatching(/disk is full/), next: expect.stringMatching(/--run d2|--run=d2/) })
    expect(w.halves(disk)).toEqual([])
    makeRoom()
    expect(await migrate()).toMatchObject({ exit: 0 })
    expect(await keysOn('new')).toEqual(await keysOn('old'))
    await emptyTarget()
  })

  it('the place of --out alone', async () => {
    const small = w.at('small')
    mounted(small, 'size=4k')
    fs.writeFileSync(path.join(small, 'filler'), Buffer.alloc(4096))
    const told = await w.run([...EXPORT, '--run=out', `--out=${path.join(small, 'a.st2.tar.gz')}`])
    const left = fs.readdirSync(small)
    execFileSync('umount', ['-l', small])
    expect(told).toMatchObject({ exit: 1, message: expect.stringMatching(/small\/a\.st2\.tar\.gz.*disk is full/) })
    expect(left).toEqual(['filler'])
    expect(w.halves()).toEqual([])
  })
})

onDisk('a read-only disk', () => {
  let disk: string
  beforeAll(async () => {
    mounted((disk = w.at('ro')), 'size=8m')
    expect(await w.run([...EXPORT, '--run=r1', `--state-dir=${disk}`])).toMatchObject({ exit: 0 })
    expect(await w.run(['plan', '--run=r1', `--state-dir=${disk}`])).toMatchObject({ exit: 0 })
    execFileSync('mount', ['-o', 'remount,ro', disk])
  })
  afterAll(() => execFileSync('umount', ['-l', disk]))

  it.each([[['check']], [[...EXPORT, '--run=r2']], [['plan', '--run=r1']], [['apply', '--run=r1']], [['verify', '--run=r1']], [['migrate', '--run=r3']]])('%j', async (argv) => {
    const before = w.writes()
    expect(await w.run([...argv, `--state-dir=${disk}`])).toMatchObject({ exit: 1, message: expect.stringMatching(/ro\b.*read-only/), next: expect.stringMatching(/another directory|--state-dir/) })
    expect(w.writes()).toEqual(before)
  })
  it('can be looked at', async () => {
    expect(await w.run(['inspect', '--run=r1', `--state-dir=${disk}`])).toMatchObject({ exit: 0 })
  })
  it('as the place of --out and --plan', async () => {
    expect(await w.run([...EXPORT, '--run=r4', `--out=${disk}/a.st2.tar.gz`])).toMatchObject({ exit: 1, message: expect.stringMatching(/ro\/a\.st2\.tar\.gz.*read-only/) })
    expect(await w.run([...EXPORT, '--run=r5'])).toMatchObject({ exit: 0 })
    expect(await w.run(['plan', '--run=r5', `--plan=${disk}/p`])).toMatchObject({ exit: 1, message: expect.stringMatching(/ro\/p.*read-only/) })
  })
})

describe('a state directory that cannot be', () => {
  it.each<[string, () => string, RegExp]>([
    ['below a file', () => path.join(w.at('file'), 'below'), /file\/below/],
    ['a file', () => w.at('file'), /file/],
  ])('%s', async (_, directory, named) => {
    fs.writeFileSync(w.at('file'), '')
    for (const argv of [EXPORT, ['migrate']]) {
      const before = w.writes()
      expect([argv, await w.run([...argv, `--state-dir=${directory()}`])]).toMatchObject([argv, { exit: 1, message: expect.stringMatching(named), next: expect.stringMatching(/path|directory/i) }])
      expect(w.writes()).toEqual(before)
    }
  })
})

describe('another run in progress', () => {
  const lockFile = (): string => w.at('state', 'lock')
  const hold = (holder: Record<string, unknown>): void => fs.writeFileSync(lockFile(), JSON.stringify({ run: 'other', host: os.hostname(), pid: process.pid, renewed: new Date().toISOString(), ...holder }))
  const holdTarget = (ttl: number | undefined, value = JSON.stringify({ run: 'other', host: 'elsewhere.example', since: new Date().toISOString() })): Promise<unknown> =>
    w.on('new').putKey({ name: 'st2upgrade.lock', scope: 'system', value, ...(ttl !== undefined && { ttl }) })
  const apply = (run = 'l1'): Promise<Answer> => w.run(['apply', `--run=${run}`])
  const DEAD = 2 ** 22 + 1

  beforeAll(async () => {
    for (const run of ['l1', 'l2']) {
      expect(await w.run([...EXPORT, `--run=${run}`])).toMatchObject({ exit: 0 })
      expect(await w.run(['plan', `--run=${run}`])).toMatchObject({ exit: 0 })
    }
  })
  afterEach(async () => {
    fs.rmSync(lockFile(), { force: true })
    await emptyTarget()
  })

  it('on this machine: refused with 7, who and where, and nothing is written', async () => {
    const before = w.writes()
    hold({})
    expect(await apply()).toMatchObject({ exit: 7, message: expect.stringMatching(`run other .*${os.hostname()}, process ${process.pid}`), next: expect.stringMatching(/Wait|stop it/) })
    hold({ host: 'elsewhere.example', pid: 1 })
    expect(await apply()).toMatchObject({ exit: 7, message: expect.stringMatching(/elsewhere\.example/) })
    expect(w.writes()).toEqual(before)
  })

  it.each<[string, () => void]>([
    ['of a process that is gone', () => hold({ pid: DEAD })],
    ['of another host that gave no sign for long', () => hold({ host: 'elsewhere.example', renewed: new Date(Date.now() - 600_000).toISOString() })],
    ['of the same run on another host', () => hold({ run: 'l1', host: 'elsewhere.example' })],
    ['that holds nothing readable', () => fs.writeFileSync(lockFile(), '{"run":')],
  ])('a lock %s is taken over', async (_, held) => {
    held()
    expect(await apply()).toMatchObject({ exit: 0, data: { writes: KEYS } })
    expect(fs.existsSync(lockFile())).toBe(false)
  })

  it('on the target: refused with 7, who, where and until when', async () => {
    await holdTarget(100)
    const before = w.writes()
    expect(await apply()).toMatchObject({ exit: 7, message: expect.stringMatching(`run other on elsewhere.example holds the lock on ${w.new.apiUrl}`), next: expect.stringMatching(/wait.*free at \d{4}-/) })
    await emptyTarget()
    await holdTarget(undefined, 'no JSON')
    expect(await apply()).toMatchObject({ exit: 7, next: expect.stringMatching(/delete the key st2upgrade\.lock/) })
    expect(w.writes().new).toBe(before.new + 2)
  })

  it('a lock on the target that has expired, or is of the same run, is taken over', async () => {
    await holdTarget(1)
    await new Promise((go) => setTimeout(go, 1200))
    expect(await apply()).toMatchObject({ exit: 0, data: { writes: KEYS } })
    expect(await w.on('new').key('st2upgrade.lock', 'system')).toBeUndefined()
    await emptyTarget()
    await holdTarget(100, JSON.stringify({ run: 'l1', host: 'elsewhere.example', since: '' }))
    expect(await apply()).toMatchObject({ exit: 0, data: { writes: KEYS } })
  })

  it('two at the same time: one works, the other is refused; looking does not disturb', async () => {
    w.new.setFaults({ writeMs: 30 })
    const first = w.start(['apply', '--run=l1', '--concurrency=2'])
    await writesSeen(5)
    const [same, other, elsewhere, looked, planned] = await Promise.all([
      apply('l1'),
      apply('l2'),
      w.run(['apply', '--run=l2', `--state-dir=${w.at('state')}/../state2`, `--plan=${w.at('state', 'runs', 'l2', 'plan.jsonl')}`, `--archive=${(JSON.parse(fs.readFileSync(w.at('state', 'runs', 'l2', 'run.json'), 'utf8')) as { archive: string }).archive}`]),
      w.run(['verify', '--run=l1']),
      w.run(['plan', '--run=l3', `--archive=${(JSON.parse(fs.readFileSync(w.at('state', 'runs', 'l1', 'run.json'), 'utf8')) as { archive: string }).archive}`]),
    ])
    expect(same).toMatchObject({ exit: 7, message: expect.stringMatching(/run l1 works here already/) })
    expect(other).toMatchObject({ exit: 7, message: expect.stringMatching(/run l1 works here already/) })
    expect(elsewhere).toMatchObject({ exit: 7, message: expect.stringMatching(/run l1 on .* holds the lock on/) })
    expect(looked.exit).toBe(4)
    expect(planned.exit).toBe(0)
    expect(await first.answer).toMatchObject({ exit: 0, data: { writes: KEYS } })
    expect(await keysOn('new')).toEqual(await keysOn('old'))
  })
})

describe('sandboxes', () => {
  it('that are in the way, or not there', async () => {
    const root = w.old.sandbox.paths.root
    const port = new URL(w.old.apiUrl).port
    expect(await w.run(['sandbox', `--root=${root}`])).toMatchObject({ exit: 1, message: expect.stringContaining(root), next: expect.stringMatching(/another root|stop/i) })
    expect(await w.run(['sandbox', `--root=${w.at('sandbox')}`, `--api-port=${port}`])).toMatchObject({ exit: 1, message: expect.stringContaining(port), next: expect.stringMatching(/another port|port/) })
    for (const argv of [['sandbox-reset'], ['sandbox-faults'], ['sandbox-set-value', '--name=a', '--value=b']]) {
      expect(await w.run([...argv, `--root=${w.at('nobody')}`])).toMatchObject({ exit: 1, message: expect.stringMatching(/nobody/), next: expect.stringMatching(/sandbox/) })
    }
    expect(await w.run(['sandbox-faults', `--root=${root}`, '--faults=explode'])).toMatchObject({ exit: 2, message: expect.stringMatching(/explode/), next: expect.stringMatching(/\S/) })
    expect(await w.run(['sandbox', `--root=${w.at('file')}`])).toMatchObject({ exit: 1, message: expect.stringContaining('file') })
    fs.writeFileSync(w.at('junk.pem'), 'junk')
    expect(await w.run(['sandbox', `--root=${w.at('sandbox')}`, `--tls-key=${w.at('junk.pem')}`, `--tls-cert=${w.at('junk.pem')}`])).toMatchObject({ exit: expect.any(Number), message: expect.stringMatching(/\S/) })
  })
})
