/** A port on the loopback that can be closed at once. */
import { EXIT, Refusal } from '../../core/exit-codes'
import * as http from 'http'
import * as https from 'https'
import type { AddressInfo, Socket } from 'net'

export interface Listening {
  port: number
  url: string
  /** Closes the port and all connections: kept-alive ones would hold it open. */
  close(): Promise<void>
}

const LOOPBACK = '127.0.0.1'
/** Far above what StackStorm's own limit lets through, so that its answer is given and not the one of this library. */
const MAX_HEADER_BYTES = 1 << 18

/** PEM texts. */
export interface TlsOptions {
  key: string
  cert: string
}

function secureServer(options: https.ServerOptions, listener: http.RequestListener): https.Server {
  try {
    return https.createServer(options, listener)
  } catch {
    throw new Refusal('the key or the certificate for TLS cannot be used', 'Give PEM files of a private key and of the certificate that belongs to it', EXIT.usage)
  }
}

/** Listens; rejects when the port is taken. 0 = a free one. */
export function listen(listener: http.RequestListener, port = 0, tls?: TlsOptions): Promise<Listening> {
  const limits = { maxHeaderSize: MAX_HEADER_BYTES }
  const server = tls ? secureServer({ ...limits, ...tls }, listener) : http.createServer(limits, listener)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) => reject(new Refusal(`the port ${port} cannot be opened (${error.code ?? error.message})`, 'Choose another port, or leave it away for a free one')))
    server.listen(port, LOOPBACK, () => {
      const { port: chosen } = server.address() as AddressInfo
      resolve({ port: chosen, url: `${tls ? 'https' : 'http'}://${LOOPBACK}:${chosen}`, close })
    })
  })
}
