/**
 * The sandbox against recordings of live StackStorms, replayed by the judge that keeps them. It lies beside the repository, or
 * where ST2_REPLAY says (the folder, or replay.mjs in it); without it this step says loudly that it did not run.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { command } from './command.mjs'

/**
 * Two lanes side by side, each with sandboxes of its own: a replay is mostly waiting. The pack index has one port, so all that may
 * ask for it stands in one lane. The recording of a StackStorm with RBAC on needs a sandbox with RBAC on.
 */
const VERSIONS = ['3.4.1', '3.8.1', '3.9.0']
const PACKS = /^packs-/
const RBAC = /^rbac-on-/
const LANES = [
  VERSIONS.map((version) => ({ version, name: 'packs', takes: (file) => PACKS.test(file) })),
  [...VERSIONS.map((version) => ({ version, name: 'all else', takes: (file) => !PACKS.test(file) && !RBAC.test(file) })), { version: '3.9.0', name: 'RBAC on', options: ['--rbac'], takes: (file) => RBAC.test(file) }],
]
const PACK_INDEX = 'http://127.0.0.1:8739/v1/index.json'
const PROGRAM = resolve('actions/st2upgrade.js')

function judgeHome() {
  const given = process.env.ST2_REPLAY
  const home = given ? (existsSync(given) && statSync(given).isFile() ? dirname(given) : given) : resolve('../shared/st2-api')
  return existsSync(join(home, 'replay.mjs')) ? resolve(home) : undefined
}

export async function judge() {
  const home = judgeHome()
  if (!home) {
    console.log('#'.repeat(90))
    console.log('# THE JUDGE DID NOT RUN: neither ../shared/st2-api nor $ST2_REPLAY holds a replay.mjs.')
    console.log('# The sandbox was held to the fixtures of tests/ only.')
    console.log('#'.repeat(90))
    return { passed: 0, failed: 0, note: 'DID NOT RUN: no recordings here' }
  }
  const sums = { passed: 0, failed: 0, skipped: 0 }
  const judgeLane = async (lane) => {
    for (const job of lane) {
      const counts = await judgeFiles(home, job)
      for (const key of Object.keys(sums)) sums[key] += counts[key]
      console.log(`judge, StackStorm ${job.version}, ${job.name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
    }
  }
  await Promise.all(LANES.map(judgeLane))
  return { ...sums, failed: sums.failed + sums.skipped, note: sums.skipped ? 'what was skipped counts as failed' : '' }
}

async function judgeFiles(home, { version, takes, options = [] }) {
  const root = mkdtempSync(join(tmpdir(), `st2-judge-${version}-`))
  const sandbox = spawn(process.execPath, [PROGRAM, 'sandbox', '--st2-version', version, '--root', root, '--pack-index', PACK_INDEX, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((settle) => sandbox.once('exit', settle))
  try {
    const ready = await firstLine(sandbox)
    if (!ready) return { passed: 0, failed: 1, skipped: 0 }
    const { api_url: api, auth_url: auth } = JSON.parse(ready)
    const files = readdirSync(join(home, 'recordings', version)).filter(takes)
    const own = (name, more = '') => `'${process.execPath}' '${PROGRAM}' ${name} --root '${root}'${more}`
    const args = ['--api', api, '--auth', auth, '--root', root, '--version', version, '--password', 'Ch@ngeMe', '--set-value', own('sandbox-set-value', ' --name={name} --value={value}'), '--reset', own('sandbox-reset')]
    const { code, output } = await command(process.execPath, [join(home, 'replay.mjs'), ...args, ...files.map((name) => join(home, 'recordings', version, name))])
    return countsOf(code, output)
  } finally {
    sandbox.kill('SIGTERM')
    await ended
    rmSync(root, { recursive: true, force: true })
  }
}

/** The judge's last line, `N passed, N failed[, N skipped]`; one failure when it ended badly without counting one. */
function countsOf(code, output) {
  const [, passed = 0, failed = 0, skipped = 0] = (/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm.exec(output.split('\n').reverse().join('\n')) ?? []).map(Number)
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped: skipped || 0 }
}

/** Undefined when the program ended without a line. */
function firstLine(child) {
  return new Promise((settle) => {
    createInterface({ input: child.stdout }).once('line', settle)
    child.once('exit', () => settle(undefined))
  })
}
