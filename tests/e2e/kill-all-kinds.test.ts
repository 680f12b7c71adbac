/**
 * Promise 3 with everything that is carried: `migrate` of the small estate is killed (SIGKILL) at random requests to either
 * side, some of them while packs are being installed; run again, it ends as an undisturbed run does, and leaves nothing behind.
 */
import { execFileSync, spawn, type ChildProcess } from 'child_process'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { KINDS } from '../../src/kinds'
import { prove } from '../../src/report/demo/proof'
import { snapshot, type Place, type Snapshot } from '../../src/report/demo/snapshot'
import { declaredFor, seedEstate, type Estate } from '../../src/sandbox/estate'
import { seeded } from '../../src/sandbox/estate/random'
import { startSandbox, type RunningSandbox } from '../../src/sandbox/start'
import { BUNDLE } from '../support/bundle'
import { killingProxy, type Strike } from '../support/killing-proxy'

jest.setTimeout(240_000)

/** Questions that wait for an answer on the old instance are for a person. */
const PERSON = 3
const kinds = KINDS.map(({ name }) => name)
let dir: string
let old: RunningSandbox
let estate: Estate
let source: Snapshot
let fresh: RunningSandbox

const place = ({ apiUrl, authUrl, sandbox }: RunningSandbox): Place => ({ apiUrl, authUrl, root: sandbox.paths.root })

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-kill-all-'))
  old = await startSandbox({ version: '3.8.1', root: path.join(dir, 'old'), ttlSweepMs: 3_600_000 })
  estate = await seedEstate(place(old), { size: 'small', workDir: path.join(dir, 'git') })
  source = await snapshot(place(old))
})
afterAll(async () => {
  await estate.close()
  await old.stop()
  fs.rmSync(dir, { recursive: true, force: true })
})

let serial = 0
beforeEach(async () => {
  fresh = await startSandbox({ version: '3.9.0', root: path.join(dir, `new-${++serial}`) })
})
afterEach(() => fresh.stop())

const stateDir = (): string => path.join(dir, `state-${serial}`)

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  out: string
}

function migrate(urls: Record<'source' | 'target', string>, onStart: (child: ChildProcess) => void = () => undefined): Promise<Ended> {
  const roots = ['--source-root', old.sandbox.paths.root, '--target-root', fresh.sandbox.paths.root]
  const token = (running: RunningSandbox): string => running.sandbox.mintToken('st2admin', 3600).token
  const child = spawn(process.execPath, [BUNDLE, 'migrate', '--run', 'k1', '--state-dir', stateDir(), '--source-url', urls.source, '--target-url', urls.target, ...roots, '--allow-active', '--format', 'json'], {
    env: { PATH: process.env.PATH, HOME: dir, ST2UPGRADE_SOURCE_AUTH_TOKEN: token(old), ST2UPGRADE_TARGET_AUTH_TOKEN: token(fresh) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onStart(child)
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (out += piece.toString()))
  return new Promise((done) => child.on('close', (code, signal) => done({ code, signal, out })))
}

/** One run with a strike at one of the requests to a side. */
async function struck(side: 'source' | 'target', strike: Omit<Strike, 'kill'>): Promise<Ended> {
  let child: ChildProcess | undefined
  const urls = { source: old.apiUrl, target: fresh.apiUrl }
  const proxy = await killingProxy(urls[side], { ...strike, kill: () => child?.kill('SIGKILL') })
  const ended = await migrate({ ...urls, [side]: proxy.url }, (started) => (child = started))
  await proxy.close()
  return ended
}

/** Everything that was on the old instance is on the new one, and nothing else; nothing of the tool's own stays anywhere. */
async function expectAllOfIt(): Promise<void> {
  expect(prove(source, await snapshot(place(fresh)), declaredFor('3.8.1', kinds), { kinds, activated: true }).faults).toEqual([])
  expect((await snapshot(place(old))).apiKeys).toEqual(source.apiKeys)
  const left = fs.readdirSync(path.join(stateDir(), 'runs', 'k1')).filter((name) => /\.part$|^work/.test(name))
  expect(left).toEqual([])
}

const any: Strike['counts'] = () => true
/** Asked while packs are on their way: installs, and whether they have ended. */
const installs: Strike['counts'] = (_method, url) => /^\/v1\/(packs\/install|executions\/[0-9a-f]{24})/.test(url)

/** How many requests of each sort an undisturbed run makes; to the target those from the moment on that the archive is there. */
const usual = { source: 0, target: 0, installs: 0 }

/**
 * The state directory of the undisturbed run as a kill would have left it at its first request to the target with the archive
 * made: what a run holds by then does not hang on the target, so that runs that are killed later begin there.
 */
const exported = (): string => path.join(dir, 'exported')
function keepExported(): void {
  const record = path.join(stateDir(), 'runs/k1/run.json')
  if (usual.target > 0 || !fs.existsSync(record) || !('archive' in (JSON.parse(fs.readFileSync(record, 'utf8')) as object))) return
  execFileSync('cp', ['-a', stateDir(), exported()])
}

test('an undisturbed run moves everything', async () => {
  const count = (what: 'source' | 'target'): Strike['counts'] => (method, url) => {
    if (what === 'target') keepExported()
    if (what === 'source' || fs.existsSync(exported())) usual[what]++
    if (what === 'target' && installs(method, url)) usual.installs++
    return false
  }
  const through = (url: string, what: 'source' | 'target') => killingProxy(url, { counts: count(what), at: 0, when: 'before', kill: () => undefined })
  const proxies = { source: await through(old.apiUrl, 'source'), target: await through(fresh.apiUrl, 'target') }
  const ended = await migrate({ source: proxies.source.url, target: proxies.target.url })
  for (const proxy of Object.values(proxies)) await proxy.close()
  expect(ended).toMatchObject({ code: PERSON })
  expect(Math.min(...Object.values(usual))).toBeGreaterThan(5)
  await expectAllOfIt()
})

const random = seeded(3)
const SORTS = [
  { side: 'target', sort: 'target', counts: any },
  { side: 'target', sort: 'installs', counts: installs },
  { side: 'source', sort: 'source', counts: any },
] as const
const STRIKES = Array.from({ length: 10 }, (_, i) => ({ ...SORTS[i % 3]!, at: random.next(), when: random.next() < 0.5 ? ('before' as const) : ('after' as const) }))

test.each(STRIKES)('killed $when a request to the $side (of $sort, at $at of all): run again, nothing is lost and nothing is left', async ({ side, sort, counts, at, when }) => {
  // How often an install is asked after depends on its speed: of those, the last ones may not come.
  const most = usual[sort] * (sort === 'installs' ? 0.5 : 0.9)
  if (side === 'target') execFileSync('cp', ['-a', exported(), stateDir()])
  const killed = await struck(side, { counts, at: 1 + Math.floor(at * most), when })
  expect(killed.signal).toBe('SIGKILL')
  const again = await migrate({ source: old.apiUrl, target: fresh.apiUrl })
  expect(again.code === PERSON ? '' : again.out).toBe('')
  await expectAllOfIt()
})
