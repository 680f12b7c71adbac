/** The command line with a world of its own: what it printed and what it ended with. */
import type { Command, Machine } from '../../src/commands/command'
import { runCli, type Terminal } from '../../src/cli/run'
import { testSystem, type TestSystem } from './system'

export interface Ran {
  exit: number
  out: string
  err: string
  faults: unknown[]
  system: TestSystem
}

export interface World {
  env?: Record<string, string | undefined>
  terminal?: boolean
  stoppedWith?: number
  machine?: Partial<Machine>
}

export async function runIn(world: World, commands: readonly Command[], ...argv: string[]): Promise<Ran> {
  const ran: Ran = { exit: -1, out: '', err: '', faults: [], system: testSystem({ env: world.env ?? {} }) }
  const machine: Machine = {
    system: ran.system,
    tool: '0.0.0-test',
    uid: 1000,
    interactive: false,
    askSecret: () => Promise.reject(new Error('nobody to ask')),
    confirm: () => Promise.reject(new Error('nobody to ask')),
    print: (line) => void (ran.out += `${line}\n`),
    ...world.machine,
  }
  const terminal: Terminal = {
    stdoutIsTerminal: world.terminal ?? false,
    width: 100,
    out: async (text) => void (ran.out += text),
    err: async (text) => void (ran.err += text),
    fault: (error) => void ran.faults.push(error),
    settle: () => undefined,
    stoppedWith: () => world.stoppedWith,
  }
  ran.exit = await runCli(argv, commands, machine, terminal)
  return ran
}
