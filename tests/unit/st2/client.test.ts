import nock from 'nock'
import { connect, type ConnectOptions } from '../../../src/st2/client'
import type { StackStorm } from '../../../src/st2/port'
import { fakeClock, type FakeClock } from '../../support/clock'

const BASE = 'https://old.example.org'
let [api, clock, log]: [StackStorm, FakeClock, string[]] = [undefined as never, fakeClock(), []]

function open(more: Partial<ConnectOptions> = {}): StackStorm {
  clock = fakeClock()
  log = []
  api = connect({ url: `${BASE}/api`, credentials: { token: 'tok' }, clock, random: () => 0.5, log: (line) => log.push(line), ...more })
  return api
}
/** The probe for the base, then what a test expects. */
const st2 = (headers: Record<string, string> = { 'X-Auth-Token': 'tok' }) => {
  nock(BASE).get('/api/v1/').reply(401, { faultstring: 'Unauthorized - One of Token or API key required.' })
  return nock(`${BASE}/api`, { reqheaders: headers })
}
const version = (scope: nock.Scope, text = '3.9.0') => scope.get('/v1/').reply(200, { version: text })
const fault = (faultstring: string) => ({ faultstring })
const json = { 'Content-Type': 'application/json' }

beforeAll(() => nock.disableNetConnect())
afterEach(() => {
  api?.close()
  const unused = nock.pendingMocks()
  nock.cleanAll()
  expect(unused).toEqual([])
})
afterAll(() => nock.restore())

describe('requests', () => {
  test('paths with and without /v1 mean the same', async () => {
    st2().get('/v1/rules/x').times(3).reply(200, { ok: 1 })
    open()
    for (const path of ['/v1/rules/x', '/rules/x', 'rules/x']) expect(await api.get(path)).toEqual({ ok: 1 })
    expect(api.url).toBe(`${BASE}/api`)
  })

  test('find gives undefined for 404, get throws', async () => {
    st2().get('/v1/rules/x').times(2).reply(404, fault('Resource with a reference or id "x" not found'))
    expect(await open().find('/v1/rules/x')).toBeUndefined()
    await expect(api.get('/v1/rules/x')).rejects.toMatchObject({ code: 'not_found' })
  })

  test('getBytes gives raw bytes', async () => {
    st2().get('/v1/packs/views/file/p/x.bin').reply(200, Buffer.from([0, 255, 10])).get('/v1/packs/views/file/p/none').reply(404, fault('no'))
    expect(await open().getBytes('/v1/packs/views/file/p/x.bin')).toEqual(Buffer.from([0, 255, 10]))
    expect(await api.getBytes('/v1/packs/views/file/p/none')).toBeUndefined()
  })

  test('HTML with status 200 is no StackStorm', async () => {
    st2().get('/v1/rules/x').reply(200, '<html>', { 'Content-Type': 'text/html' })
    await expect(open().get('/v1/rules/x')).rejects.toMatchObject({ code: 'not_stackstorm' })
  })

  test('nothing at all is no JSON', async () => {
    st2().get('/v1/x').reply(200, '').put('/v1/x').reply(200, '')
    await expect(open().get('/v1/x')).rejects.toMatchObject({ code: 'not_stackstorm' })
    expect(await api.put('/v1/x', {})).toBeUndefined()
  })

  test('the base is looked for again after a failure', async () => {
    nock(BASE).get('/api/v1/').replyWithError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))
    await expect(open().version()).rejects.toMatchObject({ code: 'unreachable' })
    expect(clock.slept).toEqual([])
    version(st2())
    expect(await api.version()).toBe('3.9.0')
    expect(await api.version()).toBe('3.9.0')
  })
})

describe('repeats', () => {
  test('the first contact is tried for a short while', async () => {
    nock(BASE).get('/api/v1/').times(6).reply(503, fault('Nginx is unable to reach st2api. Make sure service is running.'))
    await expect(open().version()).rejects.toMatchObject({ code: 'unavailable' })
    expect(clock.slept.reduce((a, b) => a + b)).toBeLessThan(10_000)
  })

  test('a PUT is repeated after 503 and 429, and the pressure is counted', async () => {
    st2().put('/v1/x').reply(503, fault('Nginx is unable to reach st2api.')).put('/v1/x').reply(429, '', { 'Retry-After': '9' }).put('/v1/x').reply(200, { done: true })
    expect(await open().put('/v1/x', {})).toEqual({ done: true })
    expect(clock.slept).toEqual([225, 9000])
    expect(api.pressure?.()).toBe(2)
    expect(log).toHaveLength(2)
    expect(log.join()).not.toContain('tok')
  })

  test('a POST is not, unless it is marked', async () => {
    st2().post('/v1/x').reply(503, fault('x')).post('/v1/y').reply(503, fault('x')).post('/v1/y').reply(201, { id: 1 })
    await expect(open().post('/v1/x', {})).rejects.toMatchObject({ code: 'unavailable' })
    expect(await api.post('/v1/y', {}, undefined, { repeatable: true })).toEqual({ id: 1 })
  })

  test('a DELETE whose answer was lost has been done: 404 is fine then', async () => {
    st2().delete('/v1/x').replyWithError(Object.assign(new Error('x'), { code: 'ECONNRESET' })).delete('/v1/x').reply(404, fault('gone'))
    await expect(open().delete('/v1/x')).resolves.toBeUndefined()
  })

  test('a DELETE of what is not there is an error', async () => {
    st2().delete('/v1/x').reply(404, fault('gone'))
    await expect(open().delete('/v1/x')).rejects.toMatchObject({ code: 'not_found' })
  })

  test('an answer that breaks in the middle is asked for again', async () => {
    st2().get('/v1/x').replyWithError(Object.assign(new Error('x'), { code: 'ECONNRESET' })).get('/v1/x').reply(200, { a: 1 })
    expect(await open().get('/v1/x')).toEqual({ a: 1 })
  })

  test('the deadline ends it', async () => {
    st2().get('/v1/x').times(4).reply(502, '')
    await expect(open({ deadlineMs: 2000 }).get('/v1/x')).rejects.toMatchObject({ code: 'unavailable', status: 502 })
  })
})

describe('credentials', () => {
  const login = (token: string, expiry: string) => nock(BASE, { reqheaders: { Authorization: `Basic ${Buffer.from('alice:pä:ss').toString('base64')}` } }).post('/auth/tokens', {}).reply(201, { token, expiry })
  const alice = { user: 'alice', password: 'pä:ss' }

  test('an API key goes as St2-Api-Key', async () => {
    st2({ 'St2-Api-Key': 'key' }).get('/v1/x').reply(200, {})
    await open({ credentials: { apiKey: 'key' } }).get('/v1/x')
  })

  test('a token goes before an API key', async () => {
    st2({ 'X-Auth-Token': 'tok' }).get('/v1/x').reply(200, {})
    await open({ credentials: { token: 'tok', apiKey: 'key' } }).get('/v1/x')
  })

  test('a password is traded for a token once', async () => {
    login('t1', '2024-01-03T03:04:05.000000Z')
    st2({ 'X-Auth-Token': 't1' }).get('/v1/x').times(3).reply(200, {})
    open({ credentials: alice })
    await Promise.all([api.get('/v1/x'), api.get('/v1/x'), api.get('/v1/x')])
  })

  test('a token made of a password is renewed before it ends', async () => {
    login('t1', '2024-01-02T04:04:05.000000Z')
    st2({ 'X-Auth-Token': 't1' }).get('/v1/x').reply(200, {})
    await open({ credentials: alice }).get('/v1/x')
    clock.advance(58 * 60_000)
    login('t2', '2024-01-03T04:04:05.000000Z')
    nock(`${BASE}/api`, { reqheaders: { 'X-Auth-Token': 't2' } }).get('/v1/x').times(2).reply(200, {})
    await Promise.all([api.get('/v1/x'), api.get('/v1/x')])
  })

  test('a token that the server calls expired is renewed once, and the request sent again', async () => {
    login('t1', '2024-01-03T03:04:05.000000Z')
    st2({ 'X-Auth-Token': 't1' }).put('/v1/x').reply(401, fault('Unauthorized - Token has expired.'))
    login('t2', '2024-01-03T03:04:05.000000Z')
    nock(`${BASE}/api`, { reqheaders: { 'X-Auth-Token': 't2' } }).put('/v1/x').reply(200, { ok: 1 })
    expect(await open({ credentials: alice }).put('/v1/x', {})).toEqual({ ok: 1 })
  })

  test('of many requests refused at once one logs in again', async () => {
    login('t1', '2024-01-03T03:04:05.000000Z')
    st2({ 'X-Auth-Token': 't1' }).get('/v1/x').times(5).reply(401, fault('Unauthorized - Token has expired.'))
    login('t2', '2024-01-03T03:04:05.000000Z')
    nock(`${BASE}/api`, { reqheaders: { 'X-Auth-Token': 't2' } }).get('/v1/x').times(5).reply(200, {})
    open({ credentials: alice })
    await Promise.all(Array.from({ length: 5 }, () => api.get('/v1/x')))
  })

  test('a given token that has expired is an error', async () => {
    st2().get('/v1/x').reply(401, fault('Unauthorized - Token has expired.'))
    await expect(open().get('/v1/x')).rejects.toMatchObject({ code: 'unauthorized', reason: 'expired_token' })
  })

  test('a wrong password is an error that does not hold it, and is asked again next time', async () => {
    st2()
    nock(BASE).post('/auth/tokens').reply(401, fault('Invalid or missing credentials'))
    const error = await open({ credentials: alice }).get('/v1/x').catch((e: Error) => e)
    expect(error).toMatchObject({ code: 'unauthorized', reason: 'login_refused' })
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toMatch(/pä:ss|YWxpY2U/)
    login('t1', '2024-01-03T03:04:05.000000Z')
    nock(`${BASE}/api`).get('/v1/x').reply(200, {})
    await api.get('/v1/x')
  })

  test('an auth URL that leads elsewhere is explained', async () => {
    st2()
    nock('https://sso.example.org').post('/login/tokens').reply(200, '<html>', { 'Content-Type': 'text/html' })
    await expect(open({ credentials: alice, authUrl: 'https://sso.example.org/login' }).get('/v1/x')).rejects.toMatchObject({ code: 'not_stackstorm', advice: expect.stringContaining('ST2_AUTH_URL') })
  })

  test.each([[{}, /no credentials/], [{ user: 'alice' }, /no password for alice/], [{ token: 'a\nb' }, /token holds characters/], [{ apiKey: 'kľúč' }, /API key holds characters/]])('%j is refused at once', (credentials, text) => {
    expect(() => open({ credentials })).toThrow(text)
  })
})

describe('keys', () => {
  const key = (name: string, more = {}) => ({ name, value: 'v', scope: 'st2kv.system', secret: false, encrypted: false, ...more })

  test('a key that was written under another name is an error that says where', async () => {
    version(st2()).put('/v1/keys/a%20b').reply(200, key('a'))
    await expect(open().putKey({ name: 'a b', scope: 'system', value: 'v' })).rejects.toMatchObject({ code: 'mismatch', message: 'The system key "a b" was written as "a".', advice: expect.stringContaining('"a"') })
  })

  test('a list instead of a key is an error', async () => {
    version(st2()).get('/v1/keys/x?scope=system').reply(200, [key('y')])
    await expect(open().key('x', 'system')).rejects.toMatchObject({ code: 'mismatch' })
  })

  test('nothing is sent for a name that nginx would cut', async () => {
    version(st2())
    open()
    await expect(api.putKey({ name: 'a\nb', scope: 'system', value: 'v' })).rejects.toMatchObject({ code: 'unsendable', message: expect.stringMatching(/nginx/) })
    await expect(api.deleteKey('.', 'system')).rejects.toMatchObject({ code: 'unsendable' })
    await expect(api.key('..', 'user')).rejects.toMatchObject({ code: 'unsendable' })
  })

  test('names of 3.4.1 are decoded, in lists and in answers', async () => {
    const mangled = 'kl\u00c3\u00ad\u00c4\u008d'
    version(st2(), '3.4.1').put('/v1/keys/kl%C3%AD%C4%8D').reply(200, key(mangled)).get('/v1/keys?scope=system&sort=name&limit=100&offset=0').reply(200, [key(mangled)]).get('/v1/keys?scope=system&sort=name&limit=401&offset=0').reply(200, [key(mangled)])
    expect(await open().putKey({ name: 'klíč', scope: 'system', value: 'v' })).toMatchObject({ name: 'klíč' })
    const names: string[] = []
    for await (const { name } of api.keys('system')) names.push(name)
    expect(names).toEqual(['klíč'])
  })

  test('another user is named in user scope only', async () => {
    version(st2()).get('/v1/keys/x?scope=user&user=bob&decrypt=true').reply(200, key('x')).delete('/v1/keys/x?scope=system').reply(204)
    await open().key('x', 'user', { user: 'bob', decrypt: true })
    await api.deleteKey('x', 'system', 'bob')
  })
})

describe('lists', () => {
  test('rules come whole, in one request, and are counted', async () => {
    const rules = Array.from({ length: 105 }, (_, i) => ({ id: String(i) }))
    st2().get('/v1/rules?limit=-1').reply(200, rules, { ...json, 'X-Total-Count': '105' })
    const found = []
    for await (const rule of open().list('/v1/rules')) found.push(rule)
    expect(found).toEqual(rules)
  })

  test('a user who may not have all at once gets pages', async () => {
    const scope = st2().get('/v1/packs?limit=-1').reply(403, fault('Administrator access required to be able to specify limit=-1 and retrieve all the records'))
    scope.get('/v1/packs?limit=100&offset=0').reply(200, [{ id: 'a' }, { id: 'b' }]).get('/v1/packs?limit=100&offset=1').reply(200, [{ id: 'b' }])
    const found = []
    for await (const pack of open().list('/v1/packs')) found.push(pack)
    expect(found).toEqual([{ id: 'a' }, { id: 'b' }])
  })

  test('a 403 for another reason is an error', async () => {
    st2().get('/v1/packs?limit=-1').reply(403, fault('User "alice" doesn\'t have required permission "pack_list"'))
    await expect(open().list('/v1/packs').next()).rejects.toMatchObject({ code: 'forbidden', advice: expect.stringContaining('pack_list') })
  })

  test('executions come by pages', async () => {
    st2().get('/v1/executions?limit=100&offset=0').reply(200, [{ id: 'a' }]).get('/v1/executions?limit=401&offset=0').reply(200, [{ id: 'a' }])
    const found = []
    for await (const one of open().list('/v1/executions')) found.push(one)
    expect(found).toEqual([{ id: 'a' }])
  })
})

describe('executions', () => {
  test('run waits for the end and judges nothing', async () => {
    const scope = st2().post('/v1/executions', { action: 'packs.install', parameters: { packs: ['x'] } }).reply(201, { id: 'e1', status: 'requested' })
    scope.get('/v1/executions/e1?include_attributes=status%2Cresult').times(2).reply(200, { id: 'e1', status: 'running' })
    scope.get('/v1/executions/e1?include_attributes=status%2Cresult').reply(200, { id: 'e1', status: 'failed', result: { output: { message: 'Successfully installed packs' } } })
    expect(await open().run('packs.install', { packs: ['x'] })).toEqual({ id: 'e1', status: 'failed', result: { output: { message: 'Successfully installed packs' } } })
    expect(clock.slept).toEqual([50, 75])
  })

  test('the wait is bounded', async () => {
    st2().persist().get('/v1/executions/e1?include_attributes=status%2Cresult').reply(200, { id: 'e1', status: 'running' })
    await expect(open().waitFor('e1', { timeoutMs: 10_000 })).rejects.toMatchObject({ code: 'timeout', message: 'The execution e1 is still running after 10 s.' })
    nock.cleanAll()
  })
})
