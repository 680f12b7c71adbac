/**
 * One HTTP exchange with an instance, by axios: the only place that sees headers. Paths go out byte for byte as they were
 * encoded (a URL parser would fold `%2E`), redirects are not followed, proxies of the environment not used (StackStorm is
 * asked directly). An answer of 300 or more, or a network error, becomes an {@link St2Error}; nothing of axios leaves here.
 */
import axios, { type AxiosInstance } from 'axios'
import * as http from 'http'
import * as https from 'https'
import type { Readable } from 'stream'
import { errorOfAnswer, type Asked } from './faults'
import { errorOfNetwork, interruptedAnswer } from './network-errors'
import type { Query } from './port'

export interface HttpRequest {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Base URL with neither `/v1` nor a slash at the end. */
  base: string
  /** Begins with a slash; every segment is encoded already. */
  path: string
  query?: Query
  headers?: Record<string, string>
  body?: unknown
  /** How long the server may stay silent, in milliseconds. */
  timeoutMs: number
}

export interface HttpAnswer {
  status: number
  contentType: string
  /** X-Total-Count, where the endpoint tells it. */
  total?: number
  body: Readable
  asked: Asked
  /** After the end of the body: why it is not whole, as a network code. Node 14 ends a body that was cut like a whole one. */
  broken(): string | undefined
}

/** The raw answer of one exchange. */
interface Wire {
  answer?: http.IncomingMessage
  silent: boolean
}

export interface HttpOptions {
  /** PEM of the certificate authorities to trust, instead of the usual ones. */
  ca?: Buffer
  insecure?: boolean
  /** Open connections at most. */
  maxSockets: number
  /** How long making a connection may take. */
  connectMs: number
}

export interface Http {
  send(request: HttpRequest): Promise<HttpAnswer>
  close(): void
}

/** As much of an error body as is looked at. */
const ERROR_BYTES = 64 * 1024

/** `?a=1&b=x%20y`, or nothing. Undefined members are left out. */
export function queryText(query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined)
  return pairs.length ? `?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`).join('&')}` : ''
}

/** A path for people: decoded, control characters escaped. */
export function shownPath(path: string): string {
  let text = path
  try {
    text = decodeURIComponent(path)
  } catch {
    // not UTF-8: shown as it was sent
  }
  return text.replace(/[\u0000-\u001f\u007f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/**
 * axios parses URLs; the path that was meant is put back here. A connection that does not come about is given up, and so
 * is a body that falls silent (axios looks at the time until the headers only).
 */
function exactTransport(path: string, secure: boolean, connectMs: number, silentMs: number, wire: Wire) {
  const native = secure ? https : http
  return {
    request(options: http.RequestOptions, onAnswer: (answer: http.IncomingMessage) => void): http.ClientRequest {
      const request = native.request({ ...options, path }, (answer) => {
        wire.answer = answer
        answer.setTimeout(silentMs, () => {
          wire.silent = true
          answer.destroy(Object.assign(new Error('silence'), { code: 'ETIMEDOUT' }))
        })
        onAnswer(answer)
      })
      const timer = setTimeout(() => request.destroy(Object.assign(new Error('no connection'), { code: 'ECONNTIMEOUT' })), connectMs)
      const settled = () => clearTimeout(timer)
      request.once('socket', (socket) => (socket.connecting ? socket.once(secure ? 'secureConnect' : 'connect', settled) : settled()))
      request.once('response', settled).once('error', settled).once('close', settled)
      return request
    },
  }
}

export async function readText(stream: AsyncIterable<Buffer>, most: number): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream) {
    parts.push(part)
    size += part.length
    if (size >= most) break
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The whole body. Throws `interrupted_answer` when the connection breaks in the middle. */
export async function readAll(answer: HttpAnswer): Promise<Buffer> {
  const parts: Buffer[] = []
  try {
    for await (const part of answer.body) parts.push(part as Buffer)
  } catch (error) {
    throw interruptedAnswer(error, answer.asked)
  }
  const code = answer.broken()
  if (code) throw interruptedAnswer({ code }, answer.asked)
  return Buffer.concat(parts)
}

function toAnswer(response: { status: number; headers: unknown; data: unknown }, asked: Asked, wire: Wire): HttpAnswer {
  const headers = response.headers as Record<string, string | undefined>
  const total = headers['x-total-count']
  return {
    status: response.status,
    contentType: String(headers['content-type'] ?? ''),
    total: total !== undefined && /^\d+$/.test(total) ? Number(total) : undefined,
    body: response.data as Readable,
    asked,
    broken: () => (wire.answer?.complete === false ? (wire.silent ? 'ETIMEDOUT' : 'ECONNRESET') : undefined),
  }
}

async function failure(answer: HttpAnswer, retryAfter: string | undefined): Promise<never> {
  const text = await readText(answer.body as AsyncIterable<Buffer>, ERROR_BYTES).catch(() => '')
  answer.body.destroy()
  throw errorOfAnswer({ status: answer.status, contentType: answer.contentType, retryAfter, text }, answer.asked)
}

class AxiosHttp implements Http {
  private readonly client: AxiosInstance
  private readonly agents: (http.Agent | https.Agent)[]

  constructor(private readonly options: HttpOptions) {
    const tls = { ca: options.ca, rejectUnauthorized: !options.insecure }
    const kept = { keepAlive: true, maxSockets: options.maxSockets, scheduling: 'lifo' as const }
    const httpAgent = new http.Agent(kept)
    const httpsAgent = new https.Agent({ ...kept, ...tls })
    this.single = { httpAgent: new http.Agent({}), httpsAgent: new https.Agent(tls) }
    this.agents = [httpAgent, httpsAgent]
    this.client = axios.create({
      httpAgent,
      httpsAgent,
      proxy: false,
      maxRedirects: 0,
      responseType: 'stream',
      maxBodyLength: Infinity,
      maxContentLength: Infinity,
      validateStatus: () => true,
      transformRequest: [(data: unknown) => data],
    })
  }

  /** POSTs are never repeated, so they don't take the risk of a kept connection that the server is just closing. */
  private readonly single: { httpAgent: http.Agent; httpsAgent: https.Agent }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body), 'utf8')
    const asked: Asked = { method: request.method, path: shownPath(request.path), url: request.base, body: request.body, bodyBytes: body?.length }
    const url = new URL(request.base)
    const path = `${url.pathname.replace(/\/$/, '')}${request.path}${queryText(request.query)}`
    const wire: Wire = { silent: false }
    const response = await this.client
      .request({
        method: request.method,
        url: url.origin,
        data: body,
        timeout: request.timeoutMs,
        headers: { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }), ...request.headers },
        transport: exactTransport(path, url.protocol === 'https:', this.options.connectMs, request.timeoutMs, wire),
        ...(request.method === 'POST' && this.single),
      })
      .catch((error: unknown) => {
        throw errorOfNetwork(error, asked)
      })
    const answer = toAnswer(response, asked, wire)
    if (answer.status >= 300) return failure(answer, (response.headers as Record<string, string>)['retry-after'])
    return answer
  }

  close(): void {
    for (const agent of this.agents) agent.destroy()
  }
}

export function createHttp(options: HttpOptions): Http {
  return new AxiosHttp(options)
}
