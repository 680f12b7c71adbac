/** Turns what a template or a caller gave into the type that a parameter declares, with the errors that Python gives for what does not fit. */
import { pyRepr, pyTypeName } from '../python'
import { Fault } from '../types'

/** The value in the declared type. Throws the 400 for one that cannot be cast, and the 500 for one of a kind that StackStorm did not expect. */
export function cast(value: unknown, type: unknown): unknown {
  if (value === null || value === undefined || typeof type !== 'string') return value
  return CASTS[type] ? CASTS[type](value) : value
}

const CASTS: Record<string, (value: unknown) => unknown> = {
  string: (value) => {
    if (typeof value === 'string') return value
    throw new Fault(400, `Value "${pyRepr(value)}" must either be a string or None. Got "${pyTypeName(value)}".`)
  },
  integer: (value) => {
    if (typeof value === 'string') return integerFrom(value)
    return Math.trunc(numeric(value, 'int() argument must be a string, a bytes-like object or a number'))
  },
  number: (value) => {
    if (typeof value === 'string') return floatFrom(value)
    return numeric(value, 'float() argument must be a string or a number')
  },
  boolean: (value) => (typeof value === 'string' ? booleanFrom(value) : value),
  array: structured,
  object: structured,
}

function numeric(value: unknown, expected: string): number {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  throw new Fault(500, `${expected}, not '${pyTypeName(value)}'`)
}

function integerFrom(text: string): number {
  if (/^\s*[+-]?\d+(_\d+)*\s*$/.test(text)) return Number(text.replace(/_/g, ''))
  throw new Fault(400, `invalid literal for int() with base 10: ${pyRepr(text)}`)
}

function floatFrom(text: string): number {
  if (/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text)) return Number(text)
  throw new Fault(400, `could not convert string to float: ${pyRepr(text)}`)
}

/** Python reads the capitalised text as a literal, so that `1` and `TRUE` pass here and `yes` does not. */
function booleanFrom(text: string): unknown {
  const literal = text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()
  if (literal === 'True' || literal === 'False') return literal === 'True'
  if (literal === 'None') return null
  if (/^\d+$/.test(literal)) return Number(literal)
  throw new Fault(400, 'malformed node or string')
}

function structured(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    throw new Fault(400, `malformed node or string: ${value}`)
  }
}
