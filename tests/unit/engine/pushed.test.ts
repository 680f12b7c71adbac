/** What a run remembers of its pushes: before each, and for good once one is sure. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { notePush, pushedBy, pushLines, removal } from '../../../src/engine/pushed'

let dir: string
beforeEach(() => (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-pushed-'))))
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))
const run = { at: (name: string): string => path.join(dir, name) }
const push = (more: object = {}) => ({ pack: 'demo', url: 'https://git.example.org/demo.git', refs: ['refs/heads/st2upgrade/r1', 'refs/tags/st2upgrade-r1'], sure: true, ...more })

test('one that was cut off is told as perhaps there, until it is sure; a later failure changes nothing', async () => {
  expect(pushLines(await pushedBy(run), 'left:')).toEqual([])
  await notePush(run, push({ refs: ['refs/heads/st2upgrade/r1'], sure: false }))
  expect(pushLines(await pushedBy(run), 'left:')[0]).toBe('left: demo at https://git.example.org/demo.git: branch st2upgrade/r1 (perhaps: the push failed or was cut off)')
  await notePush(run, push())
  await notePush(run, push({ refs: ['refs/heads/st2upgrade/r1'], sure: false }))
  await notePush(run, push({ pack: 'other', url: 'x y' }))
  expect(await pushedBy(run)).toEqual([push(), push({ pack: 'other', url: 'x y' })])
})

test('the command that removes it can be copied', () => {
  expect(removal(push())).toBe('git push https://git.example.org/demo.git --delete refs/heads/st2upgrade/r1 refs/tags/st2upgrade-r1')
  expect(removal(push({ url: "/srv/it's.git" }))).toContain(`'/srv/it'\\''s.git'`)
})
