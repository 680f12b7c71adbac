/**
 * The sandbox is a small server that speaks StackStorm's API, for the demo, tests and rehearsals. This file holds the
 * contracts between its rooms: the store, a request, a reply, a room of routes. Knowledge of what StackStorm answers
 * comes from recordings of live 3.4.1, 3.8.1 and 3.9.0.
 */
import type { IncomingHttpHeaders } from 'http'
import type { StackStormVersion, VersionTraits } from './traits'

export type { StackStormVersion }

/** A stored resource; `id` is a 24-digit hex id as a database would give it. */
export interface Doc {
  id: string
}

/** Documents of one sort, in order of insertion, with unique look-ups beside the id. Every change is durable when the call returns. */
export interface Collection<T extends Doc> {
  readonly size: number
  /** Grows when a document comes or goes or changes a unique value: what was worked out from those is stale then. */
  readonly membership: number
  get(id: string): T | undefined
  /** The document whose unique index `index` has `value`; the indexes are named when the collection is opened. */
  by(index: string, value: string): T | undefined
  all(): T[]
  /**
   * Inserts, or replaces the document with the same id, and returns the stored copy. Stored documents are frozen, so that what is
   * in memory is what is on disk: to change one, put `{ ...doc, changed: value }`. Throws {@link DuplicateKey} when a unique index is
   * taken by another id.
   */
  put(doc: T): T
  delete(id: string): boolean
}

export class DuplicateKey extends Error {
  constructor(
    readonly collection: string,
    readonly index: string,
    readonly value: string,
    readonly conflictId: string,
  ) {
    super(`duplicate ${index} ${value} in ${collection}`)
  }
}

export interface Store {
  /** Opens a collection; the same name gives the same collection. */
  collection<T extends Doc>(name: string, unique?: Record<string, (doc: T) => string | undefined>): Collection<T>
  /** A new id: 4 bytes of time in seconds, then a counter, as 24 hex digits. */
  newId(): string
  /** True once {@link seal} was called for this root, also by an earlier process. */
  readonly sealed: boolean
  /** Marks what is there now as built in: `reset` brings back exactly this. The sandbox calls it once, when a root is first started. */
  seal(): void
  /** Removes all that came after {@link seal} and restores what was changed since. */
  reset(): void
  close(): void
}

/** Who asks, worked out before a handler runs. */
export interface Caller {
  user: string
  method: 'authentication token' | 'API key'
  location: 'header' | 'query' | 'cookie'
  tokenExpiry?: Date
  /** True when RBAC is off, or the user has a system role. */
  isAdmin: boolean
}

export interface SandboxRequest {
  method: string
  /** The path as it was sent, still percent-encoded, without query, for example `/v1/keys/a%20b`. */
  rawPath: string
  /** Captured parts of the route's pattern, percent-decoded as StackStorm does. */
  params: Record<string, string>
  /** Query parameters in order of appearance, decoded. */
  query: URLSearchParams
  headers: IncomingHttpHeaders
  rawBody: Buffer
  /** The parsed JSON body; throws a 400 {@link Fault} as StackStorm does for broken JSON. Undefined for an empty body. */
  body(): unknown
  /** Like {@link body}, as Python tells numbers apart: `2.0` is a PyFloat (src/sandbox/python.ts), integers past 53 bits are bigint. */
  exactBody(): unknown
  /** Set unless the route is declared public. */
  caller: Caller
}

export interface Reply {
  status: number
  /** Sent as JSON (indented by 4 on 3.4.1, compact else). */
  json?: unknown
  /** Sent as it is, with the given content type (default text/plain). */
  text?: string | Buffer
  contentType?: string
  headers?: Record<string, string>
}

/** An error answer: `{"faultstring": message}` with the status. `extra` members are merged into the body (409's conflict-id). */
export class Fault extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly extra: Record<string, unknown> = {},
  ) {
    super(message)
  }
}

/** The answer to what StackStorm itself did not foresee. */
export const serverError = (): Fault => new Fault(500, 'Internal Server Error')

export type Handler = (request: SandboxRequest, sandbox: Sandbox) => Reply | Promise<Reply>

export interface Route {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD' | 'OPTIONS'
  /** For example `/keys/{name}`; `{rest*}` takes the remaining path. Versions prefix (`/v1` or none) is added by the router. */
  pattern: string
  handler: Handler
  service?: 'api' | 'auth'
  public?: boolean
  /** With RBAC on a caller without a system role is answered 403 before the handler runs, for example `api_key_list`. */
  permission?: string
}

/** A part of the sandbox: its routes and what it does when the sandbox starts (before `seal`) and stops. */
export interface Room {
  name: string
  routes: Route[]
  start?(sandbox: Sandbox): void | Promise<void>
  /** Called after the store was reset: removes from the disk, and from memory, what clients made. */
  reset?(sandbox: Sandbox): void | Promise<void>
  stop?(sandbox: Sandbox): void | Promise<void>
}

/** Where things lie below the root, as StackStorm lays them out. */
export interface SandboxPaths {
  root: string
  /** root/opt/stackstorm */
  stackstorm: string
  packs: string
  configs: string
  overrides: string
  virtualenvs: string
  /** root/etc/st2 */
  etc: string
  /** root/etc/st2/keys/datastore_key.json */
  cryptoKey: string
  htpasswd: string
  /** root/var/log/st2 */
  logs: string
}

export interface Sandbox {
  readonly version: StackStormVersion
  /** What this version does differently from the others, as data. */
  readonly traits: VersionTraits
  readonly paths: SandboxPaths
  readonly store: Store
  /** RBAC on: st2admin is system admin, all others have no roles. */
  readonly rbac: boolean
  readonly packIndexUrl?: string
  /** Seconds that a pack install takes beyond the real work (0 by default); benchmarks set 10. */
  readonly installSeconds: number
  /** Milliseconds between two removals of expired keys. */
  readonly ttlSweepMs: number
  /** Timers of rules fire as the clock goes; else only when time is made to pass. */
  readonly timers: boolean
  apiUrl: string
  authUrl: string
  encrypt: (plain: string) => string
  /** Throws when the text was not made with this sandbox's key. */
  decrypt: (cipher: string) => string
  /** Makes a token for a user, as the auth service or the action runner would. `ttl` in seconds. */
  mintToken: (user: string, ttl: number) => { token: string; expiry: Date }
  revokeToken: (token: string) => void
  /** Appends a GELF line to root/var/log/st2/<service>.audit.log. */
  audit: (service: 'st2api' | 'st2auth' | 'st2actionrunner' | 'st2rulesengine', message: string, fields?: Record<string, unknown>) => void
}
