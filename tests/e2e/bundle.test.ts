/** The bundle as a file: built alike everywhere, started by a shell that looks for Node, and at work on the oldest Node at hand. */
import { execFileSync, spawnSync } from 'child_process'
import * as fs from 'fs'
import * as path from 'path'
import { tempDir } from '../support/archives'

const ROOT = path.resolve(__dirname, '..', '..')
let dir: string
let smoke: string

beforeAll(() => {
  dir = tempDir()
  smoke = build('one/smoke.js', ROOT)
})
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

function build(name: string, cwd: string): string {
  const out = path.join(dir, name)
  execFileSync(process.execPath, [path.join(ROOT, 'scripts/build.mjs'), '--entry', 'tests/fixtures/bundle/smoke.ts', '--out', out], { cwd })
  return out
}

describe('the bundle', () => {
  it('has the same bytes wherever it is built, none of them of this machine, and may be executed', () => {
    const text = fs.readFileSync(smoke, 'utf8')
    expect(fs.readFileSync(build('other/smoke.js', dir), 'utf8') === text).toBe(true)
    expect(text.includes(ROOT)).toBe(false)
    expect(fs.statSync(smoke).mode & 0o777).toBe(0o755)
  })

  it('works as a program and as an argument of node, and hands its arguments on as they are', () => {
    const words = ['export', '--a=b c', '', "it's", '*']
    const expected = { ok: true, arguments: words }
    expect(JSON.parse(execFileSync(smoke, words, { encoding: 'utf8' }))).toEqual(expected)
    expect(JSON.parse(execFileSync(process.execPath, [smoke, ...words], { encoding: 'utf8' }))).toEqual(expected)
  })

  it('works on every Node from 14.18 that scripts/try-nodes.mjs has fetched', () => {
    const cache = path.join(ROOT, 'node_modules', '.cache', 'nodes')
    const versions = fs.existsSync(cache) ? fs.readdirSync(cache).filter((name) => /^(14|16|18|20|22|24)\.\d+\.\d+$/.test(name)) : []
    if (versions.length === 0) return void process.stderr.write('NOT TESTED: other releases of Node; `node scripts/try-nodes.mjs actions/st2upgrade.js demo` fetches them\n')
    const tried = spawnSync(process.execPath, [path.join(ROOT, 'scripts/try-nodes.mjs'), '--only', versions.join(','), smoke], { encoding: 'utf8' })
    expect(tried.stdout.match(/^node \S+: (\S+)/gm)).toEqual(versions.map((version) => `node ${version}: passed`))
    expect(tried.status).toBe(0)
  })
})

describe('its way to Node', () => {
  const launcher = fs.readFileSync(path.join(ROOT, 'scripts/launcher.sh'), 'utf8')
  let place: string
  let program: string

  /** The launcher looks for Node in a root of its own, so that what this machine has is not found. */
  beforeEach(() => {
    place = fs.mkdtempSync(path.join(dir, 'place-'))
    program = path.join(place, 'st2upgrade')
    const text = launcher.replace(/([ =])\/(usr|opt|var)\//g, `$1${place}/$2/`)
    fs.writeFileSync(program, `${text}process.stdout.write('it ran ' + process.argv.slice(2))\n`, { mode: 0o755 })
  })

  /** A `node` that says it has this version; when it is used it says which one it was, or is the real one. */
  function node(where: string, version: string): string {
    const file = path.join(place, where)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, `#!/bin/sh\n[ "$1" = --version ] && echo ${version} && exit\necho "node of ${where} runs $1"\n`, { mode: 0o755 })
    return file
  }

  function start(env: Record<string, string> = {}) {
    const { status, stdout, stderr } = spawnSync(program, ['demo'], { encoding: 'utf8', env: { PATH: path.join(place, 'bin'), HOME: path.join(place, 'home'), ...env } })
    return { status, stdout, stderr }
  }

  it('says what to do when there is none', () => {
    expect(start()).toEqual({ status: 1, stdout: '', stderr: expect.stringMatching(/^st2upgrade needs Node\.js 14\.18 or newer, and found none\. Install it/) as string })
  })

  it.each(['v14.17.6', 'v12.22.12', 'v8.17.0', 'v0.10.48', 'v4.9.1'])('says what to do when there is only %s', (version) => {
    const old = node('bin/node', version)
    expect(start()).toEqual({ status: 1, stdout: '', stderr: expect.stringMatching(new RegExp(`^st2upgrade needs Node\\.js 14\\.18 or newer, and found only an older one: ${old} ${version}\\. Install it`)) as string })
  })

  it.each(['v14.18.0', 'v14.21.3', 'v15.0.0', 'v20.1.0', 'v100.0.0'])('takes %s', (version) => {
    node('bin/node', version)
    expect(start()).toEqual({ status: 0, stdout: `node of bin/node runs ${program}\n`, stderr: '' })
  })

  it('passes an older one by: nodejs, then the usual places', () => {
    node('bin/node', 'v12.22.12')
    node('opt/nodejs/bin/node', 'v16.0.0')
    expect(start().stdout).toMatch(/^node of opt\/nodejs\/bin\/node runs/)
    node('usr/bin/node', 'v18.0.0')
    expect(start().stdout).toMatch(/^node of usr\/bin\/node runs/)
    node('bin/nodejs', 'v18.0.0')
    expect(start().stdout).toMatch(/^node of bin\/nodejs runs/)
  })

  it('takes one in the state directory before those, and the one that is named before all', () => {
    node('bin/node', 'v20.0.0')
    node('var/lib/st2upgrade/node/bin/node', 'v14.21.3')
    expect(start().stdout).toMatch(/^node of var\/lib\/st2upgrade\/node/)
    expect(start({ ST2UPGRADE_NODE: node('mine/node', 'v22.0.0') }).stdout).toMatch(/^node of mine\/node/)
  })

  it('does not take another one than the one that is named', () => {
    node('bin/node', 'v20.0.0')
    expect(start({ ST2UPGRADE_NODE: node('mine/node', 'v12.0.0') })).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(/ST2UPGRADE_NODE \(.*mine\/node\) is none/) as string })
    expect(start({ ST2UPGRADE_NODE: '/nowhere/node' }).stderr).toMatch(/ST2UPGRADE_NODE \(\/nowhere\/node\) is none/)
  })

  it('is the program itself for a node that is new enough', () => {
    expect(start({ ST2UPGRADE_NODE: process.execPath })).toEqual({ status: 0, stdout: 'it ran demo', stderr: '' })
  })
})
