/** A request as handlers see it. */
import type { IncomingMessage } from 'http'
import type { Caller, SandboxRequest } from '../types'
import { parseBody } from './body'
import { plainJson } from './json'
import type { VersionTraits } from '../traits'

export interface RawRequest {
  message: IncomingMessage
  rawPath: string
  query: URLSearchParams
  rawBody: Buffer
}

/** Takes the request line apart; the path stays as it was sent. */
export function splitTarget(target: string): { rawPath: string; query: URLSearchParams } {
  const at = target.indexOf('?')
  return at < 0 ? { rawPath: target, query: new URLSearchParams() } : { rawPath: target.slice(0, at), query: new URLSearchParams(target.slice(at + 1)) }
}

export function sandboxRequest(raw: RawRequest, params: Record<string, string>, caller: Caller, traits: VersionTraits): SandboxRequest {
  const { message, rawPath, query, rawBody } = raw
  let exact: { value: unknown } | undefined
  let plain: { value: unknown } | undefined
  const exactBody = (): unknown => (exact ??= { value: parseBody(rawBody, message.headers['content-type'], traits) }).value
  return {
    method: message.method ?? '',
    rawPath,
    params,
    query,
    headers: message.headers,
    rawBody,
    caller,
    exactBody,
    body: () => (plain ??= { value: plainJson(exactBody()) }).value,
  }
}

const readAlready = new WeakMap<IncomingMessage, Buffer>()

/** The whole body; may be asked for again. Rejects when the client goes away, or with {@link BodyTooLarge} past `limit` bytes. */
export function readBody(message: IncomingMessage, limit = Infinity): Promise<Buffer> {
  const known = readAlready.get(message)
  if (known) return Promise.resolve(known)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    message.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) reject(new BodyTooLarge())
      else chunks.push(chunk)
    })
    message.on('end', () => {
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
      readAlready.set(message, body)
      resolve(body)
    })
    message.on('error', reject)
    message.on('aborted', () => reject(new Error('the client went away')))
  })
}

export class BodyTooLarge extends Error {}
