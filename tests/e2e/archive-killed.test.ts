/** kill -9 while an archive is written: at the first and last things that are asked of the disk, and at some between. */
import { execFileSync, spawnSync } from 'child_process'
import * as fs from 'fs'
import * as path from 'path'
import { openArchive } from '../../src/archive/read'
import { collect, tempDir } from '../support/archives'

let dir: string
let program: string
beforeAll(() => {
  dir = tempDir()
  program = path.join(dir, 'killed.js')
  execFileSync(process.execPath, ['scripts/build.mjs', '--entry', 'tests/fixtures/bundle/killed-archive.ts', '--out', program])
})
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

it('leaves a whole archive or none, and the next run writes the same as an undisturbed one', async () => {
  const undisturbed = path.join(dir, 'undisturbed')
  const asked = Number(execFileSync(process.execPath, [program, undisturbed, '0'], { encoding: 'utf8' }))
  const right = fs.readFileSync(path.join(undisturbed, 'a.st2.tar.gz'))
  const archive = await openArchive(path.join(undisturbed, 'a.st2.tar.gz'), {}, dir)
  expect(await collect(archive.items('keys'))).toHaveLength(9)
  await archive.close()
  const moments = Array.from({ length: asked }, (_, n) => n + 1).filter((at) => at <= 6 || at > asked - 10 || at % 13 === 0)
  for (const at of moments) {
    const place = path.join(dir, `at-${at}`)
    expect(spawnSync(process.execPath, [program, place, `${at}`]).signal).toBe('SIGKILL')
    // The rename is the last thing that is asked of the disk, so a killed run has not come to it.
    expect(fs.existsSync(path.join(place, 'a.st2.tar.gz'))).toBe(false)
    execFileSync(process.execPath, [program, place, '0'])
    expect(fs.readFileSync(path.join(place, 'a.st2.tar.gz')).equals(right)).toBe(true)
    expect(fs.readdirSync(place)).toEqual(['a.st2.tar.gz'])
    fs.rmSync(place, { recursive: true })
  }
}, 120_000)
