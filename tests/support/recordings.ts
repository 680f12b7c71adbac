/** Replays recorded exchanges (tests/fixtures/recordings) against a sandbox in this process and tells what it answers differently. */
import * as fs from 'fs'
import * as http from 'http'
import * as path from 'path'
import { setRawValue } from '../../src/sandbox/datastore/raw'
import type { RunningSandbox } from '../../src/sandbox/start'
import { Pairing } from './pairing'

export interface Exchange {
  n: number
  note?: string
  as: string
  method: string
  path: string
  query?: string
  headers?: Record<string, string>
  login?: boolean
  service?: 'auth'
  body?: unknown
  encoding?: BufferEncoding
  before?: { replace_value: { name: string; value: string } }
  status: number
  'x-total-count'?: string
  'x-limit'?: string
  type?: string
  answer?: unknown
  /** In place of a request: something done to the server's files, or looked up in them. */
  outside?: Outside
}

export interface Outside {
  verb: string
  path?: string
  to?: string
  url?: string
  text?: string
  mode?: string
  absent?: boolean
}

export interface ReplayOptions {
  /** Does what a line says to do beside the API; answers what is not as it should be. */
  outside?: (what: Outside) => string | undefined
  /** Puts an answer's text as it would have been recorded. */
  asRecorded?: (text: string) => string
}

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  text: string
}

const PASSWORD = 'Ch@ngeMe'

export function readRecording(version: string, scenario: string): Exchange[] {
  const file = path.join(__dirname, '../fixtures/recordings', version, `${scenario}.jsonl`)
  return fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Exchange)
}

/** One line for each exchange that is answered differently; empty when all agree. */
export async function replay(exchanges: Exchange[], server: RunningSandbox, options: ReplayOptions = {}): Promise<string[]> {
  const run = new Run(server, options)
  const differences: string[] = []
  for (const exchange of exchanges) {
    const found = exchange.outside ? options.outside?.(exchange.outside) : await run.exchange(exchange)
    if (found !== undefined) differences.push(`${exchange.n} ${exchange.note ?? ''} ${exchange.method ?? ''} ${exchange.path?.slice(0, 60) ?? ''}: ${found}`)
  }
  return differences
}

class Run {
  private readonly pairing = new Pairing()
  private readonly tokens = new Map<string, string>()
  private readonly answers = new Map<number, Record<string, string>>()

  constructor(
    private readonly server: RunningSandbox,
    private readonly options: ReplayOptions,
  ) {}

  async exchange(x: Exchange): Promise<string | undefined> {
    if (x.before) setRawValue(this.server.sandbox, x.before.replace_value.name, x.before.replace_value.value)
    const answer = await ask(x.service === 'auth' ? this.server.authUrl : this.server.apiUrl, this.request(x))
    const body = parsed(this.options.asRecorded?.(answer.text) ?? answer.text)
    if (typeof body === 'object' && body !== null) this.answers.set(x.n, body as Record<string, string>)
    if (answer.status !== x.status) return `expected ${x.status}, got ${answer.status} ${answer.text.slice(0, 200)}`
    for (const name of ['x-total-count', 'x-limit'] as const) if (answer.headers[name] !== x[name]) return `${name}: expected ${x[name]}, got ${String(answer.headers[name])}`
    const type = answer.headers['content-type']?.split(';')[0] ?? 'application/json'
    if (type !== (x.type ?? 'application/json')) return `expected ${x.type ?? 'JSON'}, got ${type}`
    if (x.method === 'HEAD') return undefined
    const sorted = /(^|&)sort=[-+%2B]*(name|id)/.test(x.query ?? '')
    if (!sorted && /(^|&)(limit=[1-9]|offset=)/.test(x.query ?? '') && Array.isArray(x.answer)) return pageDifference(x.answer, body)
    return this.pairing.difference(x.answer ?? '', body, sorted)
  }

  private request(x: Exchange): AskOptions {
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(x.headers ?? {})) headers[name] = this.filled(value)
    if (x.login) headers['x-auth-token'] = this.tokenOf(x.as)
    const query = x.query ? `?${this.filled(this.pairing.toReal(x.query))}` : ''
    return { method: x.method, path: this.filled(this.pairing.toReal(x.path)) + query, headers, body: this.body(x) }
  }

  private body({ body, encoding }: Exchange): Buffer | undefined {
    if (body === undefined) return undefined
    const text = typeof body === 'string' ? this.pairing.toReal(body) : JSON.stringify(mapTexts(body, (text) => this.pairing.toReal(text)))
    return Buffer.from(this.filled(text), encoding ?? 'utf8')
  }

  private tokenOf(as: string): string {
    const user = userOf(as)
    const known = this.tokens.get(user) ?? this.server.sandbox.mintToken(user, 3600).token
    this.tokens.set(user, known)
    return known
  }

  private filled(text: string): string {
    return text.replace(/\{(token|expired|key|basic|base64):([\w ]+)(?::(\w*))?\}/g, (whole, kind: string, value: string, password?: string) => {
      if (kind === 'base64') return Buffer.from(value).toString('base64')
      if (kind === 'basic') return Buffer.from(`${userOf(value)}:${password ?? PASSWORD}`).toString('base64')
      if (kind === 'expired') return this.server.sandbox.mintToken(userOf(value), -1).token
      if (/^\d+$/.test(value)) return this.answers.get(Number(value))?.[kind] ?? whole
      return this.tokenOf(value)
    })
  }
}

/** Which items a page of an unordered list holds is chance; how many is not. */
function pageDifference(expected: unknown[], got: unknown): string | undefined {
  const count = Array.isArray(got) ? got.length : -1
  return count === expected.length ? undefined : `expected ${expected.length} items, got ${count}`
}

const userOf = (as: string): string => (as === 'admin' ? 'st2admin' : as)

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapTexts(member, map)]))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

export interface AskOptions {
  method: string
  path: string
  headers?: Record<string, string>
  body?: Buffer | string
}

/** One request, with the path sent as it stands. */
export function ask(base: string, { method, path: target, headers, body }: AskOptions): Promise<Answer> {
  const { hostname, port, pathname } = new URL(base)
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method, path: pathname.replace(/\/$/, '') + target, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}
