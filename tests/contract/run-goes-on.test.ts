/** What one command of a run decides holds for the next ones, each started as a person types it. */
import * as fs from 'fs'
import * as path from 'path'
import { COMMANDS } from '../../src/commands'
import { runIn } from '../support/cli'
import { startMigration, type Migration } from '../support/migration'

let m: Migration
beforeEach(async () => {
  m = await startMigration()
  await m.on('old').putKey({ name: 'k', value: 'v', scope: 'system' })
  await m.on('old', 'alice').putKey({ name: 'hers', value: 'a', scope: 'user', secret: true })
})
afterEach(() => m.end())

interface Answer {
  summary: string[]
  exit: number
  run?: string
  archive?: string
  error?: { next: string }
}

async function type(...argv: string[]): Promise<Answer> {
  const token = (side: 'old' | 'new'): string => m[side].sandbox.mintToken('st2admin', 600).token
  const env = { ST2_CONFIG_FILE: '/nowhere', ST2_API_URL: m.old.apiUrl, ST2_AUTH_TOKEN: token('old'), ST2UPGRADE_TARGET_AUTH_TOKEN: token('new') }
  const { out } = await runIn({ env }, COMMANDS, ...argv)
  return JSON.parse(out) as Answer
}
/** The words of the next command that an answer names. */
const next = ({ summary }: Answer): string[] => (/^next: st2upgrade (.*)$/.exec(summary[summary.length - 1] ?? '')?.[1] ?? '').split(' ')

test('from check on, each answer names the next command so that it works as it stands, until the proof', async () => {
  let answer = await type('check', '--target-url', m.new.apiUrl, '--state-dir', m.stateDir, '--source-root', m.old.sandbox.paths.root, '--except', 'host_files', '--other-users')
  const ran: string[] = []
  while (answer.summary[answer.summary.length - 1]!.startsWith('next: ')) {
    const words = next(answer)
    ran.push(words[0]!)
    answer = await type(...words)
    expect(answer.exit).toBe(0)
  }
  expect(ran).toEqual(['export', 'plan', 'apply', 'verify'])
  expect(answer.summary[0]).toMatch(/^everything was read back/)
})

test("verify after a migrate looks at the other users' keys too, and inspect opens what migrate sealed", async () => {
  const where = ['--state-dir', m.stateDir, '--source-root', m.old.sandbox.paths.root, '--target-root', m.new.sandbox.paths.root]
  const { run, exit } = await type('migrate', '--target-url', m.new.apiUrl, ...where)
  expect(exit).toBe(0)
  const verified = await type('verify', '--target-url', m.new.apiUrl, ...where)
  expect(verified).toMatchObject({ exit: 0, run })
  const { archive } = JSON.parse(fs.readFileSync(path.join(m.stateDir, 'runs', run!, 'run.json'), 'utf8')) as { archive: string }
  expect((await type('inspect', archive)).summary).toContain('2 keys')
})

test('an export that began the run cannot know the target, and shows where to name it', async () => {
  const { summary } = await type('export', '--own-key', '--state-dir', m.stateDir, '--only', 'keys')
  expect(summary[summary.length - 1]).toMatch(/^next: st2upgrade plan --run \S+ --target-url https:\/\/new\.example\/api --state-dir /)
})

test('a check in between does not become the run that verify goes on with', async () => {
  const where = ['--target-url', m.new.apiUrl, '--state-dir', m.stateDir, '--only', 'keys']
  const { run } = await type('migrate', ...where)
  expect((await type('check', ...where)).run).not.toBe(run)
  expect(await type('verify', ...where)).toMatchObject({ exit: 0, run })
})

test('a plan from an archive that was brought along is a run of its own, wherever its next command is typed', async () => {
  const archive = path.relative(process.cwd(), path.join(m.stateDir, '..', 'brought.tar.gz'))
  const { run } = await type('export', '--state-dir', m.stateDir, '--out', archive, '--plain-archive', '--only', 'keys', '--other-users')
  const elsewhere = ['--target-url', m.new.apiUrl, '--state-dir', path.join(m.stateDir, '..', 'elsewhere')]
  const planned = await type('plan', ...elsewhere, '--archive', archive, '--other-users')
  expect([planned.exit, planned.run === run]).toEqual([0, false])
  const here = process.cwd()
  process.chdir(m.stateDir)
  try {
    expect(await type('apply', ...elsewhere)).toMatchObject({ exit: 0, run: planned.run })
    expect(await type('verify', ...elsewhere, '--archive', path.join(m.stateDir, '..', 'brought.tar.gz'))).toMatchObject({ exit: 0, run: planned.run })
  } finally {
    process.chdir(here)
  }
})

test('a migrate that is stopped by a conflict names its run in what to do next', async () => {
  await m.on('new').putKey({ name: 'k', value: 'other', scope: 'system' })
  const refused = await type('migrate', '--target-url', m.new.apiUrl, '--state-dir', m.stateDir, '--only', 'keys')
  expect(refused.exit).toBe(5)
  expect(refused.error!.next).toContain(`st2upgrade migrate --run ${refused.run} --state-dir ${m.stateDir} --target-url ${m.new.apiUrl}`)
  expect(refused.error!.next).toContain('--on-conflict skip')
})

test('an unknown kind, and no kind at all, are told before anything is begun', async () => {
  expect((await type('check', '--target-url', m.new.apiUrl, '--state-dir', m.stateDir, '--only', 'rulez')).exit).toBe(2)
  expect((await type('migrate', '--target-url', m.new.apiUrl, '--state-dir', m.stateDir, '--only', 'keys', '--except', 'keys')).error!.next).toContain('keys, packs, configs')
})
