/**
 * A proxy in front of an instance that counts requests and at the n-th calls back, before or after it has passed it on:
 * so that tests can kill a client with a request not made, or made but not answered.
 */
import * as http from 'http'
import type { AddressInfo } from 'net'

export interface KillingProxy {
  url: string
  /** Requests counted so far. */
  seen(): number
  close(): Promise<void>
}

export interface Strike {
  /** Which requests count. */
  counts: (method: string, path: string) => boolean
  /** The number of the request that strikes, from 1; 0 never does. */
  at: number
  when: 'before' | 'after'
  kill: () => void
}

export async function killingProxy(target: string, strike: Strike): Promise<KillingProxy> {
  let seen = 0
  const server = http.createServer((request, response) => {
    const n = strike.counts(request.method!, request.url!) ? ++seen : -1
    if (n === strike.at && strike.when === 'before') {
      strike.kill()
      return void request.socket.destroy()
    }
    const onward = http.request(new URL(request.url!, target), { method: request.method, headers: request.headers, agent: false }, (answer) => {
      if (n === strike.at) {
        strike.kill()
        answer.resume()
        return void request.socket.destroy()
      }
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => seen,
    close: () => new Promise((done) => {
      server.close(() => done())
      server.closeAllConnections()
    }),
  }
}
