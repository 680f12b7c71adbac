/** From words to typed arguments: what was typed wins over the environment (the pack's configuration), that over the default. Pure. */
import * as path from 'path'
import { refusal } from './catalogue'
import type { Command } from './command'
import { flag, OPTION_SPECS, variable, type Args, type OptionName, type OptionSpec } from './options'

export type Typed = Partial<Record<OptionName, string | boolean>>

/**
 * Decodes what was typed for a command. Throws a Refusal (exit 2) for a value of the wrong form; the value itself is never
 * repeated, since people type secrets in wrong places.
 */
export function decodeArgs(command: Command, typed: Typed, env: Record<string, string | undefined>): Args {
  const args: Record<string, unknown> = {}
  for (const name of Object.keys(OPTION_SPECS) as OptionName[]) {
    const spec = OPTION_SPECS[name]
    const given = command.options.includes(name) ? (present(typed[name]) ?? fromEnvironment(name, spec, env)) : undefined
    args[name] = given === undefined ? absent(spec) : decode(flag(name), spec, given)
  }
  for (const name of command.required ?? [])
    if (args[name] === undefined) throw refusal('E_MISSING', { command: command.name, name: flag(name), describe: OPTION_SPECS[name].describe })
  return args as Args
}

/** StackStorm leaves an empty string out, and hands an unset one over as '': both mean absent. */
const present = (value: string | boolean | undefined): string | boolean | undefined => (value === '' ? undefined : value)

/** `None` is what a template makes of a setting that stands empty in the pack's configuration. */
function fromEnvironment(name: OptionName, spec: OptionSpec, env: Record<string, string | undefined>): string | undefined {
  const value = spec.config ? env[variable(name)] : undefined
  return value === '' || value === 'None' ? undefined : value
}

const absent = (spec: OptionSpec): unknown => (spec.type === 'boolean' ? false : spec.type === 'list' ? [] : spec.default)

function decode(name: string, spec: OptionSpec, value: string | boolean): unknown {
  if (spec.type === 'boolean') return boolean(name, value)
  if (typeof value === 'boolean') throw refusal('E_NO_VALUE', { name })
  if (spec.type === 'integer') return integer(name, spec, value)
  if (spec.type === 'list') return value.split(',').map((part) => part.trim()).filter((part) => part !== '')
  if (spec.choices && !spec.choices.includes(value)) throw refusal('E_NOT_A_CHOICE', { name, choices: spec.choices.join(', ') })
  return spec.path ? path.resolve(value) : value
}

function boolean(name: string, value: string | boolean): boolean {
  if (typeof value === 'boolean') return value
  if (/^(true|1|yes)$/i.test(value)) return true
  if (/^(false|0|no|none)$/i.test(value)) return false
  throw refusal('E_NOT_A_BOOLEAN', { name })
}

function integer(name: string, spec: OptionSpec, value: string): number {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : NaN
  const { min = 0, max = 2 ** 31 - 1 } = spec
  if (!(number >= min && number <= max)) throw refusal('E_NOT_A_NUMBER', { name, min, max })
  return number
}
