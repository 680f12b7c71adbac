/** Credentials, addresses and certificates that are not right, on either side: what the bundle says and ends with. Nothing is written. */
import * as fs from 'fs'
import * as net from 'net'
import * as path from 'path'
import type { AddressInfo } from 'net'
import { startBundle, startWorld, type Answer, type Env, type World } from '../support/bundle'
import { testServer } from '../support/http-server'
import { startMigration, type Migration } from '../support/migration'

jest.setTimeout(90_000)

type SideName = 'source' | 'target'
const SIDES: readonly SideName[] = ['source', 'target']
const sandboxOf = (side: SideName): 'old' | 'new' => (side === 'source' ? 'old' : 'new')
const variable = (side: SideName, name: string): string => `ST2UPGRADE_${side.toUpperCase()}_${name}`
const fixture = (name: string): string => path.join(__dirname, '..', 'fixtures', 'tls', name)
const read = (name: string): string => fs.readFileSync(fixture(name), 'utf8')

let w: World
/** The target of another pair: RBAC on, and its nginx in front. */
let other: Migration
let before: ReturnType<World['writes']>
/** Two servers that take connections and never say anything; asked from the start, as that takes its time. */
let silent: net.Server
let asked: Promise<Answer>

beforeAll(async () => {
  ;[w, other] = await Promise.all([startWorld(), startMigration({ old: { rbac: true }, new: { front: 'nginx' } })])
  fs.writeFileSync(w.at('right'), 'Ch@ngeMe\n')
  fs.writeFileSync(w.at('wrong'), 'Wr0ng-p@ss\n')
  w.secrets.push('Wr0ng-p@ss', 'n0-such-s3cret')
  silent = net.createServer(() => undefined)
  await new Promise<void>((up) => silent.listen(0, '127.0.0.1', up))
  asked = w.run(['check'], { ST2UPGRADE_TARGET_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/api` })
})
beforeEach(() => (before = w.writes()))
afterEach(() => {
  expect(w.writes()).toEqual(before)
  expect(w.halves()).toEqual([])
})
afterAll(async () => {
  silent.close()
  await Promise.all([w.end(), other.end()])
})

const check = (env: Env = {}, ...argv: string[]): Promise<Answer> => w.run(['check', ...argv], env)

describe('credentials', () => {
  const none = (side: SideName): Env => ({ [variable(side, 'AUTH_TOKEN')]: undefined })
  const token = (side: SideName, ttl: number): string => {
    const made = w[sandboxOf(side)].sandbox.mintToken('st2admin', ttl).token
    w.secrets.push(made)
    return made
  }
  const disabledKey = async (side: SideName): Promise<string> => {
    const admin = w.on(sandboxOf(side))
    const { id, key } = await admin.post<{ id: string; key: string }>('/apikeys', { user: 'st2admin' })
    await admin.put(`/apikeys/${id}`, { user: 'st2admin', enabled: false })
    before = w.writes()
    w.secrets.push(key)
    return key
  }

  it('that are right pass', async () => {
    expect(await check()).toMatchObject({ exit: 0, told: expect.stringMatching(/^source and target are fit/) })
  })

  describe.each(SIDES)('of the %s', (side) => {
    const url = (): string => w[sandboxOf(side)].apiUrl

    it('missing: wrong usage, with the names of the variables', async () => {
      const told = await check(none(side))
      expect(told).toMatchObject({ exit: 2, code: 'E_NO_CREDENTIALS', message: `no credentials for the ${side} ${url()}` })
      expect(told.next).toMatch(new RegExp(`${variable(side, 'API_KEY')}.*--${side}-user`))
    })

    it('an unknown token', async () => {
      expect(await check({ [variable(side, 'AUTH_TOKEN')]: 'n0-such-s3cret' })).toMatchObject({ exit: 1, code: 'unauthorized', message: expect.stringMatching(`${url()} .*token is not known`), next: expect.stringMatching(/st2 auth/) })
    })

    it('an expired token', async () => {
      expect(await check({ [variable(side, 'AUTH_TOKEN')]: token(side, -10) })).toMatchObject({ exit: 1, code: 'unauthorized', message: expect.stringMatching(`${url()} .*has expired`), next: expect.stringMatching(/API key/) })
    })

    it('an unknown API key', async () => {
      expect(await check({ ...none(side), [variable(side, 'API_KEY')]: 'n0-such-s3cret' })).toMatchObject({ exit: 1, code: 'unauthorized', message: expect.stringMatching(`${url()} .*API key is not known`), next: expect.stringMatching(/st2 apikey create/) })
    })

    it('a disabled API key', async () => {
      expect(await check({ ...none(side), [variable(side, 'API_KEY')]: await disabledKey(side) })).toMatchObject({ exit: 1, code: 'unauthorized', message: expect.stringMatching(/disabled/), next: expect.stringMatching(/st2 apikey enable/) })
    })

    it('an API key that was copied with more than itself', async () => {
      expect(await check({ ...none(side), [variable(side, 'API_KEY')]: 'n0-such-s3cret and more' })).toMatchObject({ exit: 2, code: 'bad_credentials', message: expect.stringMatching(`${side}: The API key`), next: expect.stringMatching(/copied/) })
    })

    it('a wrong password, and one that is right', async () => {
      const [wrong, right] = await Promise.all(['wrong', 'right'].map((file) => check(none(side), `--${side}-user=st2admin`, `--${side}-password-file=${w.at(file)}`)))
      expect(wrong).toMatchObject({ exit: 1, code: 'unauthorized', message: expect.stringMatching(/user name or password/), next: expect.stringMatching(/st2 auth/) })
      expect(right).toMatchObject({ exit: 0 })
    })

    it('a password that nobody can be asked for, one without its user, and a file that is not there', async () => {
      const user = `--${side}-user=st2admin`
      const file = `--${side}-password-file=${w.at('nowhere')}`
      const [terminal, alone, missing] = await Promise.all([check(none(side), user), check(none(side), file), check(none(side), user, file)])
      expect(terminal).toMatchObject({ exit: 2, code: 'E_NO_TERMINAL', next: expect.stringMatching(/-password-file/) })
      expect(alone).toMatchObject({ exit: 2, code: 'E_SAME_USER', next: expect.stringMatching(`--${side}-user`) })
      expect(missing).toMatchObject({ exit: 2, code: 'E_FILE', message: expect.stringMatching(/nowhere/) })
    })
  })

  it('wrong on both sides: both are told at once, each with its next step', async () => {
    const told = await check({ ...none('source'), [variable('target', 'AUTH_TOKEN')]: 'n0-such-s3cret' })
    expect(told.exit).toBe(1)
    expect(told.details.join('\n')).toMatch(/no credentials for the source[^]*-> Set ST2UPGRADE_SOURCE_API_KEY[^]*token is not known here[^]*-> Check that the token/)
  })

  it('a secret in an argument is refused and not repeated', async () => {
    expect(await check({}, '--password=n0-such-s3cret')).toMatchObject({ exit: 2, code: 'E_SECRET_IN_ARGV', message: expect.stringMatching(/--password/), next: expect.stringMatching(/--password-file/) })
    expect(await check({}, '--target-api-key', 'n0-such-s3cret')).toMatchObject({ exit: 2, code: 'E_SECRET_IN_ARGV' })
  })

  it('with RBAC on a user without rights is refused before an empty export is taken for an empty instance', async () => {
    const alice = other.old.sandbox.mintToken('alice', 600).token
    const env = { ST2UPGRADE_SOURCE_URL: other.old.apiUrl, ST2UPGRADE_SOURCE_AUTH_TOKEN: alice }
    for (const command of ['check', 'export', 'migrate']) {
      expect(await w.run([command, ...(command === 'check' ? [] : ['--plain-archive'])], env)).toMatchObject({ exit: 5, message: expect.stringMatching(/source.*RBAC.*alice/), next: expect.stringMatching(/admin/) })
    }
    expect(await check({ ST2UPGRADE_TARGET_URL: other.old.apiUrl, ST2UPGRADE_TARGET_AUTH_TOKEN: alice })).toMatchObject({ exit: 5, message: expect.stringMatching(/target.*RBAC.*alice/) })
  })

  it('rights that are missing for one thing (403) are told with what is missing', async () => {
    w.old.setFaults({ faults: ['status=403,path=/v1/packs'] })
    expect(await check()).toMatchObject({ exit: 1, code: 'forbidden', message: expect.stringMatching(/GET \/v1\/packs.*403/), next: expect.stringMatching(/admin/) })
    w.old.setFaults({})
  })
})

describe('addresses', () => {
  const target = (url: string, env: Env = {}): Promise<Answer> => check({ ST2UPGRADE_TARGET_URL: url, ...env })

  it('the API port: every way to write its URL is taken', async () => {
    const answers = await Promise.all(['', '/', '/v1', '/v1/', '/api', '/api/v1/', '///'].map((tail) => target(`${w.new.apiUrl}${tail}`)))
    expect(answers.map(({ exit, message }) => [exit, message])).toEqual(answers.map(() => [0, '']))
  })

  it("StackStorm's nginx: every way to write its URL is taken", async () => {
    const token = other.new.sandbox.mintToken('st2admin', 600).token
    const front = new URL(other.new.apiUrl).origin
    const answers = await Promise.all(['', '/', '/api', '/api/', '/api/v1', '/api/v1/', '/v1'].map((tail) => target(`${front}${tail}`, { ST2UPGRADE_TARGET_AUTH_TOKEN: token, ST2UPGRADE_TARGET_AUTH_URL: undefined })))
    expect(answers.map(({ exit, message }) => [exit, message])).toEqual(answers.map(() => [0, '']))
  })

  it.each<[string, () => string, number, RegExp, RegExp]>([
    ['the auth service', () => `${new URL(other.new.apiUrl).origin}/auth`, 2, /auth service/, /\/api/],
    ['its port', () => w.new.authUrl, 1, /no StackStorm API|not as StackStorm/, /9101/],
    ['another path', () => `${w.new.apiUrl}/webui/x`, 1, /no StackStorm API at .*\/webui\/x/, /\/api/],
    ['TLS where there is none', () => w.new.apiUrl.replace('http:', 'https:'), 1, /does not speak TLS/, /http:\/\//],
    ['another protocol', () => 'ftp://new.example/api', 2, /--target-url/, /https:/],
    ['a password inside', () => 'https://st2admin:n0-such-s3cret@new.example/api', 2, /--target-url/, /https:/],
    ['no URL', () => 'http://', 2, /--target-url/, /https:/],
    ['a port that cannot be', () => 'http://127.0.0.1:99999/api', 2, /--target-url/, /https:/],
    ['nobody listens', () => 'http://127.0.0.1:9/api', 1, /127\.0\.0\.1:9.*refuses connections/, /st2ctl/],
    ['a host that nobody knows', () => 'https://new.invalid/api', 1, /new\.invalid.*host name/, /DNS/],
  ])('%s: explained', async (_, url, exit, message, next) => {
    expect(await target(url())).toMatchObject({ exit, message: expect.stringMatching(message), next: expect.stringMatching(next) })
  })

  const PROXIES: [number, unknown, RegExp, RegExp][] = [
    [200, '<html>Sign in</html>', /HTML page|not as StackStorm|something else than JSON/, /https:\/\/HOST\/api/],
    [502, '<html>Bad Gateway</html>', /502/, /st2ctl status/],
    [503, '<html>Maintenance</html>', /503/, /st2ctl status/],
    [302, '<html>Moved</html>', /redirect|HTML page/, /login page/],
    [401, '<html>Who are you?</html>', /401/, /proxy/],
    [404, '<html>Not here</html>', /HTML page|no StackStorm API/, /https:\/\/HOST\/api/],
    [200, { hello: 'world' }, /not as StackStorm/, /https:\/\/HOST\/api/],
  ]
  // At the same time: what may pass is asked again for some seconds.
  it("a proxy's answers in the place of StackStorm's", async () => {
    const answers = PROXIES.map(async ([status, body, message, next]) => {
      const server = await testServer((_, reply) => reply(status, body, { Location: 'https://login.example' }))
      const answer = await target(server.url)
      await server.close()
      expect([status, answer]).toMatchObject([status, { exit: 1, code: expect.stringMatching(/not_stackstorm|unavailable|unauthorized/), message: expect.stringMatching(message), next: expect.stringMatching(next) }])
      expect(answer.message).toContain(server.url)
    })
    await Promise.all(answers)
  })

  it('the target is the source, whatever its URL says', async () => {
    const env = { ST2UPGRADE_TARGET_URL: w.old.apiUrl.replace('127.0.0.1', 'localhost'), ST2UPGRADE_TARGET_AUTH_TOKEN: w.env.ST2UPGRADE_SOURCE_AUTH_TOKEN }
    const told = await check(env)
    expect(told.exit).toBe(5)
    expect(told.told).toMatch(/same instance.*URL of the new instance/)
    expect(await w.run(['migrate', '--run=same'], env)).toMatchObject({ exit: 5, told: expect.stringMatching(/same instance/) })
    expect(await w.run(['export', '--plain-archive', '--only=keys', '--run=same'])).toMatchObject({ exit: 0 })
    expect(await w.run(['plan', '--run=same'], env)).toMatchObject({ exit: 5, message: expect.stringMatching(/same instance/), next: expect.stringMatching(/new instance/) })
  })

  it('a target that is older than the source is refused, unless that is wanted', async () => {
    const turned = {
      ST2UPGRADE_SOURCE_URL: w.new.apiUrl,
      ST2UPGRADE_SOURCE_AUTH_TOKEN: w.env.ST2UPGRADE_TARGET_AUTH_TOKEN,
      ST2UPGRADE_TARGET_URL: w.old.apiUrl,
      ST2UPGRADE_TARGET_AUTH_TOKEN: w.env.ST2UPGRADE_SOURCE_AUTH_TOKEN,
    }
    const told = await check(turned)
    expect(told.exit).toBe(5)
    expect(told.told).toMatch(/3\.8\.1, older than the source's 3\.9\.0.*allow.older/)
    expect(await check(turned, '--allow-older')).toMatchObject({ exit: 0 })
    expect(await w.run(['export', '--plain-archive', '--only=keys', '--run=older'], turned)).toMatchObject({ exit: 0 })
    expect(await w.run(['plan', '--run=older'], turned)).toMatchObject({ exit: 5, message: expect.stringMatching(/older/), next: expect.stringMatching(/allow.older/) })
    expect(await w.run(['plan', '--run=older', '--allow-older'], turned)).toMatchObject({ exit: 0 })
  })

  it('no side at all', async () => {
    expect(await check({ ST2UPGRADE_SOURCE_URL: undefined, ST2UPGRADE_TARGET_URL: undefined })).toMatchObject({ exit: 2, code: 'E_BOTH_LOCAL', next: expect.stringMatching(/--target-url.*--source-url/) })
  })
})

describe('TLS', () => {
  const start = (key: string, cert: string): Promise<Migration> => startMigration({ new: { tls: { key: read(key), cert: read(cert) } } })
  const ask = (to: Migration, ...argv: string[]): Promise<Answer> => {
    const token = to.new.sandbox.mintToken('st2admin', 600).token
    return startBundle(['check', '--format=json', ...argv], { ...w.env, ST2UPGRADE_TARGET_URL: to.new.apiUrl, ST2UPGRADE_TARGET_AUTH_URL: to.new.authUrl, ST2UPGRADE_TARGET_AUTH_TOKEN: token }, [token]).answer
  }
  const WARNING = /WARNING: TLS certificates were not verified/

  it('a certificate that nobody vouches for is refused; --ca-file trusts it; --insecure is said in the answer', async () => {
    const to = await start('localhost.key', 'localhost.pem')
    const [refused, trusted, insecure] = await Promise.all([ask(to), ask(to, `--ca-file=${fixture('localhost.pem')}`), ask(to, '--insecure')])
    await to.end()
    expect(refused).toMatchObject({ exit: 1, code: 'tls', message: expect.stringMatching(`${to.new.apiUrl}.*self-signed`), next: expect.stringMatching(/--ca-file.*--insecure/) })
    expect(trusted.exit).toBe(0)
    expect(trusted.told).not.toMatch(WARNING)
    expect(insecure).toMatchObject({ exit: 0, told: expect.stringMatching(WARNING), data: { insecure: true } })
  })

  it('an expired certificate', async () => {
    const to = await start('localhost.key', 'expired.pem')
    const [refused, insecure] = await Promise.all([ask(to, `--ca-file=${fixture('expired.pem')}`), ask(to, '--insecure')])
    await to.end()
    expect(refused).toMatchObject({ exit: 1, code: 'tls', message: expect.stringMatching(/expired/), next: expect.stringMatching(/Renew.*--insecure/) })
    expect(insecure).toMatchObject({ exit: 0, told: expect.stringMatching(WARNING) })
  })

  it('a certificate of another host', async () => {
    const to = await start('other.key', 'other.pem')
    const [refused, insecure] = await Promise.all([ask(to, `--ca-file=${fixture('other.pem')}`), ask(to, '--insecure')])
    await to.end()
    expect(refused).toMatchObject({ exit: 1, code: 'tls', message: expect.stringMatching(/another host name/), next: expect.stringMatching(/name that the certificate holds/) })
    expect(insecure).toMatchObject({ exit: 0, told: expect.stringMatching(WARNING) })
  })

  it('a file of authorities that is not there, or holds none', async () => {
    fs.writeFileSync(w.at('no.pem'), 'nothing\n')
    expect(await check({}, `--ca-file=${w.at('nowhere.pem')}`)).toMatchObject({ exit: 2, code: 'E_FILE', message: expect.stringMatching(/--ca-file.*nowhere\.pem/) })
    expect(await check({}, `--ca-file=${w.at('no.pem')}`)).toMatchObject({ exit: 2, code: 'E_BAD_CA_FILE', message: expect.stringMatching(/no\.pem/), next: expect.stringMatching(/PEM/) })
  })
})

test('a server that takes the connection and stays silent is given up, and told', async () => {
  expect(await asked).toMatchObject({ exit: 1, code: 'timeout', message: expect.stringMatching(/did not answer in time/), next: expect.stringMatching(/network/) })
})
