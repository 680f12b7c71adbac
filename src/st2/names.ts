/**
 * Names in paths. Which bytes go over the wire for a name, which name a listed one means, and which names the API cannot
 * take. Seen on live 3.4.1, 3.8.1 and 3.9.0, directly and behind StackStorm's nginx.
 */
import { quirksOf } from './quirks'

/** gunicorn takes a request line of 4094 bytes; `DELETE /v1/keys/... HTTP/1.1` with a scope leaves this much for the name. */
const LONGEST_ENCODED = 4050

/**
 * One segment of a path. Dots alone are encoded too: libraries and proxies read `.` and `..` as directories.
 * Throws URIError for a lone surrogate.
 */
export function encodeName(name: string): string {
  if (/^\.+$/.test(name)) return name.replace(/\./g, '%2E')
  return encodeURIComponent(name)
}

/**
 * The name that a listed one means. Before 3.5 each UTF-8 byte was kept as one character (`é` is listed as `Ã©`); what does
 * not decode was put there another way and stays as it is. Decoded once only.
 */
export function realName(listed: string, version: string): string {
  if (!quirksOf(version).namesAsBytes || !/[\u0080-\u00ff]/.test(listed) || /[^\u0000-\u00ff]/.test(listed)) return listed
  const bytes = Buffer.from(listed, 'latin1')
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : listed
}

/** How this version lists a name: the inverse of {@link realName}; what `prefix=` and `name=` match. */
export function listedName(name: string, version: string): string {
  return quirksOf(version).namesAsBytes ? Buffer.from(name, 'utf8').toString('latin1') : name
}

/**
 * `null` in any case, in the system scope: can be created once and is listed, but neither read, updated nor deleted by
 * name (a filter value "null" is taken as none). In the user scope the stored name has the user before it and is fine.
 */
export function isNullName(name: string, scope: 'system' | 'user'): boolean {
  return scope === 'system' && name.toLowerCase() === 'null'
}

export interface Route {
  /** The API is reached through StackStorm's nginx (`/api` before `/v1`). */
  proxied?: boolean
}

/** Why the API of this version cannot take a key of this name; undefined when it can. */
export function unsendable(name: string, version: string, route: Route = {}): string | undefined {
  if (name === '') return 'the name is empty'
  if (name.includes('/')) return 'the API cannot take a name with a slash'
  if (name.includes('..')) return 'the API refuses names with two dots in a row'
  if (/[\ud800-\udfff]/.test(name.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ''))) return 'the name holds half of a surrogate pair'
  if (quirksOf(version).latin1NamesOnly && /[^\u0000-\u00ff]/.test(name)) return `StackStorm ${version} refuses names with characters outside Latin-1`
  if (encodeName(name).length > LONGEST_ENCODED) return 'the name is too long for a URL'
  if (route.proxied && name.includes('\n')) return "nginx cuts a name at a line feed, and another key would be overwritten; use the API port itself"
  if (route.proxied && name === '.') return 'nginx reads the name . as a directory; use the API port itself'
  return undefined
}
