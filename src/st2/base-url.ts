/**
 * From the URL that a person gives to the base that works: `https://host/api`, `.../api/v1`, `.../v1`, `http://host:9101`, or
 * a bare host. Bases are tried without credentials; StackStorm gives itself away by the text of its 401.
 */
import { St2Error, isSt2Error } from './errors'
import type { Http } from './http'
import { readAll } from './http'

const API_PORT = '9101'
const AUTH_PORT = '9100'

const badUrl = (message: string, advice: string) => new St2Error(message, advice, { code: 'bad_url' })
const HOW = 'Give for example https://HOST/api, or http://HOST:9101 for the API port itself.'

function parse(text: string): URL {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw badUrl('The URL of StackStorm cannot be read.', HOW)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw badUrl(`The URL of StackStorm begins with ${url.protocol}//.`, HOW)
  if (url.username || url.password) throw badUrl('The URL of StackStorm holds credentials.', 'Take them out of the URL; set ST2_API_KEY, ST2_AUTH_TOKEN or --user.')
  return url
}

const origin = (url: URL) => `${url.protocol}//${url.host}`
/** Without slashes at the end and a version. */
const cleanPath = (url: URL) => url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '').replace(/\/+$/, '')
const isLocal = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host)

/** The bases to try, the likeliest first. Throws `bad_url`. */
export function candidates(given: string): string[] {
  const text = given.trim()
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return bareHost(text)
  const url = parse(text)
  const path = cleanPath(url)
  if (/\/auth$/.test(path)) throw badUrl(`${origin(url)}${path} is the URL of the auth service.`, 'Give that of the API: usually the same with /api.')
  const bases = path.endsWith('/api') ? [path, path.slice(0, -4)] : url.port === API_PORT ? [path, `${path}/api`] : [`${path}/api`, path]
  return bases.map((base) => origin(url) + base)
}

/** No scheme: TLS, but on this machine the API port too. Credentials never go in clear to another host unless http:// says so. */
function bareHost(text: string): string[] {
  const url = parse(`https://${text}`)
  const path = cleanPath(url)
  const plain = isLocal(url.hostname) ? [`http://${url.hostname}:${url.port || API_PORT}${path}`] : []
  if (url.port) return [...plain, ...[path, `${path}/api`].map((base) => origin(url) + base)]
  return [origin(url) + (path || '/api'), ...(path ? [] : [origin(url)]), ...plain]
}

/** Undefined when StackStorm answers there, else why not. */
async function probe(http: Http, base: string, timeoutMs: number): Promise<St2Error | undefined> {
  try {
    const answer = await http.send({ method: 'GET', base, path: '/v1/', timeoutMs })
    const text = (await readAll(answer)).toString('utf8')
    return /"version"\s*:/.test(text) ? undefined : notThere(base)
  } catch (error) {
    if (!(error instanceof St2Error)) throw error
    return isSt2Error(error, 'unauthorized') && error.reason === 'missing' ? undefined : error
  }
}

const notThere = (base: string) => new St2Error(`${base} answers, but not as StackStorm does.`, HOW, { code: 'not_stackstorm', item: 'GET /v1/' })

/** The more an error says about the way to StackStorm, the better it is to show; what may pass goes before a 404, so that it is asked again. */
const TELLING = ['unavailable', 'rate_limited', 'tls', 'unauthorized', 'timeout', 'interrupted_answer', 'not_found', 'not_stackstorm', 'server', 'unreachable']
const telling = (error: St2Error) => (TELLING.indexOf(error.code) + TELLING.length) % TELLING.length

/** The first base at which StackStorm answers. Throws the most telling error of all that were tried; who is not there is not asked twice. */
export async function findBase(http: Http, given: string, timeoutMs: number): Promise<string> {
  const errors: St2Error[] = []
  const silent = new Set<string>()
  for (const base of candidates(given)) {
    const { origin: server } = new URL(base)
    if (silent.has(server)) continue
    const error = await probe(http, base, timeoutMs)
    if (!error) return base
    errors.push(error)
    if (isSt2Error(error, 'tls', 'unavailable')) break
    if (isSt2Error(error, 'unreachable', 'timeout')) silent.add(server)
  }
  const best = errors.sort((a, b) => telling(a) - telling(b))[0] ?? notThere(given)
  if (best.code !== 'not_found') throw best
  throw new St2Error(`There is no StackStorm API at ${candidates(given).join(' nor at ')}.`, HOW, { code: 'not_stackstorm', item: 'GET /v1/', status: best.status })
}

/** The auth service's base: given, or `/auth` beside `/api`, or port 9100 beside 9101, or `https://HOST/auth`. */
export function authBase(apiBase: string, given?: string): string {
  if (given) {
    const url = parse(given.trim())
    return origin(url) + cleanPath(url).replace(/\/tokens$/, '').replace(/\/v1$/, '')
  }
  const url = parse(apiBase)
  if (url.port === API_PORT) return `${url.protocol}//${url.hostname}:${AUTH_PORT}`
  const path = cleanPath(url)
  return path.endsWith('/api') ? `${origin(url)}${path.slice(0, -4)}/auth` : `https://${url.hostname}/auth`
}
