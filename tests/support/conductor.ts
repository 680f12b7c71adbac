/** The real workflow in orquesta's own conductor (conductor.py), each action answered by the test. Needs Python 3.8: orquesta 1.2.0 runs on no newer one. */
import { spawn } from 'child_process'
import * as path from 'path'
import * as readline from 'readline'
import { pythonWith } from './python'

export interface Answer {
  status: 'succeeded' | 'failed' | 'timeout'
  result: unknown
}

export interface Ended {
  ended: string
  output: { run: string | null; stage: string; summary: string[]; next: string } | null
  errors: { type: string; message: string; task_id?: string }[]
}

/** Carries out one task's action. */
export type Act = (task: string, action: string, input: Record<string, unknown>) => Answer | Promise<Answer>

export interface Conductor {
  /** What the inspector found; an object without members when all is well. */
  readonly inspected: Record<string, unknown>
  /** Runs to the end of the workflow, or on from the tasks named. */
  run(act: Act, rerun?: string[]): Promise<Ended>
  close(): void
}

/** The Python to conduct with, or in words why there is none. */
export const conductorPython = async (): Promise<string> => {
  const found = await pythonWith({ packages: ['orquesta==1.2.0'], versions: ['3.8'] })
  return typeof found === 'string' ? `- ${found}` : found.python
}

export async function conduct(python: string, inputs: Record<string, unknown>, executionId = '5f0000000000000000000001'): Promise<Conductor> {
  const child = spawn(python, [path.join(__dirname, 'conductor.py')], { stdio: ['pipe', 'pipe', 'pipe'] })
  let trouble = ''
  child.stderr.on('data', (text: Buffer) => (trouble += text.toString()))
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const hear = async <T>(): Promise<T> => {
    const { value, done } = (await lines.next()) as { value?: string; done?: boolean }
    if (done || value === undefined) throw new Error(`the conductor ended: ${trouble}`)
    return JSON.parse(value) as T
  }
  const say = (message: unknown): void => void child.stdin.write(`${JSON.stringify(message)}\n`)
  say({ workflow: path.resolve('workflows/migrate.yaml'), inputs, context: { st2: { action_execution_id: executionId } } })
  const { errors: inspected } = await hear<{ errors: Record<string, unknown> }>()
  const run = async (act: Act, rerun?: string[]): Promise<Ended> => {
    if (rerun) say({ rerun })
    for (;;) {
      const said = await hear<{ task: string; action: string; input: Record<string, unknown> } | Ended>()
      if ('ended' in said) return said
      say(await act(said.task, said.action, said.input))
    }
  }
  return { inspected, run, close: () => void child.stdin.end() }
}
