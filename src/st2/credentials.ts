/**
 * Who asks. A token or an API key is a header; a user and password are traded for a token, which is renewed before it ends
 * (StackStorm's tokens last 24 hours at most). Nothing here is ever printed.
 */
import type { Clock } from '../system/ports'
import { St2Error } from './errors'

/** One of them; a token goes before an API key, as StackStorm does, and both before a password. */
export interface Credentials {
  token?: string
  apiKey?: string
  user?: string
  password?: string
}

export interface Session {
  headers(): Promise<Record<string, string>>
  /** After a 401 for an expired token, with the headers that were sent: true when another attempt has new credentials. */
  renew(sent: Record<string, string>): boolean
}

export type Login = (user: string, password: string) => Promise<{ token: string; expiry: string }>

/** A token this close to its end is renewed. */
const RENEW_BEFORE_MS = 5 * 60_000

/** Throws `bad_credentials` when there are none, or one with characters that a header cannot carry. */
export function createSession(credentials: Credentials, login: Login, clock: Clock): Session {
  const { token, apiKey, user, password } = credentials
  if (token) return fixed('X-Auth-Token', token, 'token')
  if (apiKey) return fixed('St2-Api-Key', apiKey, 'API key')
  if (!user || password === undefined) {
    throw new St2Error(user ? `There is no password for ${user}.` : 'There are no credentials.', 'Set ST2_API_KEY or ST2_AUTH_TOKEN, or give --user with a password.', { code: 'bad_credentials' })
  }
  return new PasswordSession(user, password, login, clock)
}

function fixed(header: string, value: string, what: string): Session {
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new St2Error(`The ${what} holds characters that no ${what} has (a blank, a line end?).`, 'Check how it was copied.', { code: 'bad_credentials' })
  }
  return { headers: async () => ({ [header]: value }), renew: () => false }
}

interface Login24h {
  token: string
  expires: number
}

class PasswordSession implements Session {
  private current?: Promise<Login24h>
  /** Of the last login, unless it was refused meanwhile. */
  private token?: string

  constructor(
    private readonly user: string,
    private readonly password: string,
    private readonly login: Login,
    private readonly clock: Clock,
  ) {}

  async headers(): Promise<Record<string, string>> {
    const asked = this.current
    const known = await asked
    const ends = known ? known.expires - this.clock.now().getTime() : 0
    // Another caller may have begun a new login while this one waited.
    if (this.current === asked && ends < RENEW_BEFORE_MS) this.begin()
    const { token } = await (this.current as Promise<Login24h>)
    return { 'X-Auth-Token': token }
  }

  /** Of many requests that were refused at once, the first gets a new login, the others its token. */
  renew(sent: Record<string, string>): boolean {
    if (sent['X-Auth-Token'] === this.token) this.current = this.token = undefined
    return true
  }

  /** One login for all who wait; a failed one is not kept. */
  private begin(): void {
    const fresh = this.login(this.user, this.password).then(({ token, expiry }) => ({ token: (this.token = token), expires: Date.parse(expiry) }))
    this.current = fresh
    fresh.catch(() => {
      if (this.current === fresh) this.current = undefined
    })
  }
}
