/** Memory does not grow with the number of items. Figures are peaks of a process of its own, in MB. */
import { execFileSync } from 'child_process'
import * as fs from 'fs'
import * as path from 'path'
import { tempDir } from '../support/archives'

it('a sealed archive of 100,000 items of 1 kB is written, read back, opened and read in under 220 MB', () => {
  const dir = tempDir()
  const program = path.join(dir, 'big.js')
  execFileSync(process.execPath, ['scripts/build.mjs', '--entry', 'tests/fixtures/bundle/big-archive.ts', '--out', program])
  const { read, peak } = JSON.parse(execFileSync(process.execPath, [program, dir, '100000', '0'], { encoding: 'utf8' })) as { read: number; peak: number }
  fs.rmSync(dir, { recursive: true })
  expect(read).toBe(100_000)
  expect(peak).toBeLessThan(220)
}, 120_000)
