/** The StackStorm port when things go wrong: an unreliable server, StackStorm's nginx in between, a user without rights. */
import { mkdtempSync, readFileSync, rmSync } from 'fs'
import { tmpdir } from 'os'
import * as path from 'path'
import { startSandbox, type RunningSandbox, type SandboxOptions } from '../../src/sandbox/start'
import { connect, type ConnectOptions } from '../../src/st2/client'
import { runAdaptive } from '../../src/st2/concurrency'
import type { StackStorm } from '../../src/st2/port'
import { createClock } from '../../src/system/clock'
import { createStop } from '../../src/system/stop'

const fixture = (name: string) => readFileSync(path.join(__dirname, '../fixtures/tls', name), 'utf8')
const [clock, stop] = [createClock(), createStop()]
const clients: StackStorm[] = []
let [root, sandbox]: [string, RunningSandbox] = ['', undefined as never]

async function start(options: Partial<SandboxOptions> = {}): Promise<void> {
  root = mkdtempSync(path.join(tmpdir(), 'st2-port-'))
  sandbox = await startSandbox({ root, version: '3.9.0', ...options })
}
function as(user: string, more: Partial<ConnectOptions> = {}): StackStorm {
  const client = connect({ url: sandbox.apiUrl, authUrl: sandbox.authUrl, credentials: { user, password: 'Ch@ngeMe' }, clock, ...more })
  clients.push(client)
  return client
}
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await sandbox.stop()
  rmSync(root, { recursive: true })
})
async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}
async function* names(count: number): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) yield `k.${String(i).padStart(4, '0')}`
}

describe('an unreliable server', () => {
  test('every key arrives once, every key is listed, through cut connections, 429, 503 and lost answers', async () => {
    await start()
    const admin = as('st2admin')
    await admin.version()
    sandbox.setFaults({ faults: ['drop,rate=0.05,on=write', 'drop,rate=0.05,on=write,after', 'status=503,rate=0.05,on=write', 'status=429,rate=0.03,retry-after=0,on=write'] })
    await runAdaptive(names(150), async (name) => void (await admin.putKey({ name, scope: 'system', value: name })), { max: 16, system: { clock, stop } })
    sandbox.setFaults({ faults: ['drop,rate=0.2,on=read', 'status=502,rate=0.1,on=read'] })
    expect((await all(admin.keys('system'))).map(({ name, value }) => [name, value])).toEqual((await all(names(150))).map((name) => [name, name]))
    sandbox.setFaults({ faults: ['drop,rate=0.2,on=write,after'] })
    for await (const name of names(20)) await admin.deleteKey(name, 'system')
    sandbox.setFaults({})
    expect(await all(admin.keys('system'))).toHaveLength(130)
    expect(admin.pressure?.()).toBeGreaterThan(0)
  })

  test('a list whose body is cut in the middle goes on where it was', async () => {
    await start()
    const admin = as('st2admin')
    for await (const name of names(30)) await admin.putKey({ name, scope: 'system', value: name })
    sandbox.setFaults({ faults: ['slow,bytes-per-second=2000,on=read,path=/keys,count=1'] })
    const impatient = as('st2admin', { timeoutMs: 2000 })
    expect(await all(impatient.keys('system'))).toHaveLength(30)
  })

  test('a POST whose answer is lost is not sent again', async () => {
    await start()
    const admin = as('st2admin')
    await admin.version()
    sandbox.setFaults({ faults: ['drop,on=write,path=/apikeys,after'] })
    await expect(admin.post('/v1/apikeys', { user: 'bob' })).rejects.toMatchObject({ code: 'interrupted_answer' })
    sandbox.setFaults({})
    expect(await all(admin.list('/v1/apikeys'))).toHaveLength(1)
  })

  test('what stays broken is told, with the item', async () => {
    await start()
    const admin = as('st2admin', { deadlineMs: 1000 })
    await admin.version()
    sandbox.setFaults({ faults: ['status=503,on=write'] })
    await expect(admin.putKey({ name: 'a b', scope: 'system', value: 'v' })).rejects.toMatchObject({ code: 'unavailable', status: 503, item: 'PUT /v1/keys/a b' })
    sandbox.setFaults({ faults: ['status=500,on=write'] })
    await expect(admin.putKey({ name: 'a', scope: 'system', value: 'v' })).rejects.toMatchObject({ code: 'server', status: 500 })
  })
})

describe("behind StackStorm's nginx, with TLS", () => {
  const nginx = () => start({ front: 'nginx', tls: { key: fixture('localhost.key'), cert: fixture('localhost.pem') } })
  const trusted = { ca: Buffer.from(fixture('localhost.pem')) }

  test('the certificate is verified; host, /api and the login beside it are found', async () => {
    await nginx()
    const host = new URL(sandbox.apiUrl).origin
    await expect(as('st2admin').version()).rejects.toMatchObject({ code: 'tls', advice: expect.stringContaining('--ca-file') })
    for (const url of [host, `${host}/api`, `${host}/api/v1/`, host.replace('https://', '')]) {
      const admin = as('st2admin', { url, authUrl: undefined, ...trusted })
      expect(await admin.version()).toBe('3.9.0')
      expect(admin.url).toBe(`${host}/api`)
    }
  })

  test('a value over 1 MB is refused with the way out; one below passes', async () => {
    await nginx()
    const admin = as('st2admin', trusted)
    await admin.putKey({ name: 'big', scope: 'system', value: 'x'.repeat(900_000) })
    await expect(admin.putKey({ name: 'bigger', scope: 'system', value: 'x'.repeat(1_200_000) })).rejects.toMatchObject({ code: 'too_large', status: 413, advice: expect.stringContaining('client_max_body_size') })
    expect((await all(admin.keys('system'))).map(({ name }) => name)).toEqual(['big'])
  })

  test('names that nginx changes are not sent; all other odd ones make the round trip', async () => {
    await nginx()
    const admin = as('st2admin', trusted)
    for (const name of ['.', 'a\nb']) await expect(admin.putKey({ name, scope: 'system', value: 'v' })).rejects.toMatchObject({ code: 'unsendable' })
    for (const name of ['est#h', 'est?q', 'per%41cent', 'a%2Fb', ' ', 'tab\there', '.hidden', 'é', '{{x}}', 'a+b', '&;"\'<>^[]@$=,~{}\\|', '100%']) {
      await admin.putKey({ name, scope: 'system', value: `of ${name}` })
      expect(await admin.key(name, 'system')).toMatchObject({ name, value: `of ${name}` })
    }
  })
})

describe('RBAC on, without roles', () => {
  test('is told what is missing; own keys come, past the limit of 100', async () => {
    await start({ rbac: true })
    const alice = as('alice')
    expect(await alice.whoAmI()).toMatchObject({ username: 'alice', isAdmin: false, rbacEnabled: true })
    await expect(alice.key('x', 'system')).rejects.toMatchObject({ code: 'forbidden', advice: expect.stringContaining('key_value_pair_view') })
    await expect(all(alice.list('/v1/apikeys'))).rejects.toMatchObject({ code: 'forbidden' })
    for await (const name of names(230)) await alice.putKey({ name, scope: 'user', value: 'v' })
    expect((await all(alice.keys('user'))).map(({ name }) => name)).toEqual(await all(names(230)))
    expect(await all(as('st2admin').keys('user', 'alice'))).toHaveLength(230)
  })
})
