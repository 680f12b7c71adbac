/**
 * What a command is: its options and a handler. A command does no I/O of its own: it turns decoded arguments into settings,
 * opens the instances it needs and calls a stage. src/cli finds it by name and prints what it returns.
 */
import type { StageResult } from '../engine/types'
import type { System } from '../system/ports'
import type { Args, OptionName } from './options'

/** What the world outside hands to a command. */
export interface Machine {
  system: System
  /** Version of this tool. */
  tool: string
  /** The directory of this pack, when the program lies in one. */
  packDir?: string
  /** Numeric user id of the process; undefined where the platform has none. */
  uid?: number
  /** A person can be asked. */
  interactive: boolean
  /** Asks for a secret without showing what is typed. Rejects with a Refusal when nobody can be asked. */
  askSecret(question: string): Promise<string>
  /** Asks for yes or no. Rejects with a Refusal when nobody can be asked. */
  confirm(question: string): Promise<boolean>
  /** Writes one line to stdout at once, for a command whose answer cannot wait for its end (`sandbox`). */
  print: (line: string) => void
}

export interface Command {
  readonly name: string
  /** One line for help, action metadata and docs. */
  readonly describe: string
  readonly options: readonly OptionName[]
  /** Options that must be given. */
  readonly required?: readonly OptionName[]
  /** The options that a shell may give without their names, in this order. */
  readonly positional?: readonly OptionName[]
  /** `text` prints readable text also where stdout is no terminal, `line` prints nothing at the end. */
  readonly output?: 'text' | 'line'
  /** Further lines for its help. */
  readonly examples?: readonly string[]
  run(args: Args, machine: Machine): Promise<StageResult>
}
