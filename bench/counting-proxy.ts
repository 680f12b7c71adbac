/** Stands before an instance and counts what is asked of it, so that "writes nothing" is seen from outside. */
import * as http from 'http'
import type { AddressInfo } from 'net'
import type { Instance } from './tools'

export interface Counted extends Instance {
  /** Requests by method so far. */
  readonly requests: Record<string, number>
  /** Method and path of every request that writes. */
  readonly writes: string[]
}

export async function countingProxy(instance: Instance): Promise<Counted> {
  const target = new URL(instance.apiUrl)
  const agent = new http.Agent({ keepAlive: true })
  const requests: Record<string, number> = {}
  const writes: string[] = []
  const server = http.createServer((incoming, outgoing) => {
    const method = incoming.method as string
    requests[method] = (requests[method] ?? 0) + 1
    if (method !== 'GET') writes.push(`${method} ${incoming.url}`)
    const passed = http.request({ agent, host: target.hostname, port: target.port, method, path: incoming.url, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode as number, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = async (): Promise<void> => {
    agent.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, authUrl: instance.authUrl, root: instance.root, requests, writes, stop }
}
