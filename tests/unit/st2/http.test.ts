import { readFileSync } from 'fs'
import * as net from 'net'
import * as path from 'path'
import { createHttp, queryText, readAll, shownPath, type Http, type HttpRequest } from '../../../src/st2/http'
import { encodeName } from '../../../src/st2/names'
import { testServer, type Answering, type TestServer } from '../../support/http-server'

const tls = (name: string) => readFileSync(path.join(__dirname, '../../fixtures/tls', name))
let [servers, clients]: [{ close(): Promise<void> }[], Http[]] = [[], []]
afterEach(async () => {
  clients.forEach((client) => client.close())
  await Promise.all(servers.map((server) => server.close()))
  ;[servers, clients] = [[], []]
})
async function serve(answering: Answering, options?: Parameters<typeof testServer>[1]): Promise<TestServer> {
  const server = await testServer(answering, options)
  servers.push(server)
  return server
}
function http(more: Partial<Parameters<typeof createHttp>[0]> = {}): Http {
  const client = createHttp({ maxSockets: 4, connectMs: 2000, ...more })
  clients.push(client)
  return client
}
const get = (base: string, more: Partial<HttpRequest> = {}): HttpRequest => ({ method: 'GET', base, path: '/v1/x', timeoutMs: 5000, ...more })

describe('what goes over the wire', () => {
  test('the path, byte for byte, below the base', async () => {
    const server = await serve((_, reply) => reply(200, {}))
    for (const name of ['.', '..', 'a%2Fb', 'é', 'a?b#c', ' ', '{x}', '%zz']) await http().send(get(`${server.url}/api`, { path: `/v1/keys/${encodeName(name)}`, query: { scope: 'user', decrypt: undefined, x: 'a b&c' } }))
    expect(server.received.map((one) => one.path)).toEqual(
      ['%2E', '%2E%2E', 'a%252Fb', '%C3%A9', 'a%3Fb%23c', '%20', '%7Bx%7D', '%25zz'].map((name) => `/api/v1/keys/${name}?scope=user&x=a%20b%26c`),
    )
  })

  test('a body as JSON, headers as given', async () => {
    const server = await serve((_, reply) => reply(200, { ok: true }))
    const answer = await http().send(get(server.url, { method: 'PUT', body: { value: 'ž\u2028' }, headers: { 'St2-Api-Key': 'k' } }))
    expect(JSON.parse((await readAll(answer)).toString())).toEqual({ ok: true })
    expect(server.received[0]).toMatchObject({ method: 'PUT', body: '{"value":"ž\u2028"}', headers: { 'st2-api-key': 'k', 'content-type': 'application/json' } })
  })

  test('connections are kept, but not for POST', async () => {
    const ports: (number | undefined)[] = []
    const server = await serve((_, reply, raw) => {
      ports.push(raw.socket?.remotePort)
      reply(200, {})
    })
    const client = http()
    for (const method of ['GET', 'GET', 'POST', 'POST', 'GET'] as const) await readAll(await client.send(get(server.url, { method, body: method === 'POST' ? {} : undefined })))
    expect(ports[1]).toBe(ports[0])
    expect(ports[4]).toBe(ports[0])
    expect(new Set(ports).size).toBe(3)
  })

  test('a proxy of the environment is not used', async () => {
    process.env.http_proxy = 'http://127.0.0.1:9'
    const server = await serve((_, reply) => reply(200, {}))
    await expect(http().send(get(server.url)).finally(() => delete process.env.http_proxy)).resolves.toMatchObject({ status: 200 })
  })
})

describe('answers', () => {
  test('tell X-Total-Count when it is there', async () => {
    const server = await serve((one, reply) => reply(200, [], one.path.includes('with') ? { 'X-Total-Count': '12' } : {}))
    expect((await http().send(get(server.url, { path: '/with' }))).total).toBe(12)
    expect((await http().send(get(server.url))).total).toBeUndefined()
  })

  test('errors hold neither headers nor credentials', async () => {
    const server = await serve((_, reply) => reply(400, { faultstring: 'no' }, { 'Set-Cookie': 'auth-token=topsecret' }))
    const error = await http().send(get(server.url, { headers: { 'X-Auth-Token': 'topsecret' } })).catch((e: Error) => e)
    expect(error).toMatchObject({ code: 'bad_request', status: 400 })
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('topsecret')
  })

  test('a redirect is not followed', async () => {
    const server = await serve((_, reply) => reply(301, '<html>', { Location: 'http://127.0.0.1:9/' }))
    await expect(http().send(get(server.url))).rejects.toMatchObject({ code: 'not_stackstorm', status: 301 })
  })

  test('compressed ones are unpacked', async () => {
    const { gzipSync } = jest.requireActual<typeof import('zlib')>('zlib')
    const server = await serve((_, __, raw) => raw.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }).end(gzipSync('[1]')))
    expect((await readAll(await http().send(get(server.url)))).toString()).toBe('[1]')
  })

  test('one that breaks in the middle is no whole answer', async () => {
    const server = await serve((_, __, raw) => {
      raw.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' })
      raw.write('[1,')
      setImmediate(() => raw.socket?.destroy())
    })
    const answer = http().send(get(server.url)).then(readAll)
    await expect(answer).rejects.toMatchObject({ code: 'interrupted_answer' })
  })
})

test('a body that ends like a whole one, but is not, is told (Node 14 ends a cut one so)', async () => {
  const server = await serve((_, reply) => reply(200, [1]))
  const answer = await http().send(get(server.url))
  await expect(readAll({ ...answer, broken: () => 'ECONNRESET' })).rejects.toMatchObject({ code: 'interrupted_answer' })
  expect(answer.broken()).toBeUndefined()
})

describe('no answer', () => {
  test('nothing listens', async () => {
    const server = await testServer(() => undefined)
    await server.close()
    await expect(http().send(get(server.url))).rejects.toMatchObject({ code: 'unreachable', networkCode: 'ECONNREFUSED', message: expect.stringContaining(server.url) })
  })

  test('a host that does not exist', async () => {
    await expect(http().send(get('http://nowhere.invalid'))).rejects.toMatchObject({ code: 'unreachable', message: expect.stringMatching(/host name/) })
  })

  test('a server that stays silent', async () => {
    const server = await serve(() => undefined)
    await expect(http().send(get(server.url, { timeoutMs: 50 }))).rejects.toMatchObject({ code: 'timeout' })
  })

  test('a server that falls silent in the middle', async () => {
    const server = await serve((_, __, raw) => void raw.writeHead(200, { 'Content-Type': 'application/json' }).write('[1,'))
    await expect(http().send(get(server.url, { timeoutMs: 50 })).then(readAll)).rejects.toMatchObject({ code: 'timeout' })
  })

  test('a connection that is closed at once', async () => {
    const server = await serve((_, __, raw) => raw.socket?.destroy())
    await expect(http().send(get(server.url))).rejects.toMatchObject({ code: 'interrupted_answer' })
  })

  test('something else than HTTP', async () => {
    const other = net.createServer((socket) => socket.on('error', () => undefined).resume().end('SSH-2.0-OpenSSH\r\n'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    servers.push({ close: () => new Promise((resolve) => other.close(() => resolve())) })
    await expect(http().send(get(`http://127.0.0.1:${(other.address() as net.AddressInfo).port}`))).rejects.toMatchObject({ code: 'not_stackstorm' })
  })
})

describe('TLS', () => {
  const secure = (name: string, key = 'localhost') => serve((_, reply) => reply(200, {}), { key: tls(`${key}.key`), cert: tls(`${name}.pem`) })

  test('a certificate that is not known is refused with the way out', async () => {
    const server = await secure('localhost')
    await expect(http().send(get(server.url))).rejects.toMatchObject({ code: 'tls', message: expect.stringMatching(/self-signed/), advice: expect.stringMatching(/--ca-file.*--insecure/) })
  })
  test('it is taken with --ca-file or --insecure', async () => {
    const server = await secure('localhost')
    await expect(http({ ca: tls('localhost.pem') }).send(get(server.url))).resolves.toMatchObject({ status: 200 })
    await expect(http({ insecure: true }).send(get(server.url))).resolves.toMatchObject({ status: 200 })
  })
  test('one for another host', async () => {
    const server = await secure('other', 'other')
    await expect(http({ ca: tls('other.pem') }).send(get(server.url))).rejects.toMatchObject({ code: 'tls', message: expect.stringMatching(/another host name/) })
  })
  test('one that has expired', async () => {
    const server = await secure('expired')
    await expect(http({ ca: tls('expired.pem') }).send(get(server.url))).rejects.toMatchObject({ code: 'tls', message: expect.stringMatching(/expired/) })
  })
  test('https to a port without TLS', async () => {
    const server = await serve((_, reply) => reply(200, {}))
    await expect(http().send(get(server.url.replace('http:', 'https:')))).rejects.toMatchObject({ code: 'tls', advice: expect.stringMatching(/http:\/\//) })
  })
})

test('queries and paths for people', () => {
  expect(queryText({})).toBe('')
  expect(queryText({ a: 1, b: true, c: undefined, d: 'é +' })).toBe('?a=1&b=true&d=%C3%A9%20%2B')
  expect(shownPath('/v1/keys/a%20b%0A')).toBe('/v1/keys/a b\\x0a')
  expect(shownPath('/v1/keys/%FF')).toBe('/v1/keys/%FF')
})
