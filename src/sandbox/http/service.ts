/** One service (API or auth) behind one port: from the bytes of a request to the reply. */
import * as http from 'http'
import type { Sandbox, Reply, Route, Caller } from '../types'
import { Fault } from '../types'
import { authenticate } from '../auth/credentials'
import { forbidUnlessPermitted } from '../auth/permissions'
import { percentDecode, strictUtf8 } from './decode'
import { corsHeaders, send } from './replies'
import { readBody, sandboxRequest, splitTarget, type RawRequest } from './request'
import { RouteTable, withoutPrefix, type Match } from './routes'

/** The request line, from the method to the line end, may not reach this (StackStorm's own servers stop reading there). */
const REQUEST_LINE_LIMIT = 8192
const NOBODY = { user: '', method: 'authentication token', location: 'header', isAdmin: false } as const

/** Answers one service's requests. Errors that no handler foresaw are a 500, as StackStorm's are, and go to `onError`. */
export function serviceListener(sandbox: Sandbox, routes: Route[], onError: (error: unknown) => void): http.RequestListener {
  const table = new RouteTable(routes)
  return (message, response) => {
    const common = corsHeaders(message)
    answer(sandbox, table, message)
      .catch((error: unknown): WireReply => faultReply(error, onError))
      .then((reply) => send(response, reply, reply.bare ? {} : common, sandbox.traits))
      .catch((error: unknown) => {
        onError(error)
        response.destroy()
      })
  }
}

/** `bare`: without CORS headers, as StackStorm's web server answers before the application is asked. */
type WireReply = Reply & { bare?: boolean }

async function answer(sandbox: Sandbox, table: RouteTable, message: http.IncomingMessage): Promise<WireReply> {
  const rawBody = await readBody(message)
  const early = withoutApplication(message)
  if (early) return early
  const raw: RawRequest = { message, rawBody, ...splitTarget(message.url ?? '/') }
  const match = findRoute(sandbox, table, message.method ?? '', raw.rawPath)
  const { caller, cookie } = match.route.public ? { caller: NOBODY as Caller, cookie: undefined } : authenticate(raw, sandbox)
  forbidUnlessPermitted(match.route, caller, sandbox)
  const reply = await match.route.handler(sandboxRequest(raw, match.params, caller, sandbox.traits), sandbox)
  return cookie ? { ...reply, headers: { ...reply.headers, 'Set-Cookie': cookie } } : reply
}

function withoutApplication(message: http.IncomingMessage): WireReply | undefined {
  const { method = '', url = '' } = message
  if (method.length + url.length + ' '.length + ' HTTP/1.1\r\n'.length >= REQUEST_LINE_LIMIT) return { status: 414, bare: true }
  if (method === 'OPTIONS') return { status: 200, text: '', contentType: 'text/html; charset=UTF-8' }
  if (method === 'HEAD') return traceback("AttributeError: 'NoneType' object has no attribute 'get'")
  return undefined
}

function findRoute(sandbox: Sandbox, table: RouteTable, method: string, rawPath: string): Match {
  const bytes = percentDecode(rawPath)
  const path = strictUtf8(bytes)
  if (path === undefined) throw undecodable(sandbox, bytes)
  const match = table.match(method, withoutPrefix(path))
  if (!match) throw new Fault(404, 'The resource could not be found.')
  return match
}

/** 3.4.1 fails before its own error handling: the web server below prints the traceback. */
function undecodable(sandbox: Sandbox, bytes: Buffer): Error {
  if (sandbox.traits.undecodablePath === 'traceback') return new Traceback("UnicodeDecodeError: 'utf-8' codec can't decode the path")
  return new Fault(400, `Failed to parse request path "${bytes.toString('latin1')}". URL likely contains invalid or incorrectly URL encoded values.`)
}

class Traceback extends Error {}

const traceback = (last: string): WireReply => ({ status: 500, bare: true, text: `Traceback (most recent call last):\n${last}\n` })

function faultReply(error: unknown, onError: (error: unknown) => void): WireReply {
  if (error instanceof Traceback) return traceback(error.message)
  if (error instanceof Fault) return { status: error.status, json: { ...error.extra, faultstring: error.message } }
  onError(error)
  return { status: 500, json: { faultstring: 'Internal Server Error' } }
}
