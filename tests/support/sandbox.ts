/** A sandbox in this process with a root of its own, and short ways to ask it. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { startSandbox, type RunningSandbox, type SandboxOptions } from '../../src/sandbox/start'
import { ask, type Answer } from './recordings'

export interface TestSandbox {
  server: RunningSandbox
  root: string
  /** As st2admin, or another user. The body is sent as JSON. */
  call(method: string, target: string, body?: unknown, user?: string): Promise<Answer & { json: unknown }>
  put(name: string, value: string, more?: Record<string, unknown>): Promise<Answer & { json: unknown }>
  /** Stops and starts it with the same root. */
  restart(options?: Partial<SandboxOptions>): Promise<void>
  end(): Promise<void>
}

export async function testSandbox(options: Partial<SandboxOptions> = {}): Promise<TestSandbox> {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'sandbox-'))
  const start = (more: Partial<SandboxOptions> = {}): Promise<RunningSandbox> => startSandbox({ root, ...options, ...more })
  const call: TestSandbox['call'] = async (method, target, body, user = 'st2admin') => {
    const { token } = test.server.sandbox.mintToken(user, 600)
    const headers = { 'x-auth-token': token, ...(body !== undefined && { 'content-type': 'application/json' }) }
    const answer = await ask(test.server.apiUrl, { method, path: target, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    return { ...answer, json: jsonOf(answer.text) }
  }
  const test: TestSandbox = {
    server: await start(),
    root,
    call,
    put: (name, value, more = {}) => call('PUT', `/v1/keys/${encodeURIComponent(name)}`, { name, value, ...more }),
    restart: async (more) => {
      await test.server.stop()
      test.server = await start(more)
    },
    end: async () => {
      await test.server.stop()
      fs.rmSync(root, { recursive: true, force: true })
    },
  }
  return test
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
