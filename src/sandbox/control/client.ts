/** Talks to the control port of a sandbox that runs with a given root. */
import * as fs from 'fs'
import * as http from 'http'
import * as path from 'path'
import { Refusal } from '../../core/exit-codes'
import { ownDirectory } from '../paths'
import { controlFile, type ControlAddress } from './file'

/** Sends a command; rejects with a sentence when no sandbox runs there or the command fails. */
export async function control(root: string, command: string, args: Record<string, unknown> = {}): Promise<unknown> {
  const { port, secret } = addressOf(root)
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, method: 'POST', path: `/${command}`, headers: { 'x-control-secret': secret } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as { error?: string }
        if (response.statusCode === 200) resolve(body)
        else reject(new Refusal(body.error ?? `the sandbox answered ${response.statusCode}`, 'Correct what was given and run again'))
      })
    })
    request.on('error', () => reject(noneRuns(root)))
    request.end(JSON.stringify(args))
  })
}

/** True while a sandbox answers for this root. */
export async function isControlled(root: string): Promise<boolean> {
  if (!fs.existsSync(controlFile(ownDirectory(root)))) return false
  return control(root, 'status').then(
    () => true,
    () => false,
  )
}

const noneRuns = (root: string): Refusal => new Refusal(`no sandbox runs with the root ${root}`, 'Start one there (st2upgrade sandbox --root ROOT), or give the root of one that runs')

function addressOf(root: string): ControlAddress {
  const file = controlFile(ownDirectory(path.resolve(root)))
  if (!fs.existsSync(file)) throw noneRuns(root)
  return JSON.parse(fs.readFileSync(file, 'utf8')) as ControlAddress
}
