/** A port on the loopback that can be closed at once. */
import * as http from 'http'
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

/** Listens; rejects when the port is taken. 0 = a free one. */
export function listen(listener: http.RequestListener, port = 0): Promise<Listening> {
  const server = http.createServer({ maxHeaderSize: MAX_HEADER_BYTES }, listener)
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
    server.on('error', reject)
    server.listen(port, LOOPBACK, () => {
      const { port: chosen } = server.address() as AddressInfo
      resolve({ port: chosen, url: `http://${LOOPBACK}:${chosen}`, close })
    })
  })
}
