/** The committed bundle as a process: signals, closed pipes, what leaves on which stream. */
import { spawn, type ChildProcess } from 'child_process'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { startMigration, type Migration } from '../support/migration'

jest.setTimeout(120_000)

const BUNDLE = path.resolve(__dirname, '../../actions/st2upgrade.js')

interface Ended {
  code: number | null
  signal: string | null
  out: string
  err: string
}

let dir: string
let migration: Migration
let env: Record<string, string>

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-process-'))
  migration = await startMigration()
  const { token } = migration.old.sandbox.mintToken('st2admin', 3600)
  env = { PATH: process.env.PATH ?? '', HOME: dir, ST2_API_URL: migration.old.apiUrl, ST2_AUTH_TOKEN: token, ST2UPGRADE_TARGET_AUTH_TOKEN: migration.new.sandbox.mintToken('st2admin', 3600).token }
})
afterAll(async () => {
  await migration.end()
  fs.rmSync(dir, { recursive: true, force: true })
})
beforeEach(() => migration.old.setFaults({}))

function start(...argv: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [BUNDLE, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout?.on('data', (text: Buffer) => (out += text.toString()))
  child.stderr?.on('data', (text: Buffer) => (err += text.toString()))
  return { child, ended: new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out, err }))) }
}

/** Resolves once the program has said this on stderr. */
const said = (child: ChildProcess, what: RegExp): Promise<void> => new Promise((resolve) => child.stderr?.on('data', (text: Buffer) => what.test(text.toString()) && resolve()))

const exporting = (run: string): string[] => ['export', '--plain-archive', `--run=${run}`, `--state-dir=${path.join(dir, 'state')}`]

/** Whole or half archives that a run has left. */
function archivesOf(run: string): string[] {
  const directory = path.join(dir, 'state', 'runs', run)
  return fs.existsSync(directory) ? fs.readdirSync(directory).filter((name) => name.includes('.st2.tar')) : []
}

it('prints one line of JSON on stdout, progress on stderr, no warning of Node', async () => {
  const { code, out, err } = await start(...exporting('whole')).ended
  expect(code).toBe(0)
  expect(out.trimEnd().split('\n')).toHaveLength(1)
  expect(JSON.parse(out)).toMatchObject({ stage: 'export', run: 'whole' })
  expect(err).toContain('list datastore keys')
  expect(err).not.toMatch(/Warning|\(node:/)
})

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 75],
] as const)('after %s ends with %i, names the command that goes on, leaves no half archive', async (signal, code) => {
  migration.old.setFaults({ readMs: 100 })
  const argv = exporting(`stopped-${code}`)
  const { child, ended } = start(...argv)
  await said(child, /list datastore keys/)
  const stopping = said(child, /stopping after what is in work/)
  child.kill(signal)
  await Promise.race([stopping, ended])
  migration.old.setFaults({})
  const told = await ended
  expect([told.code, told.signal]).toEqual([code, null])
  expect(JSON.parse(told.out)).toMatchObject({ exit: code, error: { next: `Run the same again to go on: st2upgrade ${argv.join(' ')}` } })
  expect(archivesOf(`stopped-${code}`)).toEqual([])
  expect((await start(...argv).ended).code).toBe(0)
})

it('a second Ctrl-C ends it at once', async () => {
  migration.old.setFaults({ readMs: 300 })
  const { child, ended } = start(...exporting('twice'))
  await said(child, /list datastore keys/)
  migration.old.setFaults({ readMs: 6_000 })
  const stopping = said(child, /stopping after what is in work/)
  child.kill('SIGINT')
  await stopping
  child.kill('SIGINT')
  expect((await ended).code).toBe(130)
})

it('goes on to its end when nobody reads what it prints', async () => {
  const { child, ended } = start(...exporting('unread'))
  child.stdout?.destroy()
  child.stderr?.destroy()
  expect((await ended).code).toBe(0)
  const record = JSON.parse(fs.readFileSync(path.join(dir, 'state', 'runs', 'unread', 'run.json'), 'utf8')) as { archive: string }
  expect(fs.existsSync(record.archive)).toBe(true)
})

it('stops by itself with 75 when its own execution is canceled', async () => {
  const { id } = await migration.on('old').post<{ id: string }>('/executions', { action: 'core.local', parameters: { cmd: 'sleep 3' } })
  migration.old.setFaults({ readMs: 500 })
  const token = env.ST2_AUTH_TOKEN ?? ''
  const inAction = { ...env, ST2_ACTION_EXECUTION_ID: id, ST2_ACTION_API_URL: `${migration.old.apiUrl}/v1`, ST2_ACTION_AUTH_TOKEN: token }
  const child = spawn(process.execPath, [BUNDLE, ...exporting('canceled')], { env: inAction, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  child.stdout.on('data', (text: Buffer) => (out += text.toString()))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const stopping = said(child, /stopping after what is in work/)
  await migration.on('old').delete(`/executions/${id}`)
  await Promise.race([stopping, ended])
  migration.old.setFaults({})
  expect(await ended).toBe(75)
  expect(JSON.parse(out)).toMatchObject({ exit: 75, error: { code: 'E_STOPPED', next: expect.stringContaining(`st2 execution re-run ${id}`) } })
})
