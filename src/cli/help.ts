/** Help as a person reads it: of the tool, and of one command with its options in groups. Pure. */
import type { Command } from '../commands/command'
import { flag, OPTION_SPECS, type OptionName, type OptionSpec } from '../commands/options'

const WHAT = 'Moves a whole StackStorm instance to a new one and proves that nothing was lost.'
/** Narrower columns are unreadable, wider lines tiring. */
const [NARROWEST, WIDEST] = [60, 110]

/** All commands, each with what it does. `width` in characters. */
export function helpOfAll(commands: readonly Command[], width: number): string {
  const rows = commands.map(({ name, describe }) => [name, describe] as const)
  return [`Usage: st2upgrade <command> [--option=value ...]`, '', WHAT, '', 'Commands:', ...table(rows, width), '', 'Options of a command: st2upgrade <command> --help'].join('\n')
}

/** One command: what it does, its options by group, examples. */
export function helpOf(command: Command, width: number): string {
  const positional = (command.positional ?? []).map((name) => ` [${name.toUpperCase()}]`).join('')
  const groups = [...new Set(command.options.map((name) => OPTION_SPECS[name].group))]
  const lines = [`Usage: st2upgrade ${command.name}${positional} [--option=value ...]`, '', ...wrapped(`${command.describe}.`, width)]
  for (const group of groups) lines.push('', `${group}:`, ...table(rowsOf(command, group), width))
  if (command.examples) lines.push('', 'Examples:', ...command.examples.map((example) => `  ${example}`))
  return lines.join('\n')
}

const rowsOf = (command: Command, group: string): (readonly [string, string])[] =>
  command.options.filter((name) => OPTION_SPECS[name].group === group).map((name) => [flag(name) + value(OPTION_SPECS[name]), described(command, name)] as const)

const value = (spec: OptionSpec): string => ({ boolean: '', integer: '=N', list: '=A,B', string: '=TEXT' })[spec.type]

function described(command: Command, name: OptionName): string {
  const spec = OPTION_SPECS[name]
  const facts = [command.required?.includes(name) && 'required', spec.choices && `one of ${spec.choices.join(', ')}`, spec.default !== undefined && `default ${spec.default}`]
  const said = facts.filter(Boolean)
  return said.length > 0 ? `${spec.describe} (${said.join('; ')})` : spec.describe
}

/** Two columns; the second is wrapped between words. */
function table(rows: readonly (readonly [string, string])[], width: number): string[] {
  const first = Math.max(...rows.map(([left]) => left.length)) + 4
  return rows.flatMap(([left, right]) => wrapped(right, width - first).map((line, at) => (at === 0 ? `  ${left}` : '').padEnd(first) + line))
}

function wrapped(text: string, width: number): string[] {
  const most = Math.max(NARROWEST - 20, Math.min(width, WIDEST))
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1] ?? ''
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= most) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
