/**
 * The StackStorm port over HTTP, made by {@link connect}: requests, lists, keys and executions put together. Everything
 * behind it is in the other files of this room.
 */
import { candidates } from './base-url'
import { createSession, type Session } from './credentials'
import { isSt2Error } from './errors'
import { runAction, waitForExecution } from './executions'
import { listKeys, readKey, removeKey, writeKey, type KeyApi } from './keys'
import { Link, loginAt, type ConnectOptions } from './link'
import { byId, pagedList, rowId, sortedBy, wholeList, type ListTools } from './lists'
import type { CallOptions, DatastoreKey, KeyToWrite, ListOptions, Query, StackStorm, WhoAmI } from './port'
import { Requests } from './requests'

export type { ConnectOptions } from './link'

/** Lists that page: sorted by name, or by offset only. All others come whole. */
const HISTORIES = /^\/v1\/(executions|inquiries|triggerinstances|ruleenforcements|traces)(\/|$)/

/** `rules`, `/rules` and `/v1/rules` mean the same. */
const versioned = (path: string) => `/v1/${path.replace(/^\/+/, '').replace(/^v1\//, '')}`

class Client implements StackStorm {
  private readonly requests: Requests

  constructor(
    private readonly link: Link,
    session: Session,
    private readonly owner: boolean,
  ) {
    this.requests = new Requests(link, session)
  }

  get url(): string {
    return this.link.foundBase ?? candidates(this.link.options.url)[0]!
  }

  version(): Promise<string> {
    this.link.version ??= this.requests.json<{ version: string }>({ method: 'GET', path: '/v1/' }).then(
      ({ version }) => version,
      (error: unknown) => {
        this.link.version = undefined
        throw error
      },
    )
    return this.link.version
  }

  async whoAmI(): Promise<WhoAmI> {
    const user = await this.get<{ username: string; authentication?: { token_expire?: string }; rbac?: { enabled?: boolean; is_admin?: boolean } }>('/v1/user')
    return { username: user.username, isAdmin: user.rbac?.is_admin ?? true, rbacEnabled: user.rbac?.enabled ?? false, expires: user.authentication?.token_expire }
  }

  async instanceId(): Promise<string> {
    return (await this.get<{ id: string }>('/v1/packs/core')).id
  }

  get<T>(path: string, query?: Query): Promise<T> {
    return this.requests.json<T>({ method: 'GET', path: versioned(path), query })
  }

  async find<T>(path: string, query?: Query): Promise<T | undefined> {
    return this.get<T>(path, query).catch(undefinedIfMissing)
  }

  async getBytes(path: string, query?: Query): Promise<Buffer | undefined> {
    return this.requests.bytes({ method: 'GET', path: versioned(path), query }).then(({ body }) => body, undefinedIfMissing)
  }

  put<T>(path: string, body: unknown, query?: Query, options?: CallOptions): Promise<T> {
    return this.requests.json<T>({ method: 'PUT', path: versioned(path), query, body }, options)
  }

  post<T>(path: string, body: unknown, query?: Query, options?: CallOptions): Promise<T> {
    return this.requests.json<T>({ method: 'POST', path: versioned(path), query, body }, options)
  }

  async delete(path: string, query?: Query): Promise<void> {
    await this.requests.bytes({ method: 'DELETE', path: versioned(path), query })
  }

  private tools(path: string): ListTools {
    return {
      path,
      clock: this.link.options.clock,
      random: this.link.random,
      ask: (query) => this.requests.stream({ method: 'GET', path, query }),
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
      if (begun || !isSt2Error(error, 'forbidden') || !/specify limit/i.test(error.message)) throw error
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
    return runAction(this, action, parameters, this.link.options.clock, options.timeoutMs)
  }

  waitFor(executionId: string, options: { timeoutMs?: number } = {}) {
    return waitForExecution(this, executionId, this.link.options.clock, options.timeoutMs)
  }

  pressure(): number {
    return this.link.pressure
  }

  withApiKey(apiKey: string): StackStorm {
    return new Client(this.link, createSession({ apiKey }, loginAt(this.link), this.link.options.clock), false)
  }

  close(): void {
    if (this.owner) this.link.http.close()
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (isSt2Error(error, 'not_found')) return undefined
  throw error
}

/** A client of one instance. Nothing is sent before the first call; wrong options throw at once. */
export function connect(options: ConnectOptions): StackStorm {
  candidates(options.url)
  const link = new Link(options)
  return new Client(link, createSession(options.credentials, loginAt(link), options.clock), true)
}
