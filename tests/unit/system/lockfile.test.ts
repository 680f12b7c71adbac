import * as fs from 'fs'
import { tmpdir } from 'os'
import * as path from 'path'
import { randomBytes } from 'crypto'
import { takeLock, type LockHolder, type LockOptions } from '../../../src/system/lockfile'
import { fakeClock, type FakeClock } from '../../support/clock'

let [dir, clock, alive]: [string, FakeClock, Set<number>] = ['', fakeClock(), new Set()]
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(tmpdir(), 'lock-'))
  clock = fakeClock()
  alive = new Set([100, 200, 300])
})
afterEach(() => fs.rmSync(dir, { recursive: true }))

const options = (more: Partial<LockOptions> = {}): LockOptions => ({
  run: 'r1',
  host: 'here',
  pid: 100,
  now: () => clock.now(),
  ttlMs: 60_000,
  pidAlive: (pid) => alive.has(pid),
  randomHex: (bytes) => randomBytes(bytes).toString('hex'),
  ...more,
})
const take = (more: Partial<LockOptions> = {}) => takeLock(dir, options(more))
const holder = (): LockHolder => JSON.parse(fs.readFileSync(path.join(dir, 'lock'), 'utf8')) as LockHolder

test('is taken, names its holder, is renewed and let go', async () => {
  const lock = await take()
  expect(holder()).toEqual({ run: 'r1', host: 'here', pid: 100, renewed: '2024-01-02T03:04:05.000Z' })
  expect(fs.statSync(path.join(dir, 'lock')).mode & 0o777).toBe(0o600)
  clock.advance(1000)
  await lock.renew()
  expect(holder().renewed).toBe('2024-01-02T03:04:06.000Z')
  await lock.release()
  expect(fs.readdirSync(dir)).toEqual([])
})

test('another run is refused with exit 7 and told who holds it', async () => {
  await take()
  await expect(take({ run: 'r2', pid: 200 })).rejects.toMatchObject({ exit: 7, message: expect.stringMatching(/r1.*here.*100/) })
  expect(holder().run).toBe('r1')
  expect(fs.readdirSync(dir)).toEqual(['lock'])
})

test('the same run in another living process is refused too', async () => {
  await take()
  await expect(take({ pid: 200 })).rejects.toMatchObject({ exit: 7 })
})

const TAKEOVERS: [string, Partial<LockOptions>, () => void][] = [
  ['its own, after a kill', { pid: 200 }, () => void alive.delete(100)],
  ['one whose process is gone on this host', { run: 'r2', pid: 200 }, () => void alive.delete(100)],
  ['one that was silent for too long', { run: 'r2', pid: 200 }, () => clock.advance(61_000)],
  ['its own, from another host', { host: 'there', pid: 200 }, () => undefined],
  ['a silent one, from another host', { run: 'r2', host: 'there', pid: 200 }, () => clock.advance(61_000)],
]
test.each(TAKEOVERS)('a run takes over %s', async (_, more, meanwhile) => {
  await take()
  meanwhile()
  await take(more)
  expect(holder()).toMatchObject({ run: 'r1', ...more })
  expect(fs.readdirSync(dir)).toEqual(['lock'])
})

test('another host does not judge by process ids', async () => {
  await take()
  alive.delete(100)
  await expect(take({ run: 'r2', host: 'there', pid: 200 })).rejects.toMatchObject({ exit: 7 })
})

test('a lock that was taken over is neither renewed nor let go by the one who lost it', async () => {
  const lost = await take()
  clock.advance(61_000)
  await take({ run: 'r2', pid: 200 })
  await expect(lost.renew()).rejects.toMatchObject({ exit: 7 })
  await lost.release()
  expect(holder().run).toBe('r2')
})

test('a lock that was removed by hand is told at the next renewal', async () => {
  const lock = await take()
  fs.unlinkSync(path.join(dir, 'lock'))
  await expect(lock.renew()).rejects.toMatchObject({ exit: 7, message: expect.stringMatching(/removed/) })
})

test('an empty or broken lock file is nobody’s', async () => {
  for (const text of ['', '{"run"']) {
    fs.writeFileSync(path.join(dir, 'lock'), text)
    await (await take()).release()
  }
})

test('of many at once exactly one gets it, also over a dead one', async () => {
  for (const dead of [false, true]) {
    if (dead) fs.writeFileSync(path.join(dir, 'lock'), JSON.stringify({ run: 'old', host: 'here', pid: 999, renewed: clock.now().toISOString() }))
    const pids = Array.from({ length: 20 }, (_, i) => 1000 + i)
    pids.forEach((pid) => alive.add(pid))
    const results = await Promise.allSettled(pids.map((pid) => take({ run: `r${pid}`, pid })))
    const won = results.filter(({ status }) => status === 'fulfilled')
    expect(won).toHaveLength(1)
    expect(fs.readdirSync(dir)).toEqual(['lock'])
    await (won[0] as PromiseFulfilledResult<{ release(): Promise<void> }>).value.release()
  }
})

test('a directory that is missing is told with its path', async () => {
  await expect(takeLock(path.join(dir, 'none'), options())).rejects.toMatchObject({ name: 'Refusal', message: expect.stringContaining(path.join(dir, 'none', 'lock')) })
})
