/**
 * What all clients of one instance share, whoever they ask as: connections, repeats, the base URL that was found, and the
 * login of users with a password.
 */
import { authBase, findBase } from './base-url'
import type { Credentials, Login } from './credentials'
import { St2Error, isSt2Error } from './errors'
import { createHttp, readAll, type Http } from './http'
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
/** What is asked first, without credentials, is refused by any StackStorm at once; a busy one may take some seconds. */
const FIRST_SILENCE_MS = 20_000

export class Link {
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
    this.base ??= this.firstRetry(() => findBase(this.http, this.options.url, Math.min(this.timeoutMs, FIRST_SILENCE_MS)), true).then(
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

/** Trades a password for a token at the auth service. */
export function loginAt(link: Link): Login {
  return async (user: string, password: string): Promise<{ token: string; expiry: string }> => {
    const base = authBase(await link.findBase(), link.options.authUrl)
    const headers = { Authorization: `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}` }
    // Making one token too many does no harm, so this POST is repeated.
    const body = await link.firstRetry(async () => readAll(await link.http.send({ method: 'POST', base, path: '/tokens', headers, body: {}, timeoutMs: link.timeoutMs })), true)
    try {
      const { token, expiry } = JSON.parse(body.toString('utf8')) as { token?: string; expiry?: string }
      if (token && expiry) return { token, expiry }
    } catch {
      // told below
    }
    throw new St2Error(`${base} answered the login of ${user} with something else than a token.`, 'Check the URL of the auth service: usually https://HOST/auth, or http://HOST:9100 (ST2_AUTH_URL).', { code: 'not_stackstorm' })
  }
}
