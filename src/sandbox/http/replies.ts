/** How answers look on the wire: StackStorm's CORS headers, its JSON form, its errors. */
import type { IncomingMessage, OutgoingHttpHeaders } from 'http'
import { randomUUID } from 'crypto'
import type { VersionTraits } from '../traits'
import type { Reply } from '../types'

const DEVELOPMENT_ORIGINS = ['http://127.0.0.1:3000', 'http://localhost:8080', 'http://127.0.0.1:8080']

/** JSON as the version's own encoder writes it. */
export function encodeJson(value: unknown, traits: VersionTraits): string {
  const text = JSON.stringify(value, null, traits.jsonIndent) ?? 'null'
  return traits.jsonIndent ? text.replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`) : text
}

/** The bytes and type of a reply's body; undefined for an empty one. */
export function encodeBody(reply: Reply, traits: VersionTraits): { bytes: Buffer; type: string } | undefined {
  if (reply.json !== undefined) return { bytes: Buffer.from(encodeJson(reply.json, traits)), type: 'application/json' }
  if (reply.text === undefined) return undefined
  return { bytes: Buffer.isBuffer(reply.text) ? reply.text : Buffer.from(reply.text), type: reply.contentType ?? 'text/plain' }
}

export function corsHeaders(request: IncomingMessage): Record<string, string> {
  const { origin } = request.headers
  return {
    'Access-Control-Allow-Origin': origin && DEVELOPMENT_ORIGINS.includes(origin) ? origin : (DEVELOPMENT_ORIGINS[0] ?? ''),
    'Access-Control-Allow-Methods': 'GET,POST,PUT,DELETE,OPTIONS',
    'Access-Control-Allow-Headers': 'Content-Type,Authorization,X-Auth-Token,St2-Api-Key,X-Request-ID',
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': 'Content-Type,X-Limit,X-Total-Count,X-Request-ID',
    'X-Request-ID': String(request.headers['x-request-id'] ?? '') || randomUUID(),
  }
}

/** The head of a reply; names are written as StackStorm writes them. */
export function headersOf(reply: Reply, body: { bytes: Buffer; type: string } | undefined, traits: VersionTraits): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  if (body) headers['Content-Type'] = body.type
  if (reply.status !== 204) headers['Content-Length'] = body?.bytes.length ?? 0
  else if (traits.emptyReplyHasLength) headers['Content-Length'] = 0
  return { ...headers, ...reply.headers }
}
