/**
 * Bare repositories served read-only over plain HTTP, as files (git's "dumb" protocol): no program runs at a request, nothing
 * can be written, and no name outside of what a clone asks for is answered. Everything lies below a path that cannot be
 * guessed, and the server lives only as long as somebody needs it.
 */
import * as fs from 'fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'http'
import type { AddressInfo, Socket } from 'net'
import * as path from 'path'
import { EXIT, Refusal } from '../core/exit-codes'

interface GitServerOptions {
  /** Directory that holds NAME.git. */
  root: string
  /** Of this machine as others reach it; when it is none of its own (behind NAT), all addresses are listened on. */
  address: string
  /** 0 or undefined: a free one. */
  port?: number
  /** First part of every path. */
  token: string
}

export interface GitServer {
  /** The URL of a repository. */
  url(name: string): string
  readonly port: number
  close(): Promise<void>
}

/** What a clone asks for. */
const SERVED = /^(?:HEAD|info\/refs|objects\/info\/(?:packs|alternates|http-alternates)|objects\/[0-9a-f]{2}\/[0-9a-f]{38,62}|objects\/pack\/pack-[0-9a-f]{40,64}\.(?:pack|idx))$/

export async function serveRepositories(options: GitServerOptions): Promise<GitServer> {
  const server = createServer((request, response) => answer(options, request, response))
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await listen(server, options)
  const { port } = server.address() as AddressInfo
  const host = options.address.includes(':') ? `[${options.address}]` : options.address
  return {
    port,
    url: (name) => `http://${host}:${port}/${options.token}/${name}.git`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

async function listen(server: ReturnType<typeof createServer>, { address, port = 0 }: GitServerOptions): Promise<void> {
  const on = (host?: string): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port, host }, () => {
        server.removeListener('error', reject)
        resolve()
      })
    })
  try {
    await on(address).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRNOTAVAIL' && error.code !== 'ENOTFOUND' && error.code !== 'EAI_AGAIN') throw error
      return on()
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const advice = code === 'EADDRINUSE' ? 'give another port with serve_port, or leave it out for a free one' : 'give another address with serve_address, or a port above 1023 with serve_port'
    throw new Refusal(`cannot serve packs at ${address}:${port} (${code})`, advice, EXIT.blocked)
  }
}

function answer({ root, token }: GitServerOptions, request: IncomingMessage, response: ServerResponse): void {
  const refuse = (status: number): void => {
    response.writeHead(status, { 'content-type': 'text/plain' })
    response.end()
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405)
  const [, given, name, wanted] = /^\/([^/?]+)\/([A-Za-z0-9_.-]+)\.git\/([^?]*)/.exec(request.url ?? '') ?? []
  if (given !== token || name === undefined || name.startsWith('.') || wanted === undefined || !SERVED.test(wanted)) return refuse(404)
  const file = path.join(root, `${name}.git`, wanted)
  fs.stat(file, (error, stat) => {
    if (error || !stat.isFile()) return refuse(404)
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': stat.size, 'cache-control': 'no-cache' })
    if (request.method === 'HEAD') return response.end()
    const stream = fs.createReadStream(file)
    stream.on('error', () => response.destroy())
    stream.pipe(response)
  })
}
