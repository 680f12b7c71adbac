/**
 * From an answer with an error status to a {@link St2Error}. The texts are those of recorded answers of 3.4.1, 3.8.1 and
 * 3.9.0 (with nginx in front too). Used by http.ts only.
 */
import { St2Error, type UnauthorizedReason } from './errors'
import { redactValues } from './redact'

export interface FailedAnswer {
  status: number
  contentType: string
  retryAfter?: string
  /** As much of the body as was read. */
  text: string
}
export interface Asked {
  method: string
  /** Decoded path for people, for example `/v1/keys/a b`. */
  path: string
  url: string
  body?: unknown
  bodyBytes?: number
}

/** The database document that holds a key takes 16 MiB; above it the API answers a bare 500. */
const DOCUMENT_LIMIT = 16_700_000

/** The `faultstring` of a JSON error body; undefined for HTML, tracebacks and anything else. */
export function faultstring(answer: Pick<FailedAnswer, 'text'>): string | undefined {
  try {
    const body = JSON.parse(answer.text) as { faultstring?: unknown } | null
    return typeof body?.faultstring === 'string' ? body.faultstring : undefined
  } catch {
    return undefined
  }
}

/** What StackStorm said, cut to its first line, without the values that were sent, hashes or tracebacks. */
export function saidBy(answer: FailedAnswer, body: unknown): string | undefined {
  const fault = faultstring(answer)
  if (!fault || /traceback/i.test(fault)) return undefined
  const line = redactValues(fault.split(/\r?\n/, 1)[0] ?? '', body).replace(/\b[0-9a-f]{32,}\b/gi, '<hash>')
  return line.length > 300 ? `${line.slice(0, 300)}...` : line
}

export function errorOfAnswer(answer: FailedAnswer, asked: Asked): St2Error {
  const item = `${asked.method} ${asked.path}`
  const facts = { status: answer.status, item, retryAfterMs: retryAfterMs(answer.retryAfter) }
  if (answer.status === 401) return unauthorized(answer, asked)
  if (answer.status === 413 || tooLargeForDatabase(answer, asked)) return tooLarge(answer, item)
  if (answer.status === 414) return new St2Error(`${item}: the name is too long for a URL.`, 'Give it a shorter name on the source.', { ...facts, code: 'unsendable' })
  if (faultstring(answer) === undefined && !/json/.test(answer.contentType) && answer.status < 500 && answer.status !== 429) return notStackStorm(answer, asked)
  const said = saidBy(answer, asked.body)
  const text = `${asked.url} answered ${item} with ${answer.status}${said ? `: ${said}` : ''}`
  switch (answer.status) {
    case 403:
      return new St2Error(text, forbiddenAdvice(said), { ...facts, code: 'forbidden' })
    case 404:
      return new St2Error(text, 'Check the name; it may have been removed meanwhile.', { ...facts, code: 'not_found' })
    case 409:
      return new St2Error(text, 'Something with this name or id is there already.', { ...facts, code: 'conflict' })
    case 429:
      return new St2Error(`${asked.url} asks to slow down (429), asked ${item}.`, 'Run again later, or with a lower concurrency.', { ...facts, code: 'rate_limited' })
    case 502:
    case 503:
    case 504:
      return unavailable(answer, asked, said)
  }
  if (answer.status >= 500) return new St2Error(`${asked.url} answered ${item} with ${answer.status}.`, 'Look into the log of st2api (/var/log/st2/st2api.log) at this time.', { ...facts, code: 'server' })
  if (answer.status >= 300 && answer.status < 400) return notStackStorm(answer, asked)
  return new St2Error(text, 'StackStorm refused the request as it was sent; the text says which member.', { ...facts, code: 'bad_request' })
}

const tooLargeForDatabase = (answer: FailedAnswer, asked: Asked) => answer.status === 500 && (asked.bodyBytes ?? 0) > DOCUMENT_LIMIT / 2 && asked.path.startsWith('/v1/keys/')

function tooLarge(answer: FailedAnswer, item: string): St2Error {
  const proxy = answer.status === 413
  return new St2Error(
    proxy ? `${item}: the body is larger than the proxy in front of StackStorm takes (413).` : `${item}: the value is larger than a key can hold.`,
    proxy
      ? "Raise client_max_body_size in nginx's site for StackStorm (its default is 1 MB), or give the URL of the API port itself, for example http://HOST:9101."
      : 'A value may have 16,775,216 bytes, a secret about 7.9 MiB; keep it elsewhere.',
    { code: 'too_large', status: answer.status, item },
  )
}

function unavailable(answer: FailedAnswer, asked: Asked, said?: string): St2Error {
  const nginx = said && /nginx is unable to reach/i.test(said)
  const item = `${asked.method} ${asked.path}`
  const what = nginx ? `${asked.url}: nginx cannot reach the service behind it (st2api or st2auth is not running), asked ${item}.` : `${asked.url} answered ${item} with ${answer.status}.`
  const advice = answer.status === 504 ? 'The answer took longer than the proxy waits; give the URL of the API port itself, or run again.' : 'Check `st2ctl status` on its host, then run again.'
  return new St2Error(what, advice, { code: 'unavailable', status: answer.status, item, retryAfterMs: retryAfterMs(answer.retryAfter) })
}

function forbiddenAdvice(said?: string): string {
  const permission = said && /required permission "([^"]+)"/.exec(said)?.[1]
  if (permission) return `Give this user a role with the permission ${permission}, or use the credentials of an admin.`
  return 'Use the credentials of an admin.'
}

/** Recorded texts of 401; the one for an unknown API key echoes its hash, so only the reason is kept. */
const REASONS: [RegExp, UnauthorizedReason, string, string][] = [
  [/One of Token or API key required/, 'missing', 'no credentials were sent', 'Set a token or an API key (ST2_API_KEY, ST2_AUTH_TOKEN), or --user.'],
  [/Token has expired/, 'expired_token', 'the token has expired', 'Make a new token (`st2 auth USER`), or use an API key: it does not expire.'],
  [/ApiKey with key_hash/, 'unknown_api_key', 'the API key is not known here', 'Check that the key belongs to this StackStorm; make one with `st2 apikey create`.'],
  [/API key is disabled/, 'disabled_api_key', 'the API key is disabled', 'Enable it (`st2 apikey enable`) or use another one.'],
  [/Invalid or missing credentials/, 'login_refused', 'user name or password is wrong', 'Check both with `st2 auth USER`.'],
  [/^Unauthorized\b/, 'unknown_token', 'the token is not known here', 'Check that the token belongs to this StackStorm; make a new one with `st2 auth USER`.'],
]

function unauthorized(answer: FailedAnswer, asked: Asked): St2Error {
  const fault = faultstring(answer)
  const item = `${asked.method} ${asked.path}`
  const found = fault === undefined ? undefined : REASONS.find(([pattern]) => pattern.test(fault))
  if (!found)
    return new St2Error(`${asked.url} refuses the credentials (401), but not in StackStorm's words.`, 'A proxy in front may want credentials of its own; give the URL of StackStorm itself.', { code: 'unauthorized', status: 401, item })
  const [, reason, what, advice] = found
  return new St2Error(`${asked.url} refuses the credentials: ${what}.`, advice, { code: 'unauthorized', status: 401, item, reason })
}

/** An answer that no StackStorm gives: HTML of a proxy or of the web interface, a redirect. */
export function notStackStorm(answer: Pick<FailedAnswer, 'status' | 'contentType'>, asked: Asked): St2Error {
  const kind = /html/.test(answer.contentType) ? 'an HTML page' : answer.status >= 300 && answer.status < 400 ? 'a redirect' : answer.contentType || 'nothing readable'
  return new St2Error(
    `${asked.url} answered ${asked.method} ${asked.path} with ${kind} (${answer.status}), not as StackStorm does.`,
    'Check the URL: usually https://HOST/api, or http://HOST:9101 for the API port itself. A proxy or a login page in between answers like this too.',
    { code: 'not_stackstorm', status: answer.status, item: `${asked.method} ${asked.path}` },
  )
}

/** Seconds or an HTTP date, as milliseconds from now; undefined when absent or unreadable. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | undefined {
  if (!header) return undefined
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
