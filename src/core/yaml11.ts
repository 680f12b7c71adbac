/**
 * YAML as StackStorm reads it: YAML 1.1 with the rules of PyYAML's safe loader, which differ from the YAML 1.2 of most
 * JavaScript readers: `yes`, `off` are booleans, `010` is 8, `1_000` is 1000, `1:30` is 90, `1e3` is a string, the last of
 * two equal keys wins. Reading only: a file that StackStorm or a person wrote is copied as bytes, never rewritten.
 */
import { DEFAULT_SCHEMA, load, Type, type Schema } from 'js-yaml'

interface YamlOptions {
  /** Integers beyond 2^53 come as bigint instead of a rounded number. */
  bigInts?: boolean
}

/** The value of a one-document text; null for an empty one. Throws an Error with line and column for what PyYAML refuses too. */
export function parseYaml(text: string, options: YamlOptions = {}): unknown {
  // json: the last of two equal keys wins, as in Python; js-yaml itself would refuse.
  return load(text, { schema: options.bigInts ? EXACT : ROUNDED, json: true }) ?? null
}

const TAG = 'tag:yaml.org,2002:'

// The patterns of PyYAML 5 and 6 (yaml/resolver.py), which decide what an unquoted word is.
const BOOL = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const NULL = /^(?:~|null|Null|NULL|)$/
const INT = /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
/** What an explicit `!!float` takes beside {@link FLOAT}. */
const ANY_FLOAT = /^[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?$/
const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(?:Z|([-+])(\d\d?)(?::(\d\d))?))?)?$/
const DATE_ONLY = /^\d{4}-\d\d-\d\d$/

/** js-yaml hands the tag to `resolve` only where the file names it (`!!float 5`). */
type Resolve = (data: string | null, tag?: string) => boolean

function scalar(name: string, resolve: Resolve, construct: (data: string) => unknown): Type {
  return new Type(TAG + name, { kind: 'scalar', resolve, construct: (data: string | null) => construct(data ?? '') })
}

const nullType = scalar('null', (data) => data === null || NULL.test(data), () => null)
const boolType = scalar('bool', (data, tag) => data !== null && BOOL.test(tag ? data.toLowerCase() : data), (data) => /^(?:yes|true|on)$/i.test(data))
const floatType = scalar('float', (data, tag) => data !== null && (FLOAT.test(data) || (tag !== undefined && ANY_FLOAT.test(data))), toFloat)
const timestampType = scalar('timestamp', (data) => data !== null && isTimestamp(data), toDate)
/** PyYAML takes a lone `=` for the default-value tag, which its safe loader then refuses. */
const valueType = scalar('value', (data) => data === '=', () => {
  throw new Error("could not determine a constructor for the tag 'tag:yaml.org,2002:value'")
})
const intType = (bigInts: boolean): Type => scalar('int', (data) => data !== null && INT.test(data), (data) => toInt(data, bigInts))

const schema = (bigInts: boolean): Schema => DEFAULT_SCHEMA.extend({ implicit: [nullType, boolType, intType(bigInts), floatType, timestampType, valueType] })
const ROUNDED = schema(false)
const EXACT = schema(true)

function unsigned(data: string): { negative: boolean; digits: string } {
  const text = data.replace(/_/g, '').toLowerCase()
  return { negative: text.startsWith('-'), digits: text.replace(/^[-+]/, '') }
}

function toInt(data: string, bigInts: boolean): number | bigint {
  const { negative, digits } = unsigned(data)
  const exact = magnitude(digits)
  const signed = negative ? -exact : exact
  // A number keeps no sign of zero apart: Python's int has none.
  const rounded = Number(signed)
  return bigInts && !Number.isSafeInteger(rounded) ? signed : rounded
}

function magnitude(digits: string): bigint {
  if (digits.includes(':')) return digits.split(':').reduce((sum, part) => sum * BigInt(60) + BigInt(part), BigInt(0))
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits.slice(1)}`)
  return BigInt(digits)
}

function toFloat(data: string): number {
  const { negative, digits } = unsigned(data)
  return (negative ? -1 : 1) * floatMagnitude(digits)
}

function floatMagnitude(digits: string): number {
  if (digits === '.inf') return Infinity
  if (digits === '.nan') return NaN
  return digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
}

function isTimestamp(data: string): boolean {
  const match = TIMESTAMP.exec(data)
  return match !== null && (match[4] !== undefined || DATE_ONLY.test(data))
}

/** Python refuses a 13th month and a 30th of February, JavaScript would roll over. */
function toDate(data: string): Date {
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', sign, zoneHour = '0', zoneMinute = '0'] = TIMESTAMP.exec(data) ?? []
  const parts = [year, month, day, hour, minute, second].map(Number) as [number, number, number, number, number, number]
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const utc = new Date(Date.UTC(parts[0], parts[1] - 1, parts[2], parts[3], parts[4], parts[5], milliseconds))
  utc.setUTCFullYear(parts[0], parts[1] - 1, parts[2])
  const back = [utc.getUTCFullYear(), utc.getUTCMonth() + 1, utc.getUTCDate(), utc.getUTCHours(), utc.getUTCMinutes(), utc.getUTCSeconds()]
  if (back.some((part, i) => part !== parts[i])) throw new Error(`${data} is no date`)
  const ahead = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000
  return new Date(utc.getTime() + (sign === '-' ? ahead : -ahead))
}
