/** The StackStorm port against the sandbox, which is held to recordings of the real thing, for every version it plays. */
import { mkdtempSync, rmSync } from 'fs'
import { tmpdir } from 'os'
import * as path from 'path'
import { startSandbox, type RunningSandbox } from '../../src/sandbox/start'
import type { StackStormVersion } from '../../src/sandbox/types'
import { connect, type ConnectOptions } from '../../src/st2/client'
import { borrow, cleanUp, findLeftovers, type BorrowRecord } from '../../src/st2/borrow'
import { unsendable } from '../../src/st2/names'
import type { StackStorm } from '../../src/st2/port'
import { createClock } from '../../src/system/clock'

const PASSWORD = 'Ch@ngeMe'
const VERSIONS: StackStormVersion[] = ['3.4.1', '3.8.1', '3.9.0']

/** Every odd name that was measured on real instances, and those that clients get wrong. */
const ODD_NAMES = [
  'plain', 'est#h', 'est?q', 'hash#tag', 'q?mark', 'per%41cent', 'a%2Fb', 'a b', ' lead', 'trail ', ' ', 'a:b', `quo'te`, 'quo"te', '{{ jinja }}', '<% yaql %>',
  'back\\slash', 'tab\there', 'new\nline', 'null\u0000byte', 'del\u007fete', '%', '100%', '%zz', '&amp;', 'a&b=c', '--help', 'n'.repeat(240), '.', '.hidden', 'dot.', 'a.b', '~', '*', '(x)',
  'é', 'ünïcode', 'ÿ', '\u00a0', 'UPPER', 'upper', '1', 'true', 'None', 'undefined', '$a', '[x]', 'a+b', 'a;b', 'a,b', '@', '|', '^', '`', '-', '_', '__proto__', 'constructor',
]

let clients: StackStorm[] = []
function open(sandbox: RunningSandbox, credentials: ConnectOptions['credentials'], more: Partial<ConnectOptions> = {}): StackStorm {
  const client = connect({ url: sandbox.apiUrl, authUrl: sandbox.authUrl, credentials, clock: createClock(), ...more })
  clients.push(client)
  return client
}
const as = (sandbox: RunningSandbox, user: string) => open(sandbox, { user, password: PASSWORD })
async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}

describe.each(VERSIONS)('StackStorm %s', (version) => {
  const root = mkdtempSync(path.join(tmpdir(), 'st2-port-'))
  let sandbox: RunningSandbox
  let admin: StackStorm

  beforeAll(async () => {
    sandbox = await startSandbox({ version, root })
    admin = as(sandbox, 'st2admin')
  })
  afterAll(async () => {
    for (const client of clients) client.close()
    clients = []
    await sandbox.stop()
    rmSync(root, { recursive: true })
  })

  test('tells its version, who asks, and which instance it is', async () => {
    expect(await admin.version()).toBe(version)
    expect(await admin.whoAmI()).toMatchObject({ username: 'st2admin', isAdmin: true, rbacEnabled: false, expires: expect.stringMatching(/^2\d{3}-/) })
    expect(await admin.instanceId()).toMatch(/^[0-9a-f]{24}$/)
  })

  test.each(['system', 'user'] as const)('every odd name makes the round trip in scope %s', async (scope) => {
    const names = ODD_NAMES.filter((name) => unsendable(name, version) === undefined)
    expect(names).toHaveLength(ODD_NAMES.length)
    for (const name of names) await admin.putKey({ name, scope, value: `value of ${name}` })
    for (const name of names) expect(await admin.key(name, scope)).toMatchObject({ name, value: `value of ${name}`, scope: `st2kv.${scope}` })
    const listed = await all(admin.keys(scope))
    expect(new Set(listed.map(({ name }) => name))).toEqual(new Set(names))
    expect(listed).toHaveLength(names.length)
    for (const name of names) await admin.deleteKey(name, scope)
    expect(await all(admin.keys(scope))).toEqual([])
  })

  test('the name null is created once, read from the list, and never by its name', async () => {
    await admin.putKey({ name: 'null', scope: 'user', value: 'fine' })
    expect(await admin.key('null', 'user')).toMatchObject({ value: 'fine' })
    await admin.deleteKey('null', 'user')
    expect(await admin.key('NULL', 'system')).toBeUndefined()
    await admin.putKey({ name: 'NULL', scope: 'system', value: 'once' })
    expect(await admin.key('NULL', 'system')).toMatchObject({ name: 'NULL', value: 'once' })
    await expect(admin.putKey({ name: 'NULL', scope: 'system', value: 'twice' })).rejects.toMatchObject({ code: 'conflict' })
    await expect(admin.deleteKey('NULL', 'system')).rejects.toMatchObject({ code: 'unsendable' })
  })

  test('names of other scripts: kept before 3.5, refused before sending since', async () => {
    const key = { name: 'ключ-名前-🔑', scope: 'system', value: 'v' } as const
    if (version === '3.4.1') {
      expect(await admin.putKey(key)).toMatchObject({ name: key.name })
      expect(await admin.key(key.name, 'system')).toMatchObject({ name: key.name, value: 'v' })
      expect((await all(admin.keys('system'))).map(({ name }) => name)).toContain(key.name)
      await admin.deleteKey(key.name, 'system')
    } else await expect(admin.putKey(key)).rejects.toMatchObject({ code: 'unsendable' })
  })

  test('a key that is not there is undefined; deleting it is an error', async () => {
    expect(await admin.key('nobody', 'system')).toBeUndefined()
    await expect(admin.deleteKey('nobody', 'system')).rejects.toMatchObject({ code: 'not_found', status: 404 })
  })

  test('secrets come as ciphertext, and decrypted when asked for', async () => {
    const written = await admin.putKey({ name: 'pw', scope: 'system', value: 's3cret', secret: true })
    expect(written.value).toMatch(/^3030303030[0-9A-F]+$/)
    expect(await admin.key('pw', 'system')).toMatchObject({ value: written.value, secret: true, encrypted: true })
    expect(await admin.key('pw', 'system', { decrypt: true })).toMatchObject({ value: 's3cret' })
    await admin.putKey({ name: 'pw2', scope: 'system', value: written.value, secret: true, encrypted: true })
    expect(await admin.key('pw2', 'system', { decrypt: true })).toMatchObject({ value: 's3cret' })
  })

  test('all keys of both scopes are listed, in order, past every limit', async () => {
    const names = Array.from({ length: 260 }, (_, i) => `many.${String(i).padStart(4, '0')}`)
    for (const name of names) await admin.putKey({ name, scope: 'system', value: name })
    const alice = as(sandbox, 'alice')
    for (const name of names.slice(0, 130)) await alice.putKey({ name, scope: 'user', value: name })
    const system = (await all(admin.keys('system'))).map(({ name }) => name).filter((name) => name.startsWith('many.'))
    expect(system).toEqual(names)
    expect((await all(alice.keys('user'))).map(({ name, user }) => [name, user])).toEqual(names.slice(0, 130).map((name) => [name, 'alice']))
    expect(await all(admin.keys('user'))).toEqual([])
    for (const name of names) await admin.deleteKey(name, 'system')
  })

  test('all API keys are listed, past the limit of 50', async () => {
    for (let i = 0; i < 60; i++) await admin.post('/v1/apikeys', { user: 'bob', metadata: { i } })
    const rows = await all(admin.list<{ id: string; user: string }>('/v1/apikeys'))
    expect(rows.filter(({ user }) => user === 'bob')).toHaveLength(60)
    for (const { id } of rows) await admin.delete(`/v1/apikeys/${id}`)
  })

  test('borrows a user for a moment and leaves nothing behind', async () => {
    const records: BorrowRecord[] = []
    const record = async (one: BorrowRecord) => void records.push(one)
    let n = 0
    const randomHex = (bytes: number) => String(++n).padStart(bytes * 2, 'a')
    const bob = await borrow(admin, 'bob', 'run1', record, randomHex)
    await bob.api.putKey({ name: 'mine', scope: 'user', value: 'of bob' })
    expect(await bob.api.whoAmI()).toMatchObject({ username: 'bob' })
    expect(await findLeftovers(admin)).toEqual([{ id: records[0]!.id, user: 'bob', run: 'run1' }])
    await bob.giveBack()
    expect(records.map(({ state }) => state)).toEqual(['intent', 'deleted'])
    expect(await findLeftovers(admin)).toEqual([])
    await expect(bob.api.whoAmI()).rejects.toMatchObject({ code: 'unauthorized', reason: 'unknown_api_key' })
    expect(await all(as(sandbox, 'bob').keys('user'))).toMatchObject([{ name: 'mine', value: 'of bob' }])

    await borrow(admin, 'alice', 'run2', record, randomHex)
    expect(await cleanUp(admin, records, record)).toEqual(['alice'])
    expect(await findLeftovers(admin)).toEqual([])
    expect(await cleanUp(admin, records, record)).toEqual([])
  })

  test('tells the ways of refused credentials apart, without any of their hashes', async () => {
    const expired = sandbox.sandbox.mintToken('alice', -10).token
    const { id, key } = await admin.post<{ id: string; key: string }>('/v1/apikeys', { user: 'alice', enabled: false })
    const cases: [ConnectOptions['credentials'], string][] = [
      [{ token: 'f'.repeat(32) }, 'unknown_token'],
      [{ token: expired }, 'expired_token'],
      [{ apiKey: 'nonsense' }, 'unknown_api_key'],
      [{ apiKey: key }, 'disabled_api_key'],
      [{ user: 'alice', password: 'wrong' }, 'login_refused'],
    ]
    for (const [credentials, reason] of cases) {
      const error = (await open(sandbox, credentials).whoAmI().catch((e: unknown) => e)) as Error
      expect(error).toMatchObject({ code: 'unauthorized', status: 401, reason })
      expect(JSON.stringify(error) + String(error)).not.toMatch(/[0-9a-f]{32}/)
    }
    await admin.delete(`/v1/apikeys/${id}`)
  })

  test('takes the URL with /v1 and explains one that leads nowhere', async () => {
    expect(await open(sandbox, { user: 'bob', password: PASSWORD }, { url: `${sandbox.apiUrl}/v1/` }).version()).toBe(version)
    expect(await open(sandbox, { user: 'bob', password: PASSWORD }, { url: `${sandbox.apiUrl}/api` }).version()).toBe(version)
    expect(await open(sandbox, { user: 'bob', password: PASSWORD }, { url: sandbox.apiUrl.replace('http://', '') }).version()).toBe(version)
    await expect(open(sandbox, { token: 'x' }, { url: `${sandbox.apiUrl}/nowhere` }).version()).rejects.toMatchObject({ code: 'not_stackstorm' })
  })
})
