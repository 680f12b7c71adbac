/** Single actions of the installed pack, run by the sandbox as each StackStorm version does. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { startMigration, type Migration } from '../support/migration'
import { ownPack } from '../support/own-pack'
import type { StackStormVersion } from '../../src/sandbox/types'

jest.setTimeout(240_000)

interface Ran {
  status: string
  return_code: number
  stdout: { summary: string[]; [member: string]: unknown }
  stderr: string
}

describe.each(['3.4.1', '3.8.1', '3.9.0'] as StackStormVersion[])('on StackStorm %s', (version) => {
  let dir: string
  let migration: Migration

  beforeAll(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-actions-'))
    migration = await startMigration({ old: { version } })
    const installed = await migration.on('old').run('packs.install', { packs: [ownPack(dir)] }, { timeoutMs: 120_000 })
    expect(installed.status).toBe('succeeded')
    const { key } = await migration.on('new').post<{ key: string }>('/apikeys', { user: 'st2admin' })
    await migration.on('old').putKey({ name: 'st2upgrade.target_api_key', value: key, scope: 'system', secret: true })
    await migration.on('old').putKey({ name: 'key', value: 'value', scope: 'system' })
  })
  afterAll(async () => {
    await migration.end()
    fs.rmSync(dir, { recursive: true, force: true })
  })

  async function run(action: string, parameters: Record<string, unknown> = {}): Promise<Ran> {
    const { status, result } = await migration.on('old').run(action, { state_dir: path.join(dir, 'state'), ...parameters }, { timeoutMs: 120_000 })
    return { ...(result as Omit<Ran, 'status'>), status }
  }

  it('a stage takes its parameters in the order of this version, and answers with one document', async () => {
    const { status, stdout } = await run('st2upgrade.check', { target_url: migration.new.apiUrl, run: 'r1', other_users: true, only: 'keys' })
    expect(status).toBe('succeeded')
    expect(stdout).toMatchObject({ summary: expect.arrayContaining([expect.stringMatching(/^next: st2 run st2upgrade\.export run=r1 own_key=true state_dir=\S+ only=keys other_users=true$/)]), stage: 'check', exit: 0, run: 'r1' })
  })

  it('settings of the pack stand in for parameters', async () => {
    await migration.on('old').put('/configs/st2upgrade', { target_url: migration.new.apiUrl, concurrency: 2 })
    const { status, stdout } = await run('st2upgrade.check')
    expect(status).toBe('succeeded')
    expect(stdout.summary.join()).toContain(`target ${migration.new.apiUrl}`)
    await migration.on('old').put('/configs/st2upgrade', {})
  })

  it('an export seals for its run, and inspect tells what the run holds', async () => {
    expect(await run('st2upgrade.export', { run: 'r2', own_key: true, only: 'keys' })).toMatchObject({ status: 'succeeded', stdout: { run: 'r2', sealed: true, counts: { keys: 1 } } })
    const told = await run('st2upgrade.inspect')
    expect(told.stdout.summary[0]).toMatch(/^run r2, begun /)
  })

  it('an archive with plain secrets is refused unless it is sealed or that is wanted', async () => {
    expect(await run('st2upgrade.export', { run: 'r3' })).toMatchObject({ status: 'failed', return_code: 2, stdout: { exit: 2, error: { message: expect.stringContaining('plain secrets') } } })
    expect(await run('st2upgrade.export', { run: 'r3', plain_archive: true })).toMatchObject({ status: 'succeeded', stdout: { sealed: false } })
  })

  it('a stage that misses its run says so, with the host', async () => {
    const { status, return_code, stdout } = await run('st2upgrade.plan', { target_url: migration.new.apiUrl, run: 'elsewhere' })
    expect([status, return_code]).toEqual(['failed', 2])
    expect(stdout.summary.join()).toContain(os.hostname())
    expect(stdout.summary.join()).toContain('action runners')
  })

  it('wrong usage ends with 2 and names the parameter', async () => {
    expect(await run('st2upgrade.check', { target_url: 'ftp://new.example' })).toMatchObject({ return_code: 2, stdout: { error: { code: 'E_BAD_URL' } } })
    expect(await run('st2upgrade.check', {})).toMatchObject({ return_code: 2, stdout: { error: { code: 'E_BOTH_LOCAL' } } })
  })

  it('no answer and no log holds a secret', async () => {
    const { stdout, stderr } = await run('st2upgrade.check', { target_url: migration.new.apiUrl })
    const key = (await migration.on('old').key('st2upgrade.target_api_key', 'system', { decrypt: true }))!.value
    expect(JSON.stringify(stdout) + stderr).not.toContain(key)
  })
})
