/**
 * The catalogue of what can go wrong before a stage has begun, and of faults that come from the machine: code, what happened,
 * what to do next, exit code. docs/cli.md lists it. Stages refuse in their own words through Refusal.
 */
import { EXIT, Refusal } from '../core/exit-codes'

interface Entry {
  readonly exit: number
  readonly message: string
  readonly next: string
}

export const CATALOGUE = {
  E_NO_COMMAND: { exit: EXIT.usage, message: 'no command was given', next: 'See st2upgrade --help; begin with: st2upgrade check --target-url https://new.example/api' },
  E_UNKNOWN_COMMAND: { exit: EXIT.usage, message: 'there is no command {name}{hint}', next: 'See st2upgrade --help for all commands' },
  E_UNKNOWN_OPTION: { exit: EXIT.usage, message: '{command} has no option {name}{hint}', next: 'See st2upgrade {command} --help for its options' },
  E_EXTRA_WORD: { exit: EXIT.usage, message: '{command} does not know what to do with a further word', next: 'Options are written --name=value; see st2upgrade {command} --help' },
  E_TWICE: { exit: EXIT.usage, message: '{name} was given more than once', next: 'Give it once; several values are a comma list' },
  E_NO_VALUE: { exit: EXIT.usage, message: '{name} was given without a value', next: 'Write {name}=VALUE' },
  E_MISSING: { exit: EXIT.usage, message: '{command} needs {name}', next: '{describe}' },
  E_NOT_A_NUMBER: { exit: EXIT.usage, message: '{name} must be a whole number from {min} to {max}', next: 'Correct the value and run again' },
  E_NOT_A_BOOLEAN: { exit: EXIT.usage, message: '{name} is either there or not (or =true, =false)', next: 'Correct the value and run again' },
  E_NOT_A_CHOICE: { exit: EXIT.usage, message: '{name} must be one of {choices}', next: 'Correct the value and run again' },
  E_BAD_TIME: { exit: EXIT.usage, message: '{name} is neither a time nor a span of time', next: 'Give a time in UTC (2024-05-01T08:00Z), a date (2024-05-01), or how long ago (45m, 12h, 30d, 2w)' },
  E_BAD_REF: { exit: EXIT.usage, message: '{name} wants refs of actions', next: 'A ref is the pack and the name: core.local' },
  E_BAD_CONFLICT: { exit: EXIT.usage, message: '--on-conflict does not know {given}', next: 'Give fail, skip or overwrite, and for single kinds what differs: fail,keys=skip,configs=overwrite' },
  E_BAD_REWRITE: { exit: EXIT.usage, message: '--rewrite: {given} {why}', next: 'Give whole host names, without https:// and ports: old.example=new.example' },
  E_BAD_URL: { exit: EXIT.usage, message: '{name} is not a URL of a StackStorm: it begins with http:// or https:// and holds no user or password', next: 'Give it like https://stackstorm.example/api' },
  E_SECRET_IN_ARGV: { exit: EXIT.usage, message: '{name} is refused: arguments are seen by every user of the machine and stand in logs and shell histories', next: '{instead}' },
  E_BOTH_LOCAL: { exit: EXIT.usage, message: 'neither a target nor a source was named', next: 'On the old instance give --target-url, on the new one --source-url, elsewhere both' },
  E_NO_CREDENTIALS: { exit: EXIT.usage, message: 'no credentials for the {side} {url}', next: '{advice}' },
  E_NO_KEY: { exit: EXIT.usage, message: 'the datastore has no key {name}, which should hold {what}', next: 'Store one: st2 key set --encrypt {name} <VALUE>' },
  E_KEY_UNREADABLE: { exit: EXIT.usage, message: 'the datastore key {name} could not be read decrypted: {reason}', next: 'Run as a user who may decrypt system keys, or name another key' },
  E_NO_TERMINAL: { exit: EXIT.usage, message: '{question} cannot be asked: there is no terminal', next: '{instead}' },
  E_SAME_USER: { exit: EXIT.usage, message: '{name} needs the user it belongs to', next: 'Give {user} too' },
  E_FILE: { exit: EXIT.usage, message: '{name} cannot be read: {path} ({reason})', next: 'Give the path of a readable file' },
  E_BAD_CA_FILE: { exit: EXIT.usage, message: '{path} holds no certificates that can be read', next: 'Give a PEM file with those that sign the instances: it holds lines with BEGIN CERTIFICATE' },
  E_BAD_TEMPLATE: { exit: EXIT.usage, message: '--git-template {why}', next: 'Give it like git@git.example.org:stackstorm/{pack}.git; who may push and clone is settled by ssh keys, or by git itself' },
  E_BAD_CRYPTO_KEY: { exit: EXIT.usage, message: '{path} is no datastore crypto key of StackStorm', next: 'It is a JSON file such as /etc/st2/keys/datastore_key.json' },
  E_NO_RUN: { exit: EXIT.usage, message: 'there is no run in {dir} on the host {host}', next: 'Begin with st2upgrade export, or name the run with --run and the place with --state-dir' },
  E_DISK_FULL: { exit: EXIT.failed, message: 'the disk is full: {path}', next: 'Make room, or give --state-dir (or --out) on another disk, and run the same command again: it goes on' },
  E_READ_ONLY: { exit: EXIT.failed, message: '{path} cannot be written: the file system is read-only', next: 'Give --state-dir on a disk that can be written' },
  E_NO_ACCESS: { exit: EXIT.failed, message: 'no permission for {path}', next: 'Run it as root (StackStorm files and /var/lib/st2upgrade are private), or give --state-dir' },
  E_NOT_FOUND: { exit: EXIT.failed, message: '{path} is not there', next: 'Check the path and run again' },
  E_INTERRUPTED: { exit: EXIT.interrupted, message: 'interrupted; what was confirmed stays confirmed', next: 'Run the same again to go on: {again}' },
  E_STOPPED: { exit: EXIT.stopped, message: 'stopped; what was confirmed stays confirmed', next: 'Run the same again to go on: {again}' },
  E_NOT_APPROVED: { exit: EXIT.blocked, message: 'not approved: nothing was written', next: 'Look at the plan ({plan}) and run again when it is right' },
  E_UNEXPECTED: { exit: EXIT.failed, message: 'unexpected: {reason}', next: 'This is a fault of the tool. Run the same again to go on; if it stays, report it with the lines above' },
} as const satisfies Record<string, Entry>

export type Code = keyof typeof CATALOGUE

/** A refusal out of the catalogue; scripts tell it by its code. */
export class CataloguedRefusal extends Refusal {
  constructor(
    readonly code: Code,
    values: Record<string, string | number> = {},
    details: string[] = [],
  ) {
    const entry: Entry = CATALOGUE[code]
    super(fill(entry.message, values), fill(entry.next, values), entry.exit, details)
  }
}

/** Makes, not throws, the refusal `code` with `values` in its texts. */
export const refusal = (code: Code, values: Record<string, string | number> = {}, details: string[] = []): CataloguedRefusal =>
  new CataloguedRefusal(code, values, details)

const fill = (text: string, values: Record<string, string | number>): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
