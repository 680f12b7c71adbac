/**
 * Keys per second on an instance as quiet as the measured one: our apply, a plain keep-alive client at its best concurrency,
 * `st2 key load`. All are whole processes, their start included, and write the same keys to an empty target. Then the same
 * apply again, and a whole new plan and apply, on what is now an equal target.
 */
import * as fs from 'fs'
import * as path from 'path'
import { countingProxy } from '../counting-proxy'
import { benchKeys, fill, type BenchKey } from '../keys'
import { QUIET } from '../quiet'
import type { St2 } from '../st2-cli'
import { fact, inSeconds, rate, ratio, type Row } from '../table'
import { median, run, sandbox, scratch, st2upgrade, tokenOf, type Bench, type Instance } from '../tools'

const CONCURRENCIES = [1, 2, 4, 8, 16, 32]
/**
 * Whole passes of apply and of the plain client, in turn. What else the machine does differs from minute to minute more than the two
 * do, so each pass is held against its neighbour, and the middle one of these ratios counts; all of them are told.
 */
const ROUNDS = 5

export async function writes(bench: Bench, st2: St2): Promise<Row[]> {
  const keys = benchKeys(bench.quick ? 300 : 3000)
  const file = path.join(scratch(bench, 'writes'), 'keys.json')
  fs.writeFileSync(file, JSON.stringify(keys.map((key) => ({ ...key, scope: 'st2kv.system', encrypted: false }))))
  const best = await sweep(bench, keys.slice(0, keys.length / 3))
  const source = await sandbox(bench, { version: '3.8.1' })
  await fill(source, keys)
  const [ours, plain]: [number[], number[]] = [[], []]
  const rows: Row[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const target = await quiet(bench)
    const stateDir = scratch(bench, 'state')
    await prepared(bench, source, target, stateDir)
    const first = await st2upgrade(bench, 'apply', ['--run=bench'], { source, target, stateDir })
    ours.push(first.seconds)
    if (round === 0) rows.push(...(await reruns(bench, source, target, stateDir, first.seconds)))
    await target.stop()
    plain.push(await plainClient(bench, file, best.concurrency))
    bench.say(`  round ${round + 1}: apply ${rate(keys.length, ours[round] as number)}, plain client ${rate(keys.length, plain[round] as number)}`)
  }
  const load = await keyLoad(bench, st2, file)
  await source.stop()
  const [a, p] = [median(ours), median(plain)]
  const pairs = ours.map((seconds, round) => (plain[round] as number) / seconds)
  return [
    ratio('apply against a plain keep-alive client', median(pairs), { least: 0.95 }, `middle one of ${pairs.map((pair) => pair.toFixed(2)).join(', ')}; ${rate(keys.length, a)} and ${rate(keys.length, p)}, ${keys.length} keys`),
    fact('the plain client by concurrency', best.told),
    ratio('apply against `st2 key load`', load / a, { least: 1.2 }, `${rate(keys.length, a)} and ${rate(keys.length, load)}`),
    ...rows,
  ]
}

const quiet = (bench: Bench): Promise<Instance> => sandbox(bench, { version: '3.9.0', ...QUIET })

async function prepared(bench: Bench, source: Instance, target: Instance, stateDir: string): Promise<number> {
  await st2upgrade(bench, 'export', ['--run=bench', '--only=keys', '--plain-archive'], { source, stateDir })
  return (await st2upgrade(bench, 'plan', ['--run=bench', '--only=keys'], { source, target, stateDir })).seconds
}

async function sweep(bench: Bench, keys: BenchKey[]): Promise<{ concurrency: number; told: string }> {
  const file = path.join(scratch(bench, 'sweep'), 'keys.json')
  fs.writeFileSync(file, JSON.stringify(keys))
  const found: { concurrency: number; seconds: number }[] = []
  for (const concurrency of CONCURRENCIES) found.push({ concurrency, seconds: await plainClient(bench, file, concurrency) })
  const told = found.map(({ concurrency, seconds }) => `${concurrency}: ${rate(keys.length, seconds)}`).join(', ')
  bench.say(`  plain client by concurrency: ${told}`)
  return { concurrency: found.sort((a, b) => a.seconds - b.seconds)[0]?.concurrency as number, told }
}

async function plainClient(bench: Bench, file: string, concurrency: number): Promise<number> {
  const target = await quiet(bench)
  const env = { ST2_AUTH_TOKEN: await tokenOf(target) }
  const { seconds } = await run(process.execPath, [path.join(bench.dir, 'programs/plain-client.js'), target.apiUrl, String(concurrency), file], { env })
  await target.stop()
  return seconds
}

async function keyLoad(bench: Bench, st2: St2, file: string): Promise<number> {
  const target = await quiet(bench)
  const { seconds } = await st2(['key', 'load', file], target)
  await target.stop()
  return seconds
}

async function reruns(bench: Bench, source: Instance, target: Instance, stateDir: string, first: number): Promise<Row[]> {
  const counted = await countingProxy(target)
  const sides = { source, target: counted, stateDir }
  const same = await st2upgrade(bench, 'apply', ['--run=bench'], sides)
  const afterSame = [...counted.writes]
  await st2upgrade(bench, 'export', ['--run=anew', '--only=keys', '--plain-archive'], { source, stateDir })
  await st2upgrade(bench, 'plan', ['--run=anew', '--only=keys'], sides)
  const anew = await st2upgrade(bench, 'apply', ['--run=anew'], sides)
  const afterAnew = counted.writes.slice(afterSame.length)
  await counted.stop()
  const told = (list: string[]): string => (list.length === 0 ? '0' : `${list.length}: ${[...new Set(list)].slice(0, 4).join(', ')}`)
  return [
    ratio('the same apply again, against the first', same.seconds / first, { most: 0.25 }, `${inSeconds(same.seconds)} and ${inSeconds(first)}`),
    { what: 'requests that write in it, counted before the server', wanted: '0', measured: told(afterSame), met: afterSame.length === 0 },
    ratio('a new run on the equal target: its apply, against the first', anew.seconds / first, { most: 0.25 }, `${inSeconds(anew.seconds)} and ${inSeconds(first)}`),
    { what: 'requests that write in its plan and apply', wanted: '0', measured: told(afterAnew), met: afterAnew.length === 0 },
  ]
}
