/** Reading everything: our export (listed twice, checked, written as an archive) against `st2 key list -n -1 -j`, on the demo's estate. */
import { seedEstate } from '../../src/sandbox/estate'
import { QUIET } from '../quiet'
import type { St2 } from '../st2-cli'
import { fact, inSeconds, type Row } from '../table'
import { median, sandbox, scratch, st2upgrade, type Bench } from '../tools'

const ROUNDS = 3

export async function exports(bench: Bench, st2: St2): Promise<Row[]> {
  const root = scratch(bench, 'export')
  const instant = await sandbox(bench, { version: '3.8.1', root })
  const estate = await seedEstate(instant, { size: bench.quick ? 'small' : 'demo', workDir: scratch(bench, 'estate') })
  await estate.close()
  await instant.stop()
  const source = await sandbox(bench, { version: '3.8.1', root, ...QUIET })
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    ours.push((await st2upgrade(bench, 'export', ['--only=keys', '--plain-archive', '--other-users'], { source, stateDir: scratch(bench, 'state') })).seconds)
    theirs.push((await st2(['key', 'list', '-n', '-1', '-j'], source)).seconds)
  }
  await source.stop()
  const [a, b] = [median(ours), median(theirs)]
  return [fact('export of all keys of three users against `st2 key list -n -1 -j` of one', `${(a / b).toFixed(2)} (${inSeconds(a)} and ${inSeconds(b)}, ${estate.keys.length} keys)`)]
}
