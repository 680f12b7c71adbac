/**
 * A run that is handed over, killed on either side: while the pieces cross, while this pack works there, and that work itself. Run
 * again it goes on where it was, nothing is done twice, and no temporary key stays.
 */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { startWorld, type Answer, type Env, type Running, type World } from '../support/bundle'
import { makeRepository, packYaml } from '../support/git-repository'
import { killingProxy, type Strike } from '../support/killing-proxy'
import { collect } from '../support/migration'
import { ownPack, settleOwnPack } from '../support/own-pack'

jest.setTimeout(240_000)

let w: World
let dir: string
beforeEach(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-handed-over-'))
  w = await startWorld()
  settleOwnPack(w.new, path.join(dir, 'there'))
  const files = { 'pack.yaml': packYaml('demo'), 'rules/live.yaml': '---\nname: live\npack: demo\nenabled: true\ntrigger:\n  type: core.st2.webhook\n  parameters: {url: live}\naction:\n  ref: core.noop\n' }
  expect((await w.on('old').run('packs.install', { packs: [`file://${makeRepository(dir, 'demo', files)}`] }, { timeoutMs: 60_000 })).status).toBe('succeeded')
  for (let n = 0; n < 5; n++) await w.on('old').putKey({ name: `key${n}`, value: `value${n}`, scope: 'system', secret: n === 0 })
})
afterEach(async () => {
  await w.end()
  fs.rmSync(dir, { recursive: true, force: true })
})

const env = (): Env => ({ ST2UPGRADE_PACK_URL: ownPack(dir) })
const WORDS = ['migrate', '--run=k', '--serve-packs', '--except=host_files']
const migrate = (more: Env): Running => w.start([...WORDS, `--source-root=${w.old.sandbox.paths.root}`], more)

interface Shown {
  id: string
  status: string
  action: { ref: string }
}
const executions = async (action: string): Promise<Shown[]> => (await collect(w.on('new').list<Shown>('/v1/executions'))).filter(({ action: { ref } }) => ref === `st2upgrade.${action}`)
const temporary = async (): Promise<string[]> => [
  ...(await collect(w.on('new').list<{ name: string }>('/v1/keys', { query: { prefix: 'st2upgrade.' } }))).map(({ name }) => name),
  ...(await collect(w.on('new').list<{ id: string }>('/v1/apikeys'))).map(({ id }) => id),
]

/** Everything is there, quiet, proved, and nothing of the crossing. */
async function whole({ exit, told }: Answer): Promise<void> {
  expect(exit === 0 ? '' : told).toBe('')
  expect(told).toContain('everything was read back')
  expect((await w.on('new').key('key0', 'system', { decrypt: true }))?.value).toBe('value0')
  expect(await w.on('new').get<{ enabled: boolean }>('/v1/rules/demo.live')).toMatchObject({ enabled: false })
  expect(await temporary()).toEqual([])
  expect(w.halves(path.join(dir, 'there'))).toEqual([])
}

const pieces: Strike['counts'] = (method, url) => method === 'PUT' && url.includes('st2upgrade.piece')

test('killed here when a piece is there: the next one leaves none behind', async () => {
  const more = env()
  const all: Running[] = []
  const proxy = await killingProxy(w.new.apiUrl, { counts: pieces, at: 1, when: 'after', kill: () => all.forEach(({ child }) => child.kill('SIGKILL')) })
  const running = migrate({ ...more, ST2UPGRADE_TARGET_URL: proxy.url })
  all.push(running)
  expect(await running.ended).toBe('SIGKILL')
  await proxy.close()
  const left = await collect(w.on('new').list<{ name: string; expire_timestamp: string }>('/v1/keys', { query: { prefix: 'st2upgrade.piece.' } }))
  expect(left.map(({ expire_timestamp: ends }) => Date.parse(ends) - Date.now() < 3_600_000)).toEqual([true])
  await whole(await migrate(more).answer)
})

test('killed here while this pack applies there: the work goes on, and the next one waits for it; ended there: that is told, and the next one goes on where it was', async () => {
  const more = env()
  w.new.setFaults({ writeMs: 200 })
  const first = migrate(more)
  await first.said(/apply on http/)
  first.child.kill('SIGKILL')
  expect(await first.ended).toBe('SIGKILL')
  const second = w.start(['apply', '--run=k'], more)
  await second.said(/apply on http/)
  const [apply, ...others] = await executions('apply')
  expect(others).toEqual([])
  await w.on('new').delete(`/v1/executions/${apply!.id}`)
  const { exit, told, next } = await second.answer
  expect(exit).not.toBe(0)
  expect(`${told}\n${next}`).toMatch(new RegExp(`execution ${apply!.id} on http[\\s\\S]*st2upgrade apply --run k`))
  w.new.setFaults({})
  await whole(await migrate(more).answer)
})
