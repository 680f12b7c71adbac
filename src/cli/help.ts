/** Help as a person reads it: of the tool, and of one command with its options in groups. */
import yargs from 'yargs'
import type { Command } from '../commands/command'
import { OPTION_SPECS, type OptionSpec } from '../commands/options'

/** All commands, one line each. */
export async function helpOfAll(commands: readonly Command[], width: number): Promise<string> {
  const y = base(width).usage('Usage: st2upgrade <command> [--option=value ...]\n\nMoves a whole StackStorm instance to a new one and proves that nothing was lost.')
  for (const command of commands) y.command(command.name, command.describe)
  y.epilog('Options of a command: st2upgrade <command> --help')
  return y.getHelp()
}

/** One command: what it does, its options by group, examples. */
export async function helpOf(command: Command, width: number): Promise<string> {
  const positional = command.positional ? ` [${command.positional}]` : ''
  const y = base(width).usage(`Usage: st2upgrade ${command.name}${positional} [--option=value ...]\n\n${command.describe}`)
  for (const name of command.options) y.option(name.replace(/_/g, '-'), shown(OPTION_SPECS[name], command.required?.includes(name) ?? false))
  for (const example of command.examples ?? []) y.example(example, '')
  return y.getHelp()
}

function base(width: number): ReturnType<typeof yargs> {
  return yargs([]).scriptName('st2upgrade').help(false).version(false).exitProcess(false).wrap(Math.max(60, Math.min(width, 120)))
}

function shown(spec: OptionSpec, demandOption: boolean): Record<string, unknown> {
  const type = spec.type === 'boolean' ? 'boolean' : spec.type === 'integer' ? 'number' : 'string'
  return { type, group: `${spec.group}:`, describe: spec.describe, choices: spec.choices, default: spec.default, demandOption }
}
