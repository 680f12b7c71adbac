/**
 * The StackStorm port: everything the rest of the house knows about talking to an instance. The real one is made by
 * `connect` in client.ts; tests put their own behind the same interface. Knowledge comes from recordings of live
 * 3.4.1, 3.8.1 and 3.9.0.
 */

export type Query = Record<string, string | number | boolean | undefined>

/** A datastore key as the API shows it; `value` of a secret is ciphertext unless it was asked for decrypted. */
export interface DatastoreKey {
  name: string
  value: string
  scope: 'st2kv.system' | 'st2kv.user'
  user?: string
  secret: boolean
  encrypted: boolean
  expire_timestamp?: string
  description?: string
  /** The name as the instance lists it, where that is not the one meant (3.4 mangles names outside ASCII). */
  listed_name?: string
  [member: string]: unknown
}

export interface KeyToWrite {
  name: string
  value: string
  scope: 'system' | 'user'
  secret?: boolean
  /** The value is ciphertext of the instance's own crypto key. */
  encrypted?: boolean
  /** Seconds, a positive integer. */
  ttl?: number
  description?: string
  /** Only with RBAC on: write as an admin for this user. */
  user?: string
}

export interface WhoAmI {
  username: string
  isAdmin: boolean
  rbacEnabled: boolean
  /** When the credentials stop working, if the API tells. */
  expires?: string
}

export interface ListOptions {
  query?: Query
  /** Items a page at most; fewer when they are large. Default 1000. */
  pageSize?: number
}

export interface CallOptions {
  /** How long the server may stay silent, in milliseconds; for calls that work long, such as packs/register. */
  timeoutMs?: number
  /** The call may be sent again when its answer was lost. Default: all but POST. */
  repeatable?: boolean
}

export interface ExecutionEnd {
  id: string
  status: string
  result: unknown
}

/** One instance, asked with one user's credentials. Every method throws {@link import('./errors').St2Error}. */
export interface StackStorm {
  /** The base without `/v1`, for example `https://old.example/api`; safe to print. */
  readonly url: string
  version(): Promise<string>
  whoAmI(): Promise<WhoAmI>
  /** The database id of the pack `core`: the instance's own identity, whatever its URL. */
  instanceId(): Promise<string>

  /** Paths are `/v1/rules` (or `rules`); names in them are encoded by the caller with `encodeName` of names.ts. */
  get<T = unknown>(path: string, query?: Query): Promise<T>
  /** Undefined for 404, everything else as `get`. */
  find<T = unknown>(path: string, query?: Query): Promise<T | undefined>
  /** The raw bytes of an answer (pack files). Undefined for 404. */
  getBytes(path: string, query?: Query): Promise<Buffer | undefined>
  put<T = unknown>(path: string, body: unknown, query?: Query, options?: CallOptions): Promise<T>
  post<T = unknown>(path: string, body: unknown, query?: Query, options?: CallOptions): Promise<T>
  delete(path: string, query?: Query): Promise<void>

  /** Every row of a list, in a stable order where the API offers one, paging hidden, memory bounded by the largest row. */
  list<T = unknown>(path: string, options?: ListOptions): AsyncGenerator<T>

  /** All keys of a scope (of `user`, RBAC on and admin only), sorted by name, as ciphertext. */
  keys(scope: 'system' | 'user', user?: string): AsyncGenerator<DatastoreKey>
  /** One key; undefined when it is not there. `decrypt` gives a secret's plain text. */
  key(name: string, scope: 'system' | 'user', options?: { decrypt?: boolean; user?: string }): Promise<DatastoreKey | undefined>
  /** Writes a key and compares the name in the reply with the one that was meant. */
  putKey(key: KeyToWrite): Promise<DatastoreKey>
  deleteKey(name: string, scope: 'system' | 'user', user?: string): Promise<void>

  /** Starts an action and waits for its end; judged by `status` only. `timeoutMs` bounds the wait. */
  run(action: string, parameters: Record<string, unknown>, options?: { timeoutMs?: number }): Promise<ExecutionEnd>
  /** Waits for an execution that something else started (packs/install answers with an execution_id). */
  waitFor(executionId: string, options?: { timeoutMs?: number }): Promise<ExecutionEnd>

  /** How often this instance has answered 429, 502, 503 or 504 so far: a sign to slow down. */
  pressure?(): number

  /** The same instance asked with another user's API key. */
  withApiKey(apiKey: string): StackStorm
  close(): void
}
