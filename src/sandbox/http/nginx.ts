/**
 * The front that packages put before StackStorm: nginx with StackStorm's own site, and gunicorn behind. It takes `/api` and `/auth` on
 * one port, refuses large bodies and long request lines with HTML, and its rewrite cuts a path at a line feed.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'http'
import { percentDecode } from './decode'
import { BodyTooLarge, readBody } from './request'

/** nginx's default, which the site does not change. */
const BODY_LIMIT = 1024 * 1024
/** gunicorn's default for a request line. */
const REQUEST_LINE_LIMIT = 4094

export function nginxFront(services: Record<'api' | 'auth', RequestListener>): RequestListener {
  return (message, response) => {
    forward(services, message, response).catch(() => response.destroy())
  }
}

async function forward(services: Record<'api' | 'auth', RequestListener>, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const [target = '/', query] = split(message.url ?? '/')
  if (/%(?![0-9a-fA-F]{2})|%00/.test(target)) return page(response, 400, 'Bad Request')
  const found = /^\/(api|auth)(\/[^]*)?$/.exec(normalized(target))
  if (!found) return page(response, 404, 'Not Found')
  const [, service = 'api', rest] = found
  if (rest === undefined) return page(response, 301, 'Moved Permanently', { Location: `/${service}/${query}` })
  if (Number(message.headers['content-length'] ?? 0) > BODY_LIMIT) return refuseBody(message, response)
  const url = escaped(/^.*/.exec(rest)?.[0] ?? '/') + query
  if (`${message.method} ${url} HTTP/1.1`.length > REQUEST_LINE_LIMIT) return page(response, 400, 'Bad Request')
  try {
    await readBody(message, BODY_LIMIT)
  } catch (error) {
    if (error instanceof BodyTooLarge) return refuseBody(message, response)
    throw error
  }
  message.url = url
  services[service as 'api' | 'auth'](message, response)
}

function split(url: string): [string, string] {
  const at = url.indexOf('?')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at)]
}

/** The path as nginx reads it: decoded, its double slashes merged, its `.` and `..` resolved. One character a byte. */
function normalized(path: string): string {
  const kept: string[] = []
  const segments = percentDecode(path).toString('latin1').split('/').filter((segment, i, all) => segment !== '' || i === all.length - 1)
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1
    if (segment === '..') kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (isLast) kept.push('')
  }
  return `/${kept.join('/')}`
}

/** What nginx escapes again on the way to the service behind. */
function escaped(path: string): string {
  return path.replace(/[^!$&'()*+,\-./0-9:;=@A-Z[\]_a-z~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

/** The rest of the body is read and dropped, so that the client comes to see the answer. */
function refuseBody(message: IncomingMessage, response: ServerResponse): void {
  message.resume()
  page(response, 413, 'Request Entity Too Large', { Connection: 'close' })
}

function page(response: ServerResponse, status: number, title: string, headers: Record<string, string> = {}): void {
  const html = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
  response.writeHead(status, { Server: 'nginx', 'Content-Type': 'text/html', 'Content-Length': html.length, ...headers })
  response.end(html)
}
