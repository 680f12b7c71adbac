/** What a person gets wrong, and what is said then: a clear message, the next step, the documented exit code, nothing half-written. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { COMMANDS } from '../../src/commands'
import { runIn, type Ran } from '../support/cli'
import { testServer } from '../support/http-server'
import { PASSWORD, startMigration, type Migration } from '../support/migration'

jest.setTimeout(120_000)

let dir: string
let migration: Migration
let keys: { old: string; new: string }

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-bad-input-'))
  migration = await startMigration()
  const mint = async (side: 'old' | 'new') => (await migration.on(side).post<{ key: string }>('/apikeys', { user: 'st2admin' })).key
  keys = { old: await mint('old'), new: await mint('new') }
  fs.writeFileSync(path.join(dir, 'password'), `${PASSWORD}\n`)
  fs.writeFileSync(path.join(dir, 'wrong'), 'wrong\n')
})
afterAll(async () => {
  await migration.end()
  fs.rmSync(dir, { recursive: true, force: true })
})

const at = (name: string): string => path.join(dir, name)
const fine = () => ({ HOME: dir, ST2_CONFIG_FILE: at('none'), ST2_API_URL: migration.old.apiUrl, ST2_AUTH_URL: migration.old.authUrl, ST2_API_KEY: keys.old, ST2UPGRADE_TARGET_API_KEY: keys.new })

/** `check` of both sandboxes, with another environment or other arguments. */
async function check(env: Record<string, string | undefined> = {}, ...argv: string[]): Promise<Ran & { told: string; code?: string }> {
  const given = argv.some((word) => word.startsWith('--target-url'))
  const ran = await runIn({ env: { ...fine(), ...env } }, COMMANDS, 'check', `--state-dir=${at('state')}`, ...(given ? [] : [`--target-url=${migration.new.apiUrl}`]), ...argv)
  const { summary, error } = JSON.parse(ran.out) as { summary: string[]; error?: { code: string } }
  return { ...ran, told: summary.join('\n'), code: error?.code }
}

it('all is well to begin with', async () => {
  expect(await check()).toMatchObject({ exit: 0 })
})

describe('credentials', () => {
  it('missing on both sides: both are told at once', async () => {
    const { exit, told } = await check({ ST2_API_KEY: undefined, ST2UPGRADE_TARGET_API_KEY: undefined })
    expect(exit).toBe(2)
    expect(told).toContain('no credentials for the source')
    expect(told).toContain('no credentials for the target')
  })

  it('wrong: an unknown API key', async () => {
    const { exit, told } = await check({ ST2UPGRADE_TARGET_API_KEY: 'nonsense' })
    expect(exit).toBe(1)
    expect(told).toMatch(/API key/i)
    expect(told).not.toContain('nonsense')
  })

  it('wrong: a disabled API key', async () => {
    const { key, id } = await migration.on('new').post<{ key: string; id: string }>('/apikeys', { user: 'st2admin' })
    await migration.on('new').put(`/apikeys/${id}`, { user: 'st2admin', enabled: false })
    expect((await check({ ST2UPGRADE_TARGET_API_KEY: key })).told).toMatch(/disabled/)
  })

  it('expired: a token', async () => {
    const { token } = migration.old.sandbox.mintToken('st2admin', -10)
    expect((await check({ ST2_API_KEY: undefined, ST2_AUTH_TOKEN: token })).told).toMatch(/expired/)
  })

  it('a password from a file, with or without the line end', async () => {
    expect(await check({ ST2_API_KEY: undefined }, '--user=st2admin', `--password-file=${at('password')}`)).toMatchObject({ exit: 0 })
  })

  it('a wrong password', async () => {
    const { exit, told } = await check({}, '--user=st2admin', `--password-file=${at('wrong')}`)
    expect(exit).toBe(1)
    expect(told).toMatch(/password/i)
  })

  it('a password file that is not there', async () => {
    expect(await check({}, '--user=st2admin', `--password-file=${at('nowhere')}`)).toMatchObject({ exit: 2, code: 'E_FILE' })
  })

  it('a password that nobody can be asked for', async () => {
    const ran = await runIn({ env: fine(), machine: { askSecret: () => Promise.reject(new Error('asked')) } }, COMMANDS, 'check', '--user=st2admin', `--target-url=${migration.new.apiUrl}`, `--state-dir=${at('state')}`)
    expect(ran.exit).toBe(1)
  })

  it('a password is asked for, and used', async () => {
    const asked: string[] = []
    const askSecret = async (question: string) => (asked.push(question), PASSWORD)
    const ran = await runIn({ env: fine(), machine: { askSecret } }, COMMANDS, 'check', '--user=st2admin', `--target-url=${migration.new.apiUrl}`, `--state-dir=${at('state')}`)
    expect([ran.exit, asked]).toEqual([0, [expect.stringContaining('Password of st2admin')]])
  })

  it('a user whom RBAC shows an empty instance is refused', async () => {
    const rbac = await startMigration({ old: { rbac: true } })
    const { token } = rbac.old.sandbox.mintToken('alice', 600)
    const { exit, told } = await check({ ST2_API_URL: rbac.old.apiUrl, ST2_API_KEY: undefined, ST2_AUTH_TOKEN: token })
    await rbac.end()
    expect(exit).toBe(5)
    expect(told).toContain('RBAC')
  })
})

describe('addresses', () => {
  it.each(['', '/', '/v1', '/v1/'])('the API under its port with %j behind it', async (tail) => {
    expect(await check({}, `--target-url=${migration.new.apiUrl}${tail}`)).toMatchObject({ exit: 0 })
  })

  it('nobody listens there', async () => {
    const { exit, told } = await check({}, '--target-url=http://127.0.0.1:9')
    expect(exit).toBe(1)
    expect(told).toContain('127.0.0.1:9')
  })

  it("a proxy's HTML instead of JSON", async () => {
    const server = await testServer((_, reply) => reply(200, '<html>Sign in</html>'))
    const { exit, told } = await check({}, `--target-url=${server.url}`)
    await server.close()
    expect(exit).toBe(1)
    expect(told).toContain('not as StackStorm')
  })

  it('the target is the source, whatever its URL says', async () => {
    const { exit, told } = await check({ ST2UPGRADE_TARGET_API_KEY: keys.old }, `--target-url=${migration.old.apiUrl.replace('127.0.0.1', 'localhost')}`)
    expect(exit).toBe(5)
    expect(told).toContain('the same instance')
  })

  it('the target is older than the source, unless that is wanted', async () => {
    const turned = { ST2_API_URL: migration.new.apiUrl, ST2_API_KEY: keys.new, ST2UPGRADE_TARGET_API_KEY: keys.old }
    const refused = await check(turned, `--target-url=${migration.old.apiUrl}`)
    expect(refused.exit).toBe(5)
    expect(refused.told).toContain('--allow-older')
    expect(await check(turned, `--target-url=${migration.old.apiUrl}`, '--allow-older')).toMatchObject({ exit: 0 })
  })
})

describe('TLS', () => {
  const fixture = (name: string): string => path.join(__dirname, '..', 'fixtures', 'tls', name)
  let tls: Migration
  beforeAll(async () => {
    const read = (name: string): string => fs.readFileSync(fixture(name), 'utf8')
    tls = await startMigration({ new: { tls: { key: read('localhost.key'), cert: read('localhost.pem') } } })
  })
  afterAll(() => tls.end())

  it('a certificate that nobody trusts is refused, with the way out', async () => {
    const { exit, told } = await check({}, `--target-url=${tls.new.apiUrl}`)
    expect(exit).toBe(1)
    expect(told).toMatch(/ca.file|certificate/i)
  })

  it('not looking at certificates is said in the answer', async () => {
    const { token } = tls.new.sandbox.mintToken('st2admin', 600)
    const { exit, told, out } = await check({ ST2UPGRADE_TARGET_API_KEY: undefined, ST2UPGRADE_TARGET_AUTH_TOKEN: token }, `--target-url=${tls.new.apiUrl}`, '--insecure')
    expect(exit).toBe(0)
    expect(told).toContain('WARNING: TLS certificates were not verified')
    expect(JSON.parse(out)).toMatchObject({ insecure: true })
  })

  it('an authority of the house is trusted when it is named', async () => {
    const { token } = tls.new.sandbox.mintToken('st2admin', 600)
    expect(await check({ ST2UPGRADE_TARGET_API_KEY: undefined, ST2UPGRADE_TARGET_AUTH_TOKEN: token }, `--target-url=${tls.new.apiUrl}`, `--ca-file=${fixture('localhost.pem')}`)).toMatchObject({ exit: 0 })
  })

  it('a file of authorities that is not there', async () => {
    expect(await check({}, `--ca-file=${at('nowhere.pem')}`)).toMatchObject({ exit: 2, code: 'E_FILE' })
  })
})

describe('the state directory', () => {
  it('that cannot be made is refused before anything else', async () => {
    fs.writeFileSync(at('a-file'), '')
    const { exit, out } = await runIn({ env: fine() }, COMMANDS, 'export', '--plain-archive', `--state-dir=${at('a-file/below')}`)
    expect([1, 5]).toContain(exit)
    expect(out).toContain('a-file')
  })

  it('without a run: the stages that go on say where they looked', async () => {
    const { exit, out } = await runIn({ env: fine() }, COMMANDS, 'plan', `--target-url=${migration.new.apiUrl}`, `--state-dir=${at('empty')}`)
    expect(exit).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'E_NO_RUN', message: expect.stringContaining('testhost') } })
  })

  it('names of runs that would lead out of it are refused', async () => {
    expect(await check({}, '--run=../../etc')).toMatchObject({ exit: 2 })
  })
})

it('a kind that does not exist is named, with those that do', async () => {
  const { exit, out } = await runIn({ env: fine() }, COMMANDS, 'export', '--plain-archive', '--only=kees', `--state-dir=${at('state')}`)
  expect(exit).toBe(2)
  expect(out).toContain('keys, packs, configs')
})
