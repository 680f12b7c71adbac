/**
 * What can go wrong between this tool and a StackStorm: one error class and what is told of each case. A text names what
 * happened and the item, the advice what to do next. Nothing secret comes in: bodies of 401 answers echo hashes of
 * credentials, those of 500 may be tracebacks, a proxy's are HTML; none of these is ever shown.
 */
import { Refusal, EXIT } from '../core/exit-codes'

export type St2ErrorCode =
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'bad_request'
  | 'bad_url'
  | 'bad_credentials'
  | 'too_large'
  | 'rate_limited'
  | 'unavailable'
  | 'server'
  | 'unreachable'
  | 'timeout'
  | 'interrupted_answer'
  | 'tls'
  | 'not_stackstorm'
  | 'mismatch'
  | 'unsendable'

/** Why a 401 came, as far as StackStorm tells. */
export type UnauthorizedReason = 'missing' | 'unknown_token' | 'expired_token' | 'unknown_api_key' | 'disabled_api_key' | 'login_refused'

export interface St2ErrorFacts {
  code: St2ErrorCode
  status?: number
  /** What was asked for, for example `PUT /v1/keys/a`; never with a query or a body. */
  item?: string
  reason?: UnauthorizedReason
  /** Milliseconds that the server asked to wait. */
  retryAfterMs?: number
  /** The network's own code, for example ECONNREFUSED. */
  cause?: string
}

/** Nothing was asked: what the user gave cannot be used. */
const GIVEN_WRONG: readonly St2ErrorCode[] = ['bad_url', 'bad_credentials']

/** A request that failed, or an answer that cannot be right. `message` and `advice` are safe to print. */
export class St2Error extends Refusal {
  readonly code: St2ErrorCode
  readonly status?: number
  readonly item?: string
  readonly reason?: UnauthorizedReason
  readonly retryAfterMs?: number
  readonly networkCode?: string

  constructor(message: string, advice: string, facts: St2ErrorFacts) {
    super(message, advice, GIVEN_WRONG.includes(facts.code) ? EXIT.usage : EXIT.failed)
    this.name = 'St2Error'
    this.code = facts.code
    this.status = facts.status
    this.item = facts.item
    this.reason = facts.reason
    this.retryAfterMs = facts.retryAfterMs
    this.networkCode = facts.cause
  }
}

export function isSt2Error(error: unknown, ...codes: St2ErrorCode[]): error is St2Error {
  return error instanceof St2Error && (codes.length === 0 || codes.includes(error.code))
}

/** The name in the answer is another than the one meant: something else may have been overwritten. */
export function keyMismatch(meant: string, found: string, scope: string, written: boolean): St2Error {
  const what = written ? `was written as ${JSON.stringify(found)}` : `was asked for, but ${JSON.stringify(found)} came back`
  return new St2Error(
    `The ${scope} key ${JSON.stringify(meant)} ${what}.`,
    written
      ? `Look at the key ${JSON.stringify(found)} (scope ${scope}) on this StackStorm: its value was replaced. Something between here and the API changes names; use the URL of the API port itself.`
      : 'Something between here and the API changes names; use the URL of the API port itself.',
    { code: 'mismatch', item: meant },
  )
}
