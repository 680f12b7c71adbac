/** Asks a person at the terminal: for a password without showing it, for a yes or no. Questions go to stderr, never to stdout. */
import * as readline from 'readline'
import { refusal } from '../commands/catalogue'
import { EXIT, Refusal } from '../core/exit-codes'

export interface TerminalStreams {
  input: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(raw: boolean): unknown }
  error: NodeJS.WritableStream
}

const ENTER = /[\r\n]/
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const ERASE = ['\u007f', '\b']

/** True when a person can answer. */
export const canAsk = (streams: TerminalStreams): boolean => streams.input.isTTY === true

/** Rejects with a Refusal when there is no terminal, or the person pressed Ctrl-C. */
export async function askSecret(question: string, streams: TerminalStreams): Promise<string> {
  if (!canAsk(streams)) throw refusal('E_NO_TERMINAL', { question: `"${question.trim()}"`, instead: 'Put the password into a file that only you can read and give the option that ends in -password-file, or use an API key from the environment' })
  const { input, error } = streams
  error.write(question)
  input.setRawMode?.(true)
  try {
    return await typedLine(input)
  } finally {
    input.setRawMode?.(false)
    input.pause()
    error.write('\n')
  }
}

const interrupted = (): Refusal => new Refusal('interrupted', 'Nothing was written; run the same again', EXIT.interrupted)

function typedLine(input: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = []
    const finish = (settle: () => void): void => {
      input.removeListener('data', onData)
      settle()
    }
    const onData = (chunk: Buffer | string): void => {
      for (const character of chunk.toString()) {
        if (character === CTRL_C) return finish(() => reject(interrupted()))
        if (ENTER.test(character) || character === CTRL_D) return finish(() => resolve(typed.join('')))
        typed = ERASE.includes(character) ? typed.slice(0, -1) : [...typed, character]
      }
    }
    input.on('data', onData)
    input.resume()
  })
}

/** True for yes. Rejects with a Refusal when there is no terminal. */
export async function confirm(question: string, streams: TerminalStreams): Promise<boolean> {
  if (!canAsk(streams)) throw refusal('E_NO_TERMINAL', { question: `"${question.trim()}"`, instead: 'Run plan first, look at it, then run apply; or leave --approve away' })
  const lines = readline.createInterface({ input: streams.input, output: streams.error })
  const answer = await new Promise<string>((resolve, reject) => {
    lines.question(question, resolve)
    lines.once('close', () => resolve(''))
    lines.once('SIGINT', () => reject(interrupted()))
  }).finally(() => lines.close())
  return /^y(es)?$/i.test(answer.trim())
}
