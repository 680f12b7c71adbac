import nock from 'nock'
import { authBase, candidates, findBase } from '../../../src/st2/base-url'
import { createHttp, type Http } from '../../../src/st2/http'

let http: Http
beforeAll(() => {
  nock.disableNetConnect()
  http = createHttp({ maxSockets: 4, connectMs: 1000 })
})
afterEach(() => {
  const unused = nock.pendingMocks()
  nock.cleanAll()
  expect(unused).toEqual([])
})
afterAll(() => {
  http.close()
  nock.restore()
})

const find = (given: string) => findBase(http, given, 1000)
const stackstorm = (origin: string, path: string) => nock(origin).get(path).reply(401, { faultstring: 'Unauthorized - One of Token or API key required.' })
const page = (origin: string, path: string) => nock(origin).get(path).reply(200, '<html>StackStorm Web UI</html>', { 'Content-Type': 'text/html' })
const OLD = 'https://old.example.org'

describe('candidates', () => {
  test.each([
    [`${OLD}/api`, [`${OLD}/api`, OLD]],
    [`${OLD}/api/`, [`${OLD}/api`, OLD]],
    [`${OLD}/api/v1`, [`${OLD}/api`, OLD]],
    [`${OLD}/api/v1/`, [`${OLD}/api`, OLD]],
    [OLD, [`${OLD}/api`, OLD]],
    [`${OLD}/v1`, [`${OLD}/api`, OLD]],
    ['http://old.example.org:9101', ['http://old.example.org:9101', 'http://old.example.org:9101/api']],
    ['http://old.example.org:9101/v1/', ['http://old.example.org:9101', 'http://old.example.org:9101/api']],
    ['old.example.org', [`${OLD}/api`, OLD]],
    ['old.example.org/api', [`${OLD}/api`]],
    ['old.example.org:8443', [`${OLD}:8443`, `${OLD}:8443/api`]],
    ['127.0.0.1:9101', ['http://127.0.0.1:9101', 'https://127.0.0.1:9101', 'https://127.0.0.1:9101/api']],
    ['localhost', ['https://localhost/api', 'https://localhost', 'http://localhost:9101']],
    [' https://old.example.org/api ', [`${OLD}/api`, OLD]],
    [`${OLD}/st2/api`, [`${OLD}/st2/api`, `${OLD}/st2`]],
  ])('%s', (given, bases) => expect(candidates(given)).toEqual(bases))

  test.each([
    ['', /cannot be read/],
    ['https://', /cannot be read/],
    ['ftp://old.example.org', /ftp:/],
    [`${OLD}/auth`, /auth service/],
    [`${OLD}/auth/v1`, /auth service/],
  ])('%j is explained', (given, text) => expect(() => candidates(given)).toThrow(text))

  test('credentials in a URL are refused and not repeated', () => {
    expect(() => candidates('https://st2admin:hunter2@old.example.org/api')).toThrow(/holds credentials/)
    expect(() => candidates('https://st2admin:hunter2@old.example.org/api')).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }))
  })
})

describe('findBase', () => {
  test('a base that works is taken, without any credentials sent', async () => {
    nock(OLD, { badheaders: ['x-auth-token', 'st2-api-key', 'authorization'] }).get('/api/v1/').reply(401, { faultstring: 'Unauthorized - One of Token or API key required.' })
    expect(await find(`${OLD}/api/v1`)).toBe(`${OLD}/api`)
  })
  test('an API without authentication answers with its version', async () => {
    nock(OLD).get('/api/v1/').reply(200, { version: '3.8.1', docs_url: '' })
    expect(await find(OLD)).toBe(`${OLD}/api`)
  })
  test('the API port has no /api', async () => {
    nock('http://old.example.org:9101').get('/api/v1/').reply(404, { faultstring: 'The resource could not be found.' })
    stackstorm('http://old.example.org:9101', '/v1/')
    expect(await find('http://old.example.org:9101/api')).toBe('http://old.example.org:9101')
  })
  test('the web interface is passed by', async () => {
    page(OLD, '/api/v1/')
    stackstorm(OLD, '/v1/')
    expect(await find(OLD)).toBe(OLD)
  })
  test('a page everywhere is no StackStorm, with advice', async () => {
    page(OLD, '/api/v1/')
    page(OLD, '/v1/')
    await expect(find(OLD)).rejects.toMatchObject({ code: 'not_stackstorm', advice: expect.stringContaining('https://HOST/api') })
  })
  test('404 everywhere names what was tried', async () => {
    nock(OLD).get('/api/v1/').reply(404, { faultstring: 'x' }).get('/v1/').reply(404, { faultstring: 'x' })
    await expect(find(OLD)).rejects.toMatchObject({ code: 'not_stackstorm', message: `There is no StackStorm API at ${OLD}/api nor at ${OLD}.` })
  })
  test('nginx that cannot reach st2api says so', async () => {
    nock(OLD).get('/api/v1/').reply(503, { faultstring: 'Nginx is unable to reach st2api. Make sure service is running.' })
    await expect(find(`${OLD}/api`)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/not running/) })
  })
  test('a certificate that is not trusted ends the search', async () => {
    nock(OLD).get('/api/v1/').replyWithError(Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }))
    await expect(find(OLD)).rejects.toMatchObject({ code: 'tls' })
  })
  test.each(['ECONNREFUSED', 'ETIMEDOUT'])('a server that is not there (%s) is not asked twice', async (code) => {
    nock(OLD).get('/api/v1/').replyWithError(Object.assign(new Error(code), { code }))
    await expect(find(OLD)).rejects.toMatchObject({ code: code === 'ETIMEDOUT' ? 'timeout' : 'unreachable' })
  })
  test('a connection that was cut is no sign that nothing is there', async () => {
    nock(OLD).get('/api/v1/').reply(404, { faultstring: 'x' }).get('/v1/').replyWithError(Object.assign(new Error('x'), { code: 'ECONNRESET' }))
    await expect(find(OLD)).rejects.toMatchObject({ code: 'interrupted_answer' })
  })
  test("a proxy's own login is told as such", async () => {
    nock(OLD).get('/api/v1/').reply(401, '<html>', { 'Content-Type': 'text/html' }).get('/v1/').reply(401, '<html>', { 'Content-Type': 'text/html' })
    await expect(find(OLD)).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringMatching(/not in StackStorm's words/) })
  })
})

describe('authBase', () => {
  test.each([
    [`${OLD}/api`, undefined, `${OLD}/auth`],
    ['http://old.example.org:9101', undefined, 'http://old.example.org:9100'],
    [`${OLD}`, undefined, `${OLD}/auth`],
    ['https://old.example.org:8443/st2/api', undefined, 'https://old.example.org:8443/st2/auth'],
    [`${OLD}/api`, 'https://sso.example.org/auth/v1/', 'https://sso.example.org/auth'],
    [`${OLD}/api`, 'https://sso.example.org/auth/tokens', 'https://sso.example.org/auth'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4001', 'http://127.0.0.1:4001'],
  ])('of %s, given %s', (base, given, auth) => expect(authBase(base, given)).toBe(auth))
})
