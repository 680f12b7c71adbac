/**
 * Reads YAML as StackStorm's loader (PyYAML over libyaml) does: YAML 1.1 scalars (`yes`, `010`, `1_000`, `1:30`), a key that
 * is there twice keeps its last value, one document a file. Writes it as PyYAML's `safe_dump` does.
 */
import * as yaml from 'js-yaml'
import { PyDate, PyFloat } from '../python'
import { dump } from './yaml-dump'
import { libyamlText } from './yaml-errors'

/** What PyYAML raises; the message is libyaml's, with the file's name. */
export class YamlError extends Error {}

export interface YamlOptions {
  /** The file that errors name. */
  source?: string
  /** `1.0` becomes a {@link PyFloat}, so that it can be told from `1`; else both are the number 1. */
  keepFloats?: boolean
}

/** The value of a YAML text; undefined members do not occur, an empty text is null. Throws {@link YamlError}. */
export function parseYaml(text: string, { source = '<unicode string>', keepFloats = false }: YamlOptions = {}): unknown {
  try {
    return yaml.load(text, { schema: keepFloats ? WITH_FLOATS : SCHEMA, json: true }) ?? null
  } catch (error) {
    if (error instanceof yaml.YAMLException) throw new YamlError(libyamlText(error, text, source))
    throw error
  }
}

const INTEGER = /^[-+]?(?:0b[01_]+|0[0-7_]*|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const FLOAT = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const BOOLEAN = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const NULL = /^(?:~|null|Null|NULL|)$/
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const TIMESTAMP = /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|([-+])(\d\d?)(?::?(\d\d))?))?$/

const scalar = <T>(tag: string, accepts: RegExp, construct: (text: string) => T): yaml.Type =>
  new yaml.Type(`tag:yaml.org,2002:${tag}`, { kind: 'scalar', resolve: (text: unknown) => accepts.test((text ?? '') as string), construct: (text: string | null) => construct(text ?? '') })

function integer(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const digits = text.replace(/^[-+]/, '').replace(/_/g, '')
  if (digits.includes(':')) return sign * sixtieth(digits)
  if (/^0[bx]/.test(digits)) return sign * Number(digits)
  return sign * (digits.length > 1 && digits.startsWith('0') ? parseInt(digits, 8) : Number(digits))
}

function float(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const digits = text.replace(/^[-+]/, '').replace(/_/g, '').toLowerCase()
  if (digits === '.inf') return sign * Infinity
  if (digits === '.nan') return NaN
  return sign * (digits.includes(':') ? sixtieth(digits) : Number(digits))
}

/** `1:30` is 90: numbers to the base of sixty. */
const sixtieth = (digits: string): number => digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)

function timestamp(text: string): Date {
  const [, year, month, day, hour, minute, second, fraction = '', zone, sign, zoneHours = '0', zoneMinutes = '0'] = TIMESTAMP.exec(text) ?? []
  const offset = zone && sign ? (sign === '-' ? -1 : 1) * (Number(zoneHours) * 60 + Number(zoneMinutes)) : 0
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute) - offset, Number(second), Number(fraction.padEnd(3, '0').slice(0, 3))))
}

const implicit = (ofFloat: (text: string) => unknown): yaml.Type[] => [
  scalar('null', NULL, () => null),
  scalar('bool', BOOLEAN, (text) => /^(yes|true|on)$/i.test(text)),
  scalar('int', INTEGER, integer),
  scalar('float', FLOAT, ofFloat),
  scalar('timestamp#date', DATE, (text) => new PyDate(text)),
  scalar('timestamp', TIMESTAMP, timestamp),
]
const withMerge = (types: yaml.Type[]): yaml.Schema =>
  yaml.FAILSAFE_SCHEMA.extend({ implicit: [...types, new yaml.Type('tag:yaml.org,2002:merge', { kind: 'scalar', resolve: (text: unknown) => text === '<<' })] })

const SCHEMA = withMerge(implicit(float))
const WITH_FLOATS = withMerge(implicit((text) => (Number.isInteger(float(text)) ? new PyFloat(float(text)) : float(text))))

const NOT_STRINGS = [NULL, BOOLEAN, INTEGER, FLOAT, DATE, TIMESTAMP, /^(?:<<|=)$/]

/** The text that PyYAML's `safe_dump` writes for a value that came from JSON or YAML. */
export function dumpYaml(value: unknown): string {
  return dump(value, (text) => NOT_STRINGS.some((words) => words.test(text)))
}
