/** One service (API or auth) behind one port: from the bytes of a request to the reply. */
import * as http from 'http'
import { authenticate } from '../auth/credentials'
import { forbidUnlessPermitted } from '../auth/permissions'
import { die, faultReply as replyOfFault, trickle, type Faults } from '../faults'
import type { FaultRule } from '../faults/settings'
import { Fault, serverError, type Caller, type Reply, type Route, type Sandbox } from '../types'
import { percentDecode, strictUtf8 } from './decode'
import { corsHeaders, encodeBody, headersOf } from './replies'
import { readBody, sandboxRequest, splitTarget, type RawRequest } from './request'
import { RouteTable, withoutPrefix, type Match } from './routes'

/** The request line, from the method to the line end, may not reach this (StackStorm's own servers stop reading there). */
const REQUEST_LINE_LIMIT = 8192
const NOBODY: Caller = { user: '', method: 'authentication token', location: 'header', isAdmin: false }
const WRITES = ['PUT', 'POST', 'DELETE']

export interface ServiceOptions {
  routes: Route[]
  /** Resolves when the sandbox may answer. */
  ready: Promise<void>
  faults?: Faults
  /** Takes errors that no handler foresaw; they are answered 500. */
  onError: (error: unknown) => void
}

/** `bare`: without CORS headers, as StackStorm's web server answers before the application is asked. */
type WireReply = Reply & { bare?: boolean }

/** Answers one service's requests. */
export function serviceListener(sandbox: Sandbox, options: ServiceOptions): http.RequestListener {
  const table = new RouteTable(options.routes)
  return (message, response) => {
    serve(sandbox, table, options, message, response).catch((error: unknown) => {
      if (!response.destroyed) options.onError(error)
      response.destroy()
    })
  }
}

async function serve(sandbox: Sandbox, table: RouteTable, { ready, faults, onError }: ServiceOptions, message: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const common = corsHeaders(message)
  const rawBody = await readBody(message)
  await ready
  const isWrite = WRITES.includes(message.method ?? '')
  const fate = faults?.meet(isWrite, message.url ?? '') ?? {}
  await faults?.delay(isWrite)
  if (fate.before && befall(fate.before, response)) return
  const carriedOut = fate.before ? replyOfFault(fate.before) : await answer(sandbox, table, message, rawBody).catch((error: unknown) => errorReply(error, onError))
  if (fate.after && befall(fate.after, response)) return
  const reply = fate.after?.what === 'status' ? replyOfFault(fate.after) : carriedOut
  await transmit(response, reply, common, sandbox, fate.after?.what === 'slow' ? fate.after.bytesPerSecond : undefined)
}

/** True when the fault leaves nothing to answer. */
function befall(rule: FaultRule, response: http.ServerResponse): boolean {
  if (rule.what === 'die') die()
  if (rule.what === 'drop') response.destroy()
  return rule.what === 'drop'
}

async function transmit(response: http.ServerResponse, reply: WireReply, common: Record<string, string>, { traits }: Sandbox, bytesPerSecond?: number): Promise<void> {
  const body = encodeBody(reply, traits)
  response.writeHead(reply.status, { ...headersOf(reply, body, traits), ...(reply.bare ? {} : common) })
  if (body && bytesPerSecond) await trickle(response, body.bytes, bytesPerSecond)
  else response.end(body?.bytes)
}

async function answer(sandbox: Sandbox, table: RouteTable, message: http.IncomingMessage, rawBody: Buffer): Promise<WireReply> {
  const early = withoutApplication(message)
  if (early) return early
  const raw: RawRequest = { message, rawBody, ...splitTarget(message.url ?? '/') }
  const match = findRoute(sandbox, table, message.method ?? '', raw.rawPath)
  const { caller, cookie } = match.route.public ? { caller: NOBODY, cookie: undefined } : authenticate(raw, sandbox)
  forbidUnlessPermitted(match.route, caller, sandbox)
  const reply = await match.route.handler(sandboxRequest(raw, match.params, caller, sandbox.traits), sandbox)
  return cookie ? { ...reply, headers: { ...reply.headers, 'Set-Cookie': cookie } } : reply
}

function withoutApplication({ method = '', url = '' }: http.IncomingMessage): WireReply | undefined {
  if (method.length + url.length + '  HTTP/1.1\r\n'.length >= REQUEST_LINE_LIMIT) return { status: 414, bare: true }
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

function errorReply(error: unknown, onError: (error: unknown) => void): WireReply {
  if (error instanceof Traceback) return traceback(error.message)
  if (!(error instanceof Fault)) onError(error)
  const { status, extra, message } = error instanceof Fault ? error : serverError()
  return { status, json: { ...extra, faultstring: message } }
}
