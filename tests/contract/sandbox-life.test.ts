/** What a sandbox does over its life: it goes on where it was, forgets what clients made, sweeps, fails on demand, stands behind nginx. */
import { spawn } from 'child_process'
import * as fs from 'fs'
import * as http from 'http'
import * as https from 'https'
import * as os from 'os'
import * as path from 'path'
import { sandboxFaults, sandboxReset, sandboxSetValue, runSandbox } from '../../src/sandbox/run'
import { startSandbox } from '../../src/sandbox/start'
import { ask } from '../support/recordings'
import { testSandbox, type TestSandbox } from '../support/sandbox'

let test: TestSandbox | undefined
const open = async (...args: Parameters<typeof testSandbox>): Promise<TestSandbox> => (test = await testSandbox(...args))
afterEach(async () => {
  await test?.end()
  test = undefined
})

const namesOf = (json: unknown): string[] => (json as { name: string }[]).map(({ name }) => name)

describe('a sandbox', () => {
  it('goes on where it was after a restart, with the same crypto key, users and ids', async () => {
    const one = await open()
    const first = await one.put('secret', 'value', { secret: true })
    const packs = fs.readdirSync(one.root).sort()
    await one.restart()
    const again = await one.call('GET', '/v1/keys/secret?decrypt=true')
    expect(again.json).toMatchObject({ value: 'value', id: (first.json as { id: string }).id })
    expect(fs.readdirSync(one.root).sort()).toEqual(packs)
  })

  it('lays its root out as StackStorm does and keeps secrets from others', async () => {
    const { root } = await open()
    for (const place of ['opt/stackstorm/packs', 'opt/stackstorm/configs', 'opt/stackstorm/overrides', 'opt/stackstorm/virtualenvs', 'etc/st2/htpasswd', 'var/log/st2']) expect(fs.existsSync(path.join(root, place))).toBe(true)
    for (const file of ['etc/st2/keys/datastore_key.json', 'sandbox/control.json', 'sandbox/store.jsonl']) expect(fs.statSync(path.join(root, file)).mode & 0o077).toBe(0)
  })

  it('takes the crypto key and the users that lie in its root', async () => {
    const one = await open()
    const made = await one.put('s', 'x', { secret: true })
    const two = await testSandbox()
    try {
      await two.server.stop()
      fs.copyFileSync(path.join(one.root, 'etc/st2/keys/datastore_key.json'), path.join(two.root, 'etc/st2/keys/datastore_key.json'))
      fs.writeFileSync(path.join(two.root, 'etc/st2/htpasswd'), 'carol:open sesame\n')
      two.server = await startSandbox({ root: two.root })
      expect((await two.put('s', (made.json as { value: string }).value, { encrypted: true })).status).toBe(200)
      const login = (user: string): Promise<{ status: number }> => ask(two.server.authUrl, { method: 'POST', path: '/tokens', headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` } })
      expect((await login('carol:open sesame')).status).toBe(201)
      expect((await login('alice:Ch@ngeMe')).status).toBe(401)
    } finally {
      await two.end()
    }
  })

  it('refuses a second one with the same root, and says so', async () => {
    const { root } = await open()
    await expect(startSandbox({ root })).rejects.toThrow(/runs already with the root/)
  })

  it('refuses to be a version that was never recorded', async () => {
    const { root, server } = await open()
    await server.stop()
    await expect(startSandbox({ root, version: '3.7.0' as '3.8.1' })).rejects.toThrow('only 3.9.0, 3.8.1, 3.4.1')
  })

  it('forgets on a reset what clients made, and keeps its ports and users', async () => {
    const one = await open()
    await one.put('a', '1')
    await one.call('POST', '/v1/apikeys', { user: 'alice' })
    const { apiUrl } = one.server
    await sandboxReset(one.root)
    expect((await one.call('GET', '/v1/keys?scope=all')).json).toEqual([])
    expect((await one.call('GET', '/v1/apikeys')).headers['x-total-count']).toBe('0')
    expect(one.server.apiUrl).toBe(apiUrl)
  })

  it('changes a stored value past the API, and says when it cannot', async () => {
    const one = await open()
    await one.put('k', 'v', { secret: true })
    await sandboxSetValue(one.root, 'k', 'not hex')
    expect((await one.call('GET', '/v1/keys/k')).json).toMatchObject({ value: 'not hex', secret: true })
    await expect(sandboxSetValue(one.root, 'nope', 'x')).rejects.toThrow('there is no system key nope')
    await expect(sandboxReset(path.join(one.root, 'elsewhere'))).rejects.toThrow('no sandbox runs')
  })

  it('takes control only from who can read its secret', async () => {
    const { root } = await open()
    const { port } = JSON.parse(fs.readFileSync(path.join(root, 'sandbox/control.json'), 'utf8')) as { port: number }
    const answer = await ask(`http://127.0.0.1:${port}`, { method: 'POST', path: '/reset', headers: { 'x-control-secret': 'guess' } })
    expect(answer.status).toBe(401)
  })

  it('lists an expired key until it is swept', async () => {
    const one = await open({ ttlSweepMs: 3_600_000 })
    await one.put('gone', 'v', { ttl: -5 })
    await one.put('stays', 'v', { ttl: 500 })
    expect(namesOf((await one.call('GET', '/v1/keys?sort=name')).json)).toEqual(['gone', 'stays'])
    await one.restart({ ttlSweepMs: 20 })
    for (;;) {
      const names = namesOf((await one.call('GET', '/v1/keys?sort=name')).json)
      if (names.length === 1) {
        expect(names).toEqual(['stays'])
        break
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })

  it('writes audit lines as StackStorm does', async () => {
    const one = await open()
    await one.put('k', 'v')
    const lines = fs.readFileSync(path.join(one.root, 'var/log/st2/st2api.audit.log'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    const put = lines.find(({ short_message }) => /^PUT \/v1\/keys\/k succeeded id=[0-9a-f]{24}$/.test(String(short_message)))
    expect(put).toMatchObject({ version: '1.1', level: 6, _scope: 'st2kv.system', _user: 'st2admin' })
    expect(Number.isInteger(put?.timestamp)).toBe(true)
  })

  it('prints one ready line and runs until it is told to stop', async () => {
    const { root, server } = await open()
    await server.stop()
    const lines: string[] = []
    let stop = (): void => undefined
    const stopRequested = new Promise<void>((resolve) => (stop = resolve))
    const running = runSandbox({ root, version: '3.8.1' }, { print: (line) => lines.push(line), stopRequested })
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    const ready = JSON.parse(lines[0] ?? '') as Record<string, string>
    expect(ready).toEqual({ version: '3.8.1', api_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string, auth_url: expect.any(String) as string, root: fs.realpathSync(root) })
    expect((await ask(ready.api_url ?? '', { method: 'GET', path: '/v1/user' })).status).toBe(401)
    stop()
    await running
    await expect(ask(ready.api_url ?? '', { method: 'GET', path: '/' })).rejects.toThrow('ECONNREFUSED')
  })
})

describe('on demand a sandbox', () => {
  it('answers errors, cuts connections, before or after it has done what was asked', async () => {
    const one = await open()
    await sandboxFaults(one.root, { faults: ['status=503,retry-after=7,count=1,on=write'] })
    const refused = await one.put('a', '1')
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '7'])
    await sandboxFaults(one.root, { faults: ['drop,on=write,count=1,after'] })
    await expect(one.put('b', '1')).rejects.toThrow(/hang up|ECONNRESET/)
    expect(namesOf((await one.call('GET', '/v1/keys')).json)).toEqual(['b'])
    await sandboxFaults(one.root, {})
    expect((await one.put('a', '1')).status).toBe(200)
    await expect(sandboxFaults(one.root, { faults: ['explode'] })).rejects.toThrow('nobody knows: explode')
  })

  it('sends the whole answer in small pieces', async () => {
    const one = await open({ faults: ['slow,bytes-per-second=2000,on=read'] })
    await one.put('a', 'v'.repeat(300))
    const { token } = one.server.sandbox.mintToken('st2admin', 600)
    const pieces = await new Promise<string[]>((resolve, reject) => {
      const request = http.get(`${one.server.apiUrl}/v1/keys/a`, { headers: { 'x-auth-token': token }, agent: false }, (response) => {
        const got: string[] = []
        response.on('data', (piece: Buffer) => got.push(piece.toString()))
        response.on('end', () => resolve(got))
      })
      request.on('error', reject)
    })
    expect(pieces.length).toBeGreaterThan(1)
    expect(JSON.parse(pieces.join(''))).toMatchObject({ value: 'v'.repeat(300) })
  })

  it('counts what it was asked, so that a test can tell that nothing was written', async () => {
    const one = await open()
    await one.put('a', '1')
    await one.call('GET', '/v1/keys')
    expect(one.server.counts).toEqual({ requests: 2, writes: 1 })
  })

  it('dies as a power cut would, and loses nothing that it confirmed', async () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'sandbox-dies-'))
    const script = path.join(__dirname, '../../scripts/sandbox-dev.mjs')
    const child = spawn(process.execPath, [script, '--root', root, '--fault', 'die,at=5,on=write,after'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)))
    try {
      const ready = await new Promise<string>((resolve) => child.stdout.once('data', (line: Buffer) => resolve(line.toString())))
      const { api_url, auth_url } = JSON.parse(ready) as { api_url: string; auth_url: string }
      const login = await ask(auth_url, { method: 'POST', path: '/tokens', headers: { authorization: `Basic ${Buffer.from('st2admin:Ch@ngeMe').toString('base64')}` } })
      const headers = { 'x-auth-token': (JSON.parse(login.text) as { token: string }).token }
      const put = (i: number): Promise<{ status: number }> => ask(api_url, { method: 'PUT', path: `/v1/keys/k${i}`, headers, body: JSON.stringify({ name: 'k', value: String(i) }) })
      for (let i = 1; i < 5; i++) expect((await put(i)).status).toBe(200)
      await expect(put(5)).rejects.toThrow(/hang up|ECONNRESET/)
      expect(await ended).toBe('SIGKILL')
      const again = await startSandbox({ root })
      const list = await ask(again.apiUrl, { method: 'GET', path: '/v1/keys?sort=name', headers })
      await again.stop()
      expect(namesOf(JSON.parse(list.text))).toEqual(['k1', 'k2', 'k3', 'k4', 'k5'])
    } finally {
      child.kill('SIGKILL')
      fs.rmSync(root, { recursive: true, force: true })
    }
  })
})

describe('behind the nginx-like front', () => {
  it('takes both services on one port and treats names as nginx does', async () => {
    const one = await open({ front: 'nginx' })
    expect(new URL(one.server.apiUrl).port).toBe(new URL(one.server.authUrl).port)
    const login = await ask(one.server.authUrl, { method: 'POST', path: '/v1/tokens', headers: { authorization: `Basic ${Buffer.from('alice:Ch@ngeMe').toString('base64')}` } })
    expect(login.status).toBe(201)
    const put = async (path: string): Promise<unknown> => ((await one.call('PUT', `/v1/keys/${path}`, { name: 'n', value: 'v' })).json as { name?: string } | undefined)?.name
    expect(await put('nl%0Ax')).toBe('nl')
    for (const name of ['a?b', 'a#b', 'a%b', 'a%41', 'a%2Fb', 'a b', 'a\tb', 'a:b', `+&;"'<>^[]@$=,~{}\\|`, 'é']) expect(await put(encodeURIComponent(name))).toBe(name)
    expect(await put('a%2F%2Fb')).toBeUndefined()
    expect((await one.call('PUT', '/v1/keys/.', { name: 'n', value: 'v' })).status).toBe(404)
    expect((await one.call('GET', '/v1/keys/.')).json).toHaveLength(11)
    expect((await one.call('PUT', '/v1/keys/a..b', { name: 'n', value: 'v' })).json).toEqual({ faultstring: 'Datetime value does not match expected format.' })
  })

  it('answers HTML where nginx or gunicorn refuse', async () => {
    const one = await open({ front: 'nginx' })
    const large = await one.put('big', 'x'.repeat(1_100_000))
    expect([large.status, large.headers['content-type']]).toEqual([413, 'text/html'])
    expect((await one.put('nearly', 'x'.repeat(900_000))).status).toBe(200)
    expect((await one.call('GET', `/v1/keys/${'n'.repeat(4100)}`)).status).toBe(400)
    expect((await one.call('GET', '')).headers.location).toBe('/api/')
    expect((await ask(one.server.apiUrl.replace('/api', ''), { method: 'GET', path: '/elsewhere' })).status).toBe(404)
  })
})

it('speaks TLS with the key and certificate that it is given', async () => {
  const pem = (name: string): string => fs.readFileSync(path.join(__dirname, '../fixtures/tls', name), 'utf8')
  const { server } = await open({ tls: { key: pem('localhost.key'), cert: pem('localhost.pem') } })
  expect(server.apiUrl).toMatch(/^https:/)
  const status = await new Promise((resolve, reject) => {
    const request = https.get(`${server.apiUrl}/v1`, { ca: pem('localhost.pem'), servername: 'localhost', checkServerIdentity: () => undefined, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('error', reject)
  })
  expect(status).toBe(401)
})
