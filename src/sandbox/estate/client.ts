/** A bare client for filling a sandbox and for reading it back: keep-alive, no retries, no knowledge. Loopback only. */
import * as http from 'http'

export class AnswerError extends Error {
  constructor(
    readonly status: number,
    readonly what: string,
    text: string,
  ) {
    super(`${what}: ${status} ${text.slice(0, 300)}`)
  }
}

export interface RawClient {
  /** The parsed JSON of the answer, undefined when it is empty; throws {@link AnswerError} for 400 and above. */
  call<T = unknown>(method: string, path: string, body?: unknown): Promise<T>
  close(): void
}

/** A client with as many connections as are asked for. `headers` go with every request. */
export function rawClient(baseUrl: string, headers: Record<string, string>, maxSockets = 16): RawClient {
  const agent = new http.Agent({ keepAlive: true, maxSockets })
  return {
    close: () => agent.destroy(),
    call: (method, path, body) => send(agent, method, baseUrl + path, headers, body) as Promise<never>,
  }
}

function send(agent: http.Agent, method: string, url: string, headers: Record<string, string>, body: unknown): Promise<unknown> {
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const length = payload ? { 'content-type': 'application/json', 'content-length': String(payload.length) } : {}
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const status = response.statusCode ?? 0
        if (status >= 400) return reject(new AnswerError(status, `${method} ${new URL(url).pathname}`, text))
        resolve(text === '' ? undefined : JSON.parse(text))
      })
    })
    request.on('error', reject)
    request.end(payload)
  })
}

/** A client that acts as `user`: asks the auth service for a token first. */
export async function login(sandbox: { apiUrl: string; authUrl: string }, user: string, password: string, maxSockets?: number): Promise<RawClient> {
  const basic = Buffer.from(`${user}:${password}`).toString('base64')
  const auth = rawClient(sandbox.authUrl, { authorization: `Basic ${basic}` }, 1)
  try {
    const { token } = await auth.call<{ token: string }>('POST', '/v1/tokens', {})
    return rawClient(sandbox.apiUrl, { 'x-auth-token': token }, maxSockets)
  } finally {
    auth.close()
  }
}
