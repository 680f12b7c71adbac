/**
 * How Python writes values. StackStorm's error texts hold `repr` of what a client sent, and its YAML files are judged by
 * Python's types, so the sandbox needs the same spelling. Pure; any room of the sandbox may use it.
 */

/** A date without a time, as PyYAML reads `2020-01-31`. */
export class PyDate {
  constructor(readonly iso: string) {}

  toJSON(): string {
    return this.iso
  }
}

/** A float that looks like an integer: `1.0`. */
export class PyFloat {
  constructor(readonly value: number) {}

  toJSON(): number {
    return this.value
  }
}

/** Python's name of a JSON or YAML value's type, as in `got "list"`. */
export function pyTypeName(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'string') return 'str'
  if (value instanceof Date) return 'datetime.datetime'
  if (value instanceof PyDate) return 'datetime.date'
  if (value instanceof PyFloat) return 'float'
  return Array.isArray(value) ? 'list' : 'dict'
}

/** `repr(value)` of a value that came from JSON or YAML; undefined and null are `None`. */
export function pyRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return numberRepr(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string') return stringRepr(value)
  if (value instanceof Date) return dateRepr(value)
  if (value instanceof PyDate) return `datetime.date(${value.iso.split('-').map(Number).join(', ')})`
  if (value instanceof PyFloat) return Math.abs(value.value) < 1e16 ? `${value.value}.0` : value.value.toExponential()
  if (Array.isArray(value)) return `[${value.map(pyRepr).join(', ')}]`
  const members = Object.entries(value).map(([key, member]) => `${pyRepr(key)}: ${pyRepr(member)}`)
  return `{${members.join(', ')}}`
}

/** `str(value)`: like {@link pyRepr}, with a string as it is. */
export function pyStr(value: unknown): string {
  return typeof value === 'string' ? value : pyRepr(value)
}

/** `json.dumps(value)`: a blank after each comma and colon, other characters than ASCII escaped. */
export function pyJson(value: unknown, indent = 0): string {
  const text = indent > 0 ? JSON.stringify(value ?? null, null, indent) : compactJson(value)
  return text.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function compactJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(compactJson).join(', ')}]`
  if (isMapping(value)) return `{${Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${compactJson(member)}`).join(', ')}}`
  return JSON.stringify(value ?? null)
}

function numberRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Number.isInteger(value)) return Math.abs(value) < 1e21 ? String(value) : BigInt(value).toString()
  // Python pads a one-digit exponent: 1e-07.
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2')
}

function dateRepr(date: Date): string {
  const parts = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
  return `datetime.datetime(${[...parts, date.getUTCHours(), date.getUTCMinutes()].join(', ')})`
}

const SHORT_ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
/** What Python's `str.isprintable` refuses (categories Other and Separator), the plain blank apart. */
const UNPRINTABLE = /[\p{C}\p{Z}]/u

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let out = ''
  for (const char of text) {
    if (char === quote) out += `\\${char}`
    else if (SHORT_ESCAPES[char]) out += SHORT_ESCAPES[char]
    else if (char !== ' ' && UNPRINTABLE.test(char)) out += hexEscape(char.codePointAt(0) ?? 0)
    else out += char
  }
  return quote + out + quote
}

function hexEscape(code: number): string {
  const hex = code.toString(16)
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  if (code <= 0xffff) return `\\u${hex.padStart(4, '0')}`
  return `\\U${hex.padStart(8, '0')}`
}

/** A pattern as Python's `re` reads it; what JavaScript cannot compile matches nothing. */
export function pyRegExp(pattern: string): RegExp {
  const caseless = pattern.startsWith('(?i)')
  const body = caseless ? pattern.slice(4) : pattern
  for (const flags of ['u', '']) {
    try {
      return new RegExp(body, flags + (caseless ? 'i' : ''))
    } catch {
      continue
    }
  }
  return /(?!)/
}

/** True for what Python reads as a dictionary. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return !(value instanceof Date || value instanceof PyDate || value instanceof PyFloat)
}
