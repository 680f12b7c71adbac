/**
 * The StackStorm port over HTTP: base URL found at the first request, credentials, repeats, lists, keys and executions put
 * together. Made by {@link connect}; everything behind it is in the other files of this room.
 */
import { createHttp, readAll, type Http, type HttpAnswer, type HttpRequest } from './http'
import { authBase, candidates, findBase } from './base-url'
import { createSession, type Credentials, type Session } from './credentials'
import { St2Error, isSt2Error } from './errors'
import { runAction, waitForExecution } from './executions'
import { listKeys, readKey, removeKey, writeKey, type KeyApi } from './keys'
import { byId, pagedList, rowId, sortedBy, wholeList, type ListTools } from './lists'
import { interruptedAnswer } from './network-errors'
import type { CallOptions, DatastoreKey, KeyToWrite, ListOptions, Query, StackStorm, WhoAmI } from './port'
import { createRetry, type Retry, type RetryPolicy } from './retry'
import type { Clock } from '../system/ports'

export interface ConnectOptions {
  /** As a person gives it: with or without `/api`, `/v1`, scheme. */
  url: string
  credentials: Credentials
  /** Of the auth service, for user and password; worked out from `url` when absent. */
  authUrl?: string
  /** PEM of the certificate authorities to trust, instead of the usual ones. */
  ca?: Buffer
  insecure?: boolean
  clock: Clock
  /** In [0, 1); for jitter. Default Math.random. */
  random?: () => number
  /** How long the server may stay silent, in milliseconds. Default 100 s: nginx gives up after 90. */
  timeoutMs?: number
  /** How long one call is repeated, in milliseconds. Default two minutes. */
  deadlineMs?: number
  /** Connections at most. Default 32. */
  maxSockets?: number
  /** Told of every pause before a repeat, in a line without secrets. */
  log?: (line: string) => void
}

const CONNECT_MS = 15_000
/** For the first contact: a wrong URL shall be told soon. */
const FIRST_DEADLINE_MS = 10_000
/** Lists that page: sorted by name, or by offset only. All others come whole. */
const HISTORIES = /^\/v1\/(executions|inquiries|triggerinstances|ruleenforcements|traces)(\/|$)/

/** What all clients of one instance share, whoever they ask as. */
class Shared {
  readonly http: Http
  readonly retry: Retry
  /** For the first contact: short, and not when nobody is there at all. */
  readonly firstRetry: Retry
  readonly random: () => number
  pressure = 0
  base?: Promise<string>
  foundBase?: string
  version?: Promise<string>

  constructor(readonly options: ConnectOptions) {
    this.random = options.random ?? Math.random
    this.http = createHttp({ ca: options.ca, insecure: options.insecure, maxSockets: options.maxSockets ?? 32, connectMs: CONNECT_MS })
    const policy: RetryPolicy = {
      clock: options.clock,
      random: this.random,
      deadlineMs: options.deadlineMs ?? 120_000,
      onRetry: (error, wait, attempt) => {
        if (isSt2Error(error, 'rate_limited', 'unavailable')) this.pressure++
        options.log?.(`${error.message} Trying again in ${(wait / 1000).toFixed(1)} s (attempt ${attempt + 1}).`)
      },
    }
    this.retry = createRetry(policy)
    this.firstRetry = createRetry({ ...policy, deadlineMs: Math.min(policy.deadlineMs, FIRST_DEADLINE_MS), final: (error) => error.code === 'unreachable' })
  }

  /** Found once; a failure is not kept. */
  findBase(): Promise<string> {
    this.base ??= this.firstRetry(() => findBase(this.http, this.options.url, this.timeoutMs), true).then(
      (base) => (this.foundBase = base),
      (error: unknown) => {
        this.base = undefined
        throw error
      },
    )
    return this.base
  }

  get timeoutMs(): number {
    return this.options.timeoutMs ?? 100_000
  }
}

/** `rules`, `/rules` and `/v1/rules` mean the same. */
const versioned = (path: string) => `/v1/${path.replace(/^\/+/, '').replace(/^v1\//, '')}`

class Client implements StackStorm {
  private begun?: Promise<void>

  constructor(
    private readonly shared: Shared,
    private readonly session: Session,
    private readonly owner: boolean,
  ) {}

  get url(): string {
    return this.shared.foundBase ?? candidates(this.shared.options.url)[0]!
  }

  /** Base and credentials, before the first request and outside of its repeats. A failure is not kept. */
  private begin(): Promise<void> {
    this.begun ??= this.shared
      .findBase()
      .then(() => this.session.headers())
      .then(
        () => undefined,
        (error: unknown) => {
          this.begun = undefined
          throw error
        },
      )
    return this.begun
  }

  /** One attempt with credentials; a token made from a password is renewed once when it has expired. */
  private async send(request: Omit<HttpRequest, 'base' | 'timeoutMs'>, options: CallOptions = {}): Promise<HttpAnswer> {
    const base = await this.shared.findBase()
    const asked = { ...request, base, timeoutMs: options.timeoutMs ?? this.shared.timeoutMs }
    try {
      return await this.shared.http.send({ ...asked, headers: await this.session.headers() })
    } catch (error) {
      if (!isSt2Error(error, 'unauthorized') || error.reason !== 'expired_token' || !this.session.renew()) throw error
      return this.shared.http.send({ ...asked, headers: await this.session.headers() })
    }
  }

  private async bytes(request: Omit<HttpRequest, 'base' | 'timeoutMs'>, options: CallOptions = {}): Promise<{ body: Buffer; answer: HttpAnswer }> {
    const repeatable = options.repeatable ?? request.method !== 'POST'
    await this.begin()
    return this.shared.retry(async (attempt) => {
      try {
        const answer = await this.send(request, options)
        return { body: await readAll(answer), answer }
      } catch (error) {
        // The first attempt may have done it before its answer was lost.
        if (request.method === 'DELETE' && attempt > 1 && isSt2Error(error, 'not_found')) return { body: Buffer.alloc(0), answer: undefined as never }
        throw error
      }
    }, repeatable)
  }

  private async json<T>(request: Omit<HttpRequest, 'base' | 'timeoutMs'>, options?: CallOptions): Promise<T> {
    const { body, answer } = await this.bytes(request, options)
    if (body.length === 0) return undefined as T
    try {
      return JSON.parse(body.toString('utf8')) as T
    } catch {
      throw notJson(answer)
    }
  }

  version(): Promise<string> {
    this.shared.version ??= this.json<{ version: string }>({ method: 'GET', path: '/v1/' }).then(
      ({ version }) => version,
      (error: unknown) => {
        this.shared.version = undefined
        throw error
      },
    )
    return this.shared.version
  }

  async whoAmI(): Promise<WhoAmI> {
    const user = await this.get<{ username: string; authentication?: { token_expire?: string }; rbac?: { enabled?: boolean; is_admin?: boolean } }>('/v1/user')
    return { username: user.username, isAdmin: user.rbac?.is_admin ?? true, rbacEnabled: user.rbac?.enabled ?? false, expires: user.authentication?.token_expire }
  }

  async instanceId(): Promise<string> {
    return (await this.get<{ id: string }>('/v1/packs/core')).id
  }

  get<T>(path: string, query?: Query): Promise<T> {
    return this.json<T>({ method: 'GET', path: versioned(path), query })
  }

  async find<T>(path: string, query?: Query): Promise<T | undefined> {
    return this.get<T>(path, query).catch(undefinedIfMissing)
  }

  async getBytes(path: string, query?: Query): Promise<Buffer | undefined> {
    return this.bytes({ method: 'GET', path: versioned(path), query }).then(({ body }) => body, undefinedIfMissing)
  }

  put<T>(path: string, body: unknown, query?: Query, options?: CallOptions): Promise<T> {
    return this.json<T>({ method: 'PUT', path: versioned(path), query, body }, options)
  }

  post<T>(path: string, body: unknown, query?: Query, options?: CallOptions): Promise<T> {
    return this.json<T>({ method: 'POST', path: versioned(path), query, body }, options)
  }

  async delete(path: string, query?: Query): Promise<void> {
    await this.bytes({ method: 'DELETE', path: versioned(path), query })
  }

  private tools(path: string): ListTools {
    return {
      path,
      clock: this.shared.options.clock,
      random: this.shared.random,
      ask: async (query) => {
        await this.begin()
        return this.shared.retry(() => this.send({ method: 'GET', path, query }), true)
      },
    }
  }

  list<T>(path: string, options: ListOptions = {}): AsyncGenerator<T> {
    const full = versioned(path)
    const tools = this.tools(full)
    if (full === '/v1/keys') return pagedList<T>(tools, { ...options.query, sort: 'name' }, sortedBy<T>((row) => (row as { name: string }).name), options.pageSize)
    if (HISTORIES.test(full)) return pagedList<T>(tools, options.query ?? {}, byId<T>(rowId), options.pageSize)
    return this.whole<T>(tools, options)
  }

  /** Users without admin rights may not ask for everything at once (RBAC on): they get it in pages. */
  private async *whole<T>(tools: ListTools, options: ListOptions): AsyncGenerator<T> {
    let begun = false
    try {
      for await (const row of wholeList<T>(tools, { ...options.query, limit: -1 })) {
        begun = true
        yield row
      }
    } catch (error) {
      if (begun || !isSt2Error(error, 'forbidden') || !/limit/i.test(error.message)) throw error
      yield* pagedList<T>(tools, options.query ?? {}, byId<T>(rowId), 100)
    }
  }

  private keyApi(): KeyApi {
    const base = () => this.url
    return {
      get proxied() {
        return new URL(base()).pathname !== '/'
      },
      version: () => this.version(),
      find: (path, query) => this.find(path, query),
      list: (path, options) => this.list(path, options),
      put: (path, body, query, repeatable) => this.put(path, body, query, { repeatable }),
      remove: (path, query) => this.delete(path, query),
    }
  }

  keys(scope: 'system' | 'user', user?: string): AsyncGenerator<DatastoreKey> {
    return listKeys(this.keyApi(), scope, user)
  }

  key(name: string, scope: 'system' | 'user', options?: { decrypt?: boolean; user?: string }): Promise<DatastoreKey | undefined> {
    return readKey(this.keyApi(), name, scope, options)
  }

  putKey(key: KeyToWrite): Promise<DatastoreKey> {
    return writeKey(this.keyApi(), key)
  }

  deleteKey(name: string, scope: 'system' | 'user', user?: string): Promise<void> {
    return removeKey(this.keyApi(), name, scope, user)
  }

  run(action: string, parameters: Record<string, unknown>, options: { timeoutMs?: number } = {}) {
    return runAction(this, action, parameters, this.shared.options.clock, options.timeoutMs)
  }

  waitFor(executionId: string, options: { timeoutMs?: number } = {}) {
    return waitForExecution(this, executionId, this.shared.options.clock, options.timeoutMs)
  }

  pressure(): number {
    return this.shared.pressure
  }

  withApiKey(apiKey: string): StackStorm {
    return new Client(this.shared, createSession({ apiKey }, noLogin, this.shared.options.clock), false)
  }

  close(): void {
    if (this.owner) this.shared.http.close()
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (isSt2Error(error, 'not_found')) return undefined
  throw error
}

function notJson(answer: HttpAnswer): St2Error {
  return new St2Error(
    `${answer.asked.url} answered ${answer.asked.method} ${answer.asked.path} with something else than JSON (${answer.contentType || 'no content type'}).`,
    'Check the URL: usually https://HOST/api. The web interface, a proxy or a login page in between answers like this.',
    { code: 'not_stackstorm', status: answer.status, item: `${answer.asked.method} ${answer.asked.path}` },
  )
}

const noLogin = () => Promise.reject(interruptedAnswer(undefined, { method: 'POST', path: '/tokens', url: '' }))

/** Trades a password for a token at the auth service. */
function loginAt(shared: Shared) {
  return async (user: string, password: string): Promise<{ token: string; expiry: string }> => {
    const base = authBase(await shared.findBase(), shared.options.authUrl)
    const headers = { Authorization: `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}` }
    // Making one token too many does no harm, so this POST is repeated.
    const body = await shared.firstRetry(async () => readAll(await shared.http.send({ method: 'POST', base, path: '/tokens', headers, body: {}, timeoutMs: shared.timeoutMs })), true)
    try {
      const { token, expiry } = JSON.parse(body.toString('utf8')) as { token?: string; expiry?: string }
      if (token && expiry) return { token, expiry }
    } catch {
      // told below
    }
    throw new St2Error(`${base} answered the login of ${user} with something else than a token.`, 'Check the URL of the auth service: usually https://HOST/auth, or http://HOST:9100 (ST2_AUTH_URL).', { code: 'not_stackstorm' })
  }
}

/** A client of one instance. Nothing is sent before the first call; wrong options throw at once. */
export function connect(options: ConnectOptions): StackStorm {
  candidates(options.url)
  const shared = new Shared(options)
  return new Client(shared, createSession(options.credentials, loginAt(shared), options.clock), true)
}
