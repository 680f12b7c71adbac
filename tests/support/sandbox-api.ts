/** A sandbox in this process and a plain client for it, for contract tests. */
import * as http from 'http'
import { startSandbox, type RunningSandbox, type SandboxOptions } from '../../src/sandbox/start'
import { tempDir } from './archives'

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  // What the API answers has no type here.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any
  bytes: Buffer
}

export interface SandboxApi extends RunningSandbox {
  root: string
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Runs an action and waits for its end; answers the whole record with secrets. */
  run(action: string, parameters?: Record<string, unknown>): Promise<Answer['body']>
  /** Waits until an execution has ended, or has this status. */
  ended(id: string, status?: string): Promise<Answer['body']>
  install(packs: string[], more?: Record<string, unknown>): Promise<Answer['body']>
  uninstall(...packs: string[]): Promise<Answer['body']>
}

const ENDED = ['succeeded', 'failed', 'timeout', 'canceled', 'abandoned']

/** Starts a sandbox on free ports; the caller is st2admin. */
export async function sandboxApi(options: Partial<SandboxOptions> = {}): Promise<SandboxApi> {
  const root = options.root ?? tempDir()
  const running = await startSandbox({ root, ...options })
  const { token } = running.sandbox.mintToken('st2admin', 3600)
  const call: SandboxApi['call'] = (method, path, body, headers = {}) => send(running.apiUrl, method, path, body, { 'X-Auth-Token': token, ...headers })
  const ended: SandboxApi['ended'] = async (id, status) => {
    for (;;) {
      const { body } = await call('GET', `/v1/executions/${id}?show_secrets=true`)
      if (ENDED.includes(body.status) || body.status === status) return body
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const started = async (path: string, body: unknown): Promise<Answer['body']> => {
    const answer = await call('POST', path, body)
    if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
    return ended(answer.body.execution_id ?? answer.body.id)
  }
  return {
    ...running,
    root,
    call,
    ended,
    run: (action, parameters = {}) => started('/v1/executions', { action, parameters }),
    install: (packs, more = {}) => started('/v1/packs/install', { packs, ...more }),
    uninstall: (...packs) => started('/v1/packs/uninstall', { packs }),
  }
}

function send(base: string, method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
  const { hostname, port } = new URL(base)
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const type: Record<string, string> = payload ? { 'Content-Type': 'application/json', 'Content-Length': String(payload.length) } : {}
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method, path, headers: { ...type, ...headers }, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed(bytes.toString()), bytes })
      })
    })
    request.on('error', reject)
    request.end(payload)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
