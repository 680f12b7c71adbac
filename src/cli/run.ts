/** One run of the tool from argv to exit code. Everything of the outside world is handed in, so that tests run it whole. */
import { decodeArgs, type Typed } from '../commands/args'
import { refusal } from '../commands/catalogue'
import type { Command, Machine } from '../commands/command'
import { asTypedThere, type Speaking } from '../commands/next-command'
import { runOf } from '../commands/stage'
import { inAction } from '../commands/st2-environment'
import { EXIT } from '../core/exit-codes'
import type { StageResult } from '../engine/types'
import { again } from './again'
import { closest } from './closest'
import { failure, isUnexpected } from './failures'
import { helpOf, helpOfAll } from './help'
import { asJson, asText } from './output'
import { readOptions, sortWords, type Words } from './words'

export interface Terminal {
  stdoutIsTerminal: boolean
  width: number
  /** Resolve when the text has left the process, or nobody reads any more. */
  out(text: string): Promise<void>
  err(text: string): Promise<void>
  /** Logs the trace of a fault of the tool itself. */
  fault(error: unknown): void
  /** Ends the progress bar, before the answer is printed. */
  settle(): void
  /** Exit code that a stop which was asked for ends with; undefined when none was. */
  stoppedWith(): number | undefined
}

/** Returns the exit code; never rejects. */
export async function runCli(argv: readonly string[], commands: readonly Command[], machine: Machine, terminal: Terminal): Promise<number> {
  const text = wantsText(argv, terminal)
  let command: Command | undefined
  let typed: Typed | undefined
  const speaking = (): Speaking => ({ inAction: inAction(machine.system.env), typed, commands })
  try {
    const words = sortWords(argv)
    if (words.version) return await print(terminal, `${machine.tool}\n`)
    if (words.help && words.command === undefined) return await print(terminal, `${helpOfAll(commands, terminal.width)}\n`)
    command = find(commands, words)
    if (words.help) return await print(terminal, `${helpOf(command, terminal.width)}\n`)
    typed = readOptions(command, words.rest)
    const args = decodeArgs(command, typed, machine.system.env)
    const result = spoken(await command.run(args, machine), speaking())
    terminal.settle()
    if (command.output === 'line' && result.exit === EXIT.done) return result.exit
    await terminal.out(answer(result, args.format === undefined ? (text ?? command.output === 'text') : args.format === 'text'))
    return result.exit
  } catch (error) {
    return failed(error, { command, argv, text: text ?? command?.output === 'text', speaking: speaking() }, machine, terminal)
  }
}

/** Commands that the summary names are told as the user types them. */
function spoken(result: StageResult, speaking: Speaking): StageResult {
  const error = result.data.error as { next: string } | undefined
  const data = error ? { ...result.data, error: { ...error, next: asTypedThere(`next: ${error.next}`, speaking).slice('next: '.length) } } : result.data
  return { ...result, data, summary: result.summary.map((line) => oneLine(asTypedThere(line, speaking))) }
}

/** Names may hold line feeds and what a terminal obeys; a line of the summary stays a line. */
const oneLine = (line: string): string => line.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

const answer = (result: StageResult, text: boolean): string => (text ? asText(result) : `${asJson(result)}\n`)

async function print(terminal: Terminal, text: string): Promise<number> {
  await terminal.out(text)
  return EXIT.done
}

interface Attempt {
  command?: Command
  argv: readonly string[]
  text: boolean
  speaking: Speaking
}

/** The answer of a failed command is the same document; as text it goes to stderr. */
async function failed(error: unknown, { command, argv, text, speaking }: Attempt, machine: Machine, terminal: Terminal): Promise<number> {
  const run = runOf(error)
  const at = { stage: command?.name ?? 'st2upgrade', run, again: again(argv, machine.system.env, run), stoppedWith: terminal.stoppedWith() }
  const result = spoken(failure(error, at), speaking)
  terminal.settle()
  if (isUnexpected(result)) terminal.fault(error)
  await (text ? terminal.err(asText(result)) : terminal.out(answer(result, false)))
  return result.exit
}

/** Known before the options are: what is wrong with them is said in the form that was asked for. Undefined: the command decides. */
function wantsText(argv: readonly string[], terminal: Terminal): boolean | undefined {
  const given = argv.map((word, at) => (word === '--format' ? argv[at + 1] : /^--format=(.*)$/.exec(word)?.[1])).find((value) => value)
  if (given !== undefined) return given === 'text'
  return terminal.stdoutIsTerminal ? true : undefined
}

function find(commands: readonly Command[], { command: name }: Words): Command {
  if (name === undefined) throw refusal('E_NO_COMMAND')
  const command = commands.find((one) => one.name === name)
  if (command) return command
  const nearest = closest(name, commands.map((one) => one.name))
  throw refusal('E_UNKNOWN_COMMAND', { name: JSON.stringify(name), hint: nearest ? `; did you mean ${nearest}?` : '' })
}
