/** The most memory that any of our stages ever has, at 10,000 and at 100,000 keys, and how fast it goes when the server costs nothing. */
import * as fs from 'fs'
import * as path from 'path'
import { benchKeys, fill } from '../keys'
import { fact, rate, ratio, type Row } from '../table'
import { sandbox, scratch, st2upgrade, type Bench } from '../tools'

const STAGES: [string, string[]][] = [
  ['export', ['--only=keys', '--plain-archive']],
  ['plan', ['--only=keys']],
  ['apply', []],
  ['verify', []],
]

interface Measured {
  count: number
  peaks: Record<string, number>
  seconds: Record<string, number>
}

export async function memory(bench: Bench): Promise<Row[]> {
  const [few, many] = bench.quick ? [1000, 10_000] : [10_000, 100_000]
  const small = await measured(bench, few)
  const big = await measured(bench, many)
  const peak = ({ peaks }: Measured): number => Math.max(...Object.values(peaks))
  const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
  const all = ({ peaks }: Measured): string => Object.entries(peaks).map(([stage, bytes]) => `${stage} ${mb(bytes)}`).join(', ')
  const speed = ({ count, seconds }: Measured): string => Object.entries(seconds).map(([stage, s]) => `${stage} ${rate(count, s)}`).join(', ')
  return [
    ratio(`peak memory at ${many} keys against ${few}`, peak(big) / peak(small), { most: 1.3 }, `${mb(peak(big))} and ${mb(peak(small))}`),
    { what: `peak memory at ${many} keys`, wanted: 'under 200 MB', measured: all(big), met: peak(big) < 200e6 },
    fact(`peak memory at ${few} keys`, all(small)),
    fact(`keys a second on an instance that costs nothing, ${many} keys`, speed(big)),
  ]
}

async function measured(bench: Bench, count: number): Promise<Measured> {
  const source = await sandbox(bench, { version: '3.8.1' })
  const target = await sandbox(bench, { version: '3.9.0' })
  await fill(source, benchKeys(count))
  const stateDir = scratch(bench, 'state')
  const result: Measured = { count, peaks: {}, seconds: {} }
  for (const [stage, args] of STAGES) {
    const file = path.join(scratch(bench, 'peak'), stage)
    const { seconds } = await st2upgrade(bench, stage, ['--run=bench', ...args], { source, target: stage === 'export' ? undefined : target, stateDir }, file)
    result.peaks[stage] = Number(fs.readFileSync(file, 'utf8'))
    result.seconds[stage] = seconds
    bench.say(`  ${count} keys, ${stage}: ${Math.round(result.peaks[stage] / 1e6)} MB, ${seconds.toFixed(1)} s`)
  }
  await source.stop()
  await target.stop()
  return result
}
