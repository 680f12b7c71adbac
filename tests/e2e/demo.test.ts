/**
 * The committed bundle's demo, as somebody types it in a fresh clone: it ends well, and whatever ends it, nothing stays behind.
 * That it also runs on other versions of Node is tried where those are at hand (.ci/run).
 */
import { spawn, type ChildProcess } from 'child_process'
import * as fs from 'fs'
import * as net from 'net'
import * as os from 'os'
import * as path from 'path'

const BUNDLE = process.env.ST2UPGRADE_BUNDLE ?? path.join(__dirname, '../../actions/st2upgrade.js')

/** The demo itself takes some 12 s on two free cores; here it shares them. */
jest.setTimeout(180_000)

/** Everything that the demo leaves on the disk would lie here. */
let tmp: string
beforeEach(() => (tmp = fs.mkdtempSync(path.join(os.tmpdir(), 'demo-test-'))))
afterEach(() => fs.rmSync(tmp, { recursive: true, force: true }))

interface Demo {
  child: ChildProcess
  /** All of stdout so far. */
  said: () => string
  /** All of stderr so far. */
  told: () => string
  /** Resolves with the exit code, or the signal that ended it. */
  ended: Promise<number | string>
}

function demo(...args: string[]): Demo {
  return demoWith(process.env['PATH'] as string, ...args)
}

function demoWith(searched: string, ...args: string[]): Demo {
  const child = spawn(process.execPath, [BUNDLE, 'demo', ...args], { env: { PATH: searched, HOME: tmp, TMPDIR: tmp }, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const ended = new Promise<number | string>((resolve) => child.on('close', (code, signal) => resolve(code ?? signal ?? err)))
  return { child, said: () => out, told: () => err, ended }
}

/** The ports of both sandboxes, once the story has told of them. */
async function portsOf({ said, told, ended }: Demo): Promise<number[]> {
  for (;;) {
    const ports = [...(said() + told()).matchAll(/StackStorm 3\.\d\.\d at http:\/\/127\.0\.0\.1:(\d+)/g)].map((match) => Number(match[1]))
    if (ports.length === 2) return ports
    const code = await Promise.race([ended, new Promise<undefined>((resolve) => setTimeout(resolve, 50))])
    if (code !== undefined) throw new Error(`the demo ended with ${code}: ${said()}`)
  }
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false)).on('connect', () => socket.destroy())
  })

async function allSilent(ports: number[]): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    if (!(await Promise.all(ports.map(listens))).includes(true)) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}

const there = fs.existsSync(BUNDLE)
if (!there) console.log('tests/e2e/demo.test.ts is skipped: actions/st2upgrade.js is not built (npm run build)')
;(there ? describe : describe.skip)('st2upgrade demo', () => {
  // That it ends by itself without --keep is tried on every Node (scripts/try-nodes.mjs): the whole of it takes long.
  it('moves the estate and proves it, with every item as declared, and keeps both sandboxes with --keep until it is told to end', async () => {
    const run = demo('--keep', '--format=json')
    const ports = await portsOf(run)
    while (!run.told().includes('Both sandboxes go on') && run.child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await Promise.all(ports.map(listens))).toEqual([true, true])
    run.child.kill('SIGTERM')
    const code = await run.ended
    const result = JSON.parse(run.said()) as Record<string, never> & { summary: string[]; equal: Record<string, number>; seconds: Record<string, number> }
    expect(result).toMatchObject({ stage: 'demo', exit: 0, faults: 0, first_faults: [], equal: { keys: 3090, configs: 4 } })
    expect(code).toBe(0)
    expect(result.equal['secrets']).toBeGreaterThan(150)
    expect(result.equal['expiring']).toBeGreaterThanOrEqual(40)
    expect(Object.keys(result.seconds)).toEqual(expect.arrayContaining(['fill', 'export', 'plan', 'apply', 'verify', 'activate', 'proof', 'the same again']))
    expect(await allSilent(ports)).toBe(true)
    expect(fs.readdirSync(tmp)).toEqual([])
  })

  it('says so at once where git is missing', async () => {
    const run = demoWith(tmp, '--format=json')
    expect(await run.ended).toBe(5)
    expect(JSON.parse(run.said())).toMatchObject({ summary: ['demo: git is not on this machine', 'Next: install git: packs travel as git repositories'] })
    expect(fs.readdirSync(tmp)).toEqual([])
  })

  it('ends on Ctrl-C with 130, both sandboxes gone and nothing on the disk', async () => {
    const run = demo()
    const ports = await portsOf(run)
    run.child.kill('SIGINT')
    expect(await run.ended).toBe(130)
    expect(await allSilent(ports)).toBe(true)
    expect(fs.readdirSync(tmp)).toEqual([])
  })

  it('leaves no sandbox running when it is killed', async () => {
    const run = demo()
    const ports = await portsOf(run)
    run.child.kill('SIGKILL')
    await run.ended
    expect(await allSilent(ports)).toBe(true)
  })
})
