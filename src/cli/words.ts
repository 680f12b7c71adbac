/**
 * From argv to a command's name and what was typed for it. StackStorm hands named parameters over in any order (3.4 reversed),
 * with the command among them as `--command=export`; a shell writes the command first and options with dashes. Both are the same here.
 */
import yargs from 'yargs'
import { refusal } from '../commands/catalogue'
import type { Command } from '../commands/command'
import { OPTION_SPECS, type OptionName } from '../commands/options'
import type { Typed } from '../commands/args'
import { closest } from './closest'

export interface Words {
  /** Undefined: none was given. */
  command?: string
  /** What follows the command, option names with dashes. */
  rest: string[]
  help: boolean
  version: boolean
}

/** Puts the command first and spells option names alike. Throws for a secret among the arguments, without repeating it. */
export function sortWords(argv: readonly string[]): Words {
  const words = argv.map(withDashes)
  for (const word of words) refuseSecret(word)
  const commands = take(words, '--command')
  if (commands.length > 1) throw refusal('E_TWICE', { name: '--command' })
  const help = takeFlag(words, '--help', '-h')
  const version = takeFlag(words, '--version')
  const first = words.findIndex((word) => !word.startsWith('-'))
  const command = commands[0] ?? (first === 0 ? words.shift() : undefined)
  return { command, rest: words, help, version }
}

/** Reads the options that a command knows. Throws a Refusal (exit 2) for all that it does not. */
export function readOptions(command: Command, rest: readonly string[]): Typed {
  const typed: Typed = {}
  refuseNoValue(command, rest)
  const words = rest.filter((word) => !takesBoolean(command, word, typed))
  const parsed = parser(command, words).parseSync() as Record<string, unknown> & { _: unknown[] }
  for (const [key, value] of Object.entries(parsed)) {
    if (key === '_' || key === '$0') continue
    const name = key.replace(/-/g, '_') as OptionName
    if (!command.options.includes(name)) throw unknown(command, key)
    if (Array.isArray(value)) throw refusal('E_TWICE', { name: `--${key}` })
    typed[name] = value as string | boolean
  }
  for (const [at, word] of parsed._.map(String).entries()) {
    const name = command.positional?.[at]
    if (name === undefined || typed[name] !== undefined) throw refusal('E_EXTRA_WORD', { command: command.name })
    typed[name] = word
  }
  return typed
}

const withDashes = (word: string): string => word.replace(/^--[A-Za-z0-9_-]+/, (name) => name.replace(/_/g, '-'))

/** Removes every `name=value` and `name value` from the words; returns the values, without empty ones. */
function take(words: string[], name: string): string[] {
  const values: string[] = []
  for (let at = 0; at < words.length; ) {
    const word = words[at] ?? ''
    if (word === name) values.push(...words.splice(at, 2).slice(1))
    else if (word.startsWith(`${name}=`)) values.push(...words.splice(at, 1).map((w) => w.slice(name.length + 1)))
    else at++
  }
  return values.filter((value) => value !== '')
}

function takeFlag(words: string[], ...names: string[]): boolean {
  const there = words.some((word) => names.includes(word))
  for (let at = words.length - 1; at >= 0; at--) if (names.includes(words[at] ?? '')) words.splice(at, 1)
  return there
}

/** `--flag=True` as StackStorm or a person may write it: yargs would take everything but `true` as false. */
function takesBoolean(command: Command, word: string, typed: Typed): boolean {
  const [, key, value] = /^--([a-z0-9-]+)=(.*)$/s.exec(word) ?? []
  const name = key?.replace(/-/g, '_') as OptionName
  if (key === undefined || value === undefined || !command.options.includes(name) || OPTION_SPECS[name].type !== 'boolean') return false
  typed[name] = value
  return true
}

/** `--run $RUN` with nothing in RUN must not pass for the latest run; whoever means absent writes `--run=`, as StackStorm does. */
function refuseNoValue(command: Command, rest: readonly string[]): void {
  for (const [at, word] of rest.entries()) {
    const [, key] = /^--([a-z0-9-]+)$/.exec(word) ?? []
    const name = key?.replace(/-/g, '_') as OptionName
    if (key === undefined || !command.options.includes(name) || OPTION_SPECS[name].type === 'boolean') continue
    const next = rest[at + 1]
    if (next === undefined || next.startsWith('--')) throw refusal('E_NO_VALUE', { name: `--${key}` })
  }
}

function parser(command: Command, words: string[]): ReturnType<typeof yargs> {
  const of = (boolean: boolean): string[] =>
    command.options.filter((name) => (OPTION_SPECS[name].type === 'boolean') === boolean).map((name) => name.replace(/_/g, '-'))
  return yargs(words)
    .help(false)
    .version(false)
    .exitProcess(false)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    })
    .string(of(false))
    .boolean(of(true))
}

function unknown(command: Command, key: string): Error {
  const nearest = closest(key, command.options.map((name) => name.replace(/_/g, '-')))
  return refusal('E_UNKNOWN_OPTION', { command: command.name, name: key.length === 1 ? `-${key}` : `--${key}`, hint: nearest ? `; did you mean --${nearest}?` : '' })
}

const ENVIRONMENT = 'Set the environment variable ST2_API_KEY or ST2_AUTH_TOKEN (for the other instance ST2UPGRADE_TARGET_API_KEY or ST2UPGRADE_SOURCE_API_KEY), or give --user and type the password when asked (or --password-file)'
const SECRETS: Record<string, string> = {
  password: 'Leave it away: with --user it is asked for, or give --password-file',
  'source-password': 'Leave it away: with --source-user it is asked for, or give --source-password-file',
  'target-password': 'Leave it away: with --target-user it is asked for, or give --target-password-file',
  passphrase: 'Write it to a file and give --passphrase-file, or store it in the datastore and give --passphrase-key-name',
  token: ENVIRONMENT,
  'auth-token': ENVIRONMENT,
  'source-auth-token': ENVIRONMENT,
  'target-auth-token': ENVIRONMENT,
  'api-key': ENVIRONMENT,
  'source-api-key': ENVIRONMENT,
  'target-api-key': ENVIRONMENT,
}

function refuseSecret(word: string): void {
  const name = /^--([a-z-]+)(=|$)/.exec(word)?.[1]
  const instead = name !== undefined ? SECRETS[name] : undefined
  if (instead !== undefined) throw refusal('E_SECRET_IN_ARGV', { name: `--${name}`, instead })
}
