/**
 * The control port of a running sandbox: what a test changes past the API. It listens on the loopback alone; its port and secret
 * stand in `<root>/sandbox/control.json`, which only its owner can read.
 */
import { randomBytes } from 'crypto'
import * as fs from 'fs'
import type * as http from 'http'
import type { Faults } from '../faults'
import { listen } from '../http/listen'
import { readBody } from '../http/request'
import type { Sandbox } from '../types'
import { COMMANDS } from './commands'
import { controlFile, type ControlAddress } from './file'

export async function startControl(sandbox: Sandbox, faults: Faults, directory: string): Promise<{ close(): Promise<void> }> {
  const secret = randomBytes(24).toString('hex')
  const listening = await listen((message, response) => {
    void answer(sandbox, faults, secret, message).then(({ status, body }) => {
      response.writeHead(status, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(body))
    })
  })
  const address: ControlAddress = { port: listening.port, secret, pid: process.pid }
  fs.rmSync(controlFile(directory), { force: true })
  fs.writeFileSync(controlFile(directory), JSON.stringify(address), { mode: 0o600 })
  const close = (): Promise<void> => {
    fs.rmSync(controlFile(directory), { force: true })
    return listening.close()
  }
  return { close }
}

async function answer(sandbox: Sandbox, faults: Faults, secret: string, message: http.IncomingMessage): Promise<{ status: number; body: unknown }> {
  const sent = await readBody(message)
  if (message.headers['x-control-secret'] !== secret) return { status: 401, body: { error: 'the secret is wrong' } }
  const command = COMMANDS[(message.url ?? '').slice(1)]
  if (!command) return { status: 404, body: { error: 'no such command' } }
  try {
    return { status: 200, body: (await command(sandbox, JSON.parse(sent.toString() || '{}') as Record<string, unknown>, faults)) ?? {} }
  } catch (error) {
    return { status: 400, body: { error: (error as Error).message } }
  }
}
