/** The git server of the sample estate: serves bare repositories as plain files over HTTP on 127.0.0.1, which is all that `git clone` needs. */
import * as fs from 'fs'
import * as http from 'http'
import * as path from 'path'
import type { AddressInfo, Socket } from 'net'

export interface GitHost {
  /** `http://127.0.0.1:PORT`; a repository is `<url>/<name>.git`. */
  readonly url: string
  close(): Promise<void>
}

/** Serves everything below `directory`, reading only. */
export async function startGitHost(directory: string): Promise<GitHost> {
  const root = path.resolve(directory)
  const server = http.createServer((request, response) => {
    const wanted = path.join(root, (request.url ?? '/').split('?')[0] as string)
    const inside = wanted.startsWith(root + path.sep)
    if (!inside || !fs.statSync(wanted, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'text/plain' })
    fs.createReadStream(wanted)
      .on('error', () => response.destroy())
      .pipe(response)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
