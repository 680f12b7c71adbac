/** Runs a program: its output is shown as it comes, and kept for counting. */
import { spawn } from 'node:child_process'

/** Resolves with the exit code and all that was printed; a program that cannot be started has code 127. */
export function command(program, args, options = {}) {
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output += text
        process.stdout.write(text)
      })
    }
    child.on('error', (error) => resolve({ code: 127, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

export const verdict = (good, note = '') => ({ passed: good ? 1 : 0, failed: good ? 0 : 1, note: good ? '' : note })
