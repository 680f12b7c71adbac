/** A small HTTP server on 127.0.0.1 for tests of what goes over the wire; answers by a function, remembers what was asked. */
import * as http from 'http'
import * as https from 'https'
import type { AddressInfo } from 'net'

export interface Received {
  method: string
  /** Exactly as it came. */
  path: string
  headers: http.IncomingHttpHeaders
  body: string
}
export interface TestServer {
  url: string
  received: Received[]
  close(): Promise<void>
}
export type Answering = (request: Received, reply: (status: number, body: unknown, headers?: http.OutgoingHttpHeaders) => void, raw: http.ServerResponse) => void

export async function testServer(answering: Answering, tls?: https.ServerOptions): Promise<TestServer> {
  const received: Received[] = []
  const listener: http.RequestListener = (request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString('utf8') }
      received.push(one)
      const reply = (status: number, body: unknown, headers: http.OutgoingHttpHeaders = {}) => {
        const text = typeof body === 'string' ? body : JSON.stringify(body)
        response.writeHead(status, { 'Content-Type': typeof body === 'string' ? 'text/html' : 'application/json', ...headers }).end(status === 204 ? undefined : text)
      }
      answering(one, reply, response)
    })
  }
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
