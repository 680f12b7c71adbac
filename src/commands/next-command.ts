/** How a command that stages and errors name is typed where the user is: in a shell, or through StackStorm. Pure. */
import type { Typed } from './args'
import type { Command } from './command'
import { flag, OPTION_SPECS, type OptionName } from './options'

export interface Speaking {
  inAction: boolean
  /** What was typed for this command: most of it the next one needs too. */
  typed?: Typed
  commands?: readonly Command[]
}

/** What belongs to one call alone, or is remembered by the run. */
const NOT_HANDED_ON: readonly OptionName[] = ['run', 'format', 'approve', 'dry_run', 'resume', 'packs', 'own_key', 'archive', 'plan', 'out', 'file', 'plain_archive', 'include_crypto_key', 'recipients']

const COMMAND = /st2upgrade ([a-z][a-z-]*)((?: --[a-z-]+(?: (?!--)[^\s;,]+(?:,[^\s;,]+)*)?)*)/g

/** With `=` it is not a stage's advice but what somebody typed: whole already. */
const AS_TYPED = /^st2upgrade [a-z-]+[^;]* --[a-z-]+=/

/**
 * `st2upgrade plan --run x` is `st2 run st2upgrade.plan run=x` for whoever started an action. Options that were typed now and that
 * the named command has too are added, so that it can be copied as it stands.
 */
export function asTypedThere(line: string, speaking: Speaking): string {
  const whole = line.replace(COMMAND, (match, command: string, options: string, at: number) => {
    if (AS_TYPED.test(line.slice(at))) return match
    const added = options.includes('--file') ? [] : handedOn(command, options, speaking)
    return speaking.inAction
      ? [`st2 run st2upgrade.${command}${parameters(options)}`, ...added.map(([name, value]) => `${name}=${quoted(String(value))}`)].join(' ')
      : [`st2upgrade ${command}${options}`, ...added.map(([name, value]) => (value === true ? flag(name) : `${flag(name)} ${quoted(String(value))}`))].join(' ')
  })
  return speaking.inAction ? whole : settingsAsOptions(whole)
}

/** Stages advise in StackStorm's way, `allow_active=true`; in a shell that is `--allow-active`. */
function settingsAsOptions(line: string): string {
  const advice = /^next: /i.test(line)
  return line.replace(/(^|[\s(])([a-z][a-z_]*)=([^\s;,()]+?)(?=:?(?:[\s;,()]|$))/g, (whole, before: string, name: string, value: string, at: number) => {
    const meant = advice || name.includes('_') || line.slice(0, at).endsWith('unless')
    if (!(name in OPTION_SPECS) || !meant) return whole
    return `${before}${flag(name)}${value === 'true' ? '' : ` ${value}`}`
  })
}

/** What takes a quiesce back waits for nothing. */
const isIdle = (option: OptionName, options: string): boolean => option === 'wait' && options.split(' ').includes(flag('take_back'))

function handedOn(name: string, options: string, { typed = {}, commands = [] }: Speaking): [OptionName, string | true][] {
  const command = commands.find((one) => one.name === name)
  const wanted = (command?.options ?? []).filter((option) => !NOT_HANDED_ON.includes(option) && !options.split(' ').includes(flag(option)) && !isIdle(option, options))
  return wanted.flatMap((option): [OptionName, string | true][] => {
    const value = givenValue(option, typed[option])
    return value === undefined ? [] : [[option, value]]
  })
}

/** Undefined for what changes nothing: absent, empty, false, the default (StackStorm hands defaults over too). */
function givenValue(option: OptionName, value: string | boolean | undefined): string | true | undefined {
  const { type, default: usual } = OPTION_SPECS[option]
  if (value === undefined || value === '' || value === false || String(usual) === value) return undefined
  if (type === 'boolean') return value === true || /^(true|1|yes)$/i.test(value) ? true : undefined
  return String(value)
}

const parameters = (options: string): string =>
  options.replace(/ --([a-z-]+)(?: (?!--)(\S+))?/g, (_, name: string, value: string | undefined) => ` ${name.replace(/-/g, '_')}=${value ?? 'true'}`)

/** A word as a shell takes it. */
export const quoted = (word: string): string => (/^[A-Za-z0-9_./:=,@{}+-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`)
