/**
 * Writes YAML as PyYAML's `safe_dump(value, default_flow_style=False)` does: keys sorted, block style, folded at column 80,
 * everything outside ASCII escaped. StackStorm writes configs this way, and clients compare the bytes.
 */
import { PyFloat, isMapping, pyRepr } from '../python'

const WIDTH = 80
const INDENT = 2
/** A key this long, or with a line feed in it, is written as `? key`. */
const LONGEST_SIMPLE_KEY = 128

/** Tells whether a plain word would be read back as something else than a string. */
type Resolver = (text: string) => boolean

/** The text of a JSON-like value, ending with a line feed. `resolves` knows the words that are no strings when unquoted. */
export function dump(value: unknown, resolves: Resolver): string {
  return node(value, { indent: 0, column: 0, resolves }).replace(/^\n/, '') + '\n'
}

interface Place {
  /** Indentation of the collection that is being written. */
  indent: number
  column: number
  resolves: Resolver
}

type Members = Record<string, unknown>
const isNested = (value: unknown): value is object => (Array.isArray(value) || isMapping(value)) && !isEmpty(value)
const isEmpty = (value: object): boolean => Object.keys(value).length === 0

/** A value; collections begin with a line feed, so that they can follow a `key:`. */
function node(value: unknown, place: Place): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : sequence(value, place)
  if (isMapping(value)) return isEmpty(value) ? '{}' : mapping(value, place)
  return scalar(value, place, false)
}

function mapping(members: Members, place: Place): string {
  const margin = '\n' + ' '.repeat(place.indent)
  const names = Object.keys(members).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return names.map((name) => margin + entry(name, members[name], place)).join('')
}

function entry(name: string, value: unknown, place: Place): string {
  const simple = name !== '' && name.length < LONGEST_SIMPLE_KEY && !name.includes('\n')
  const key = scalar(name, { ...place, column: place.indent + (simple ? 0 : 2) }, simple)
  const head = simple ? `${key}:` : `? ${key}\n${' '.repeat(place.indent)}:`
  const column = place.indent + (simple ? head.length : 1) + 1
  // A list below a key stands at the key's own indentation.
  if (simple && Array.isArray(value) && value.length > 0) return head + sequence(value, place)
  const inside = { ...place, indent: place.indent + INDENT }
  if (simple && isMapping(value) && !isEmpty(value)) return head + mapping(value, inside)
  if (isNested(value)) return `${head} ${firstLineHere(node(value, inside))}`
  return `${head} ${node(value, { ...place, column })}`
}

/** A collection whose first line follows a dash or colon. */
const firstLineHere = (written: string): string => written.replace(/^\n +/, '')

function sequence(items: unknown[], place: Place): string {
  const margin = '\n' + ' '.repeat(place.indent) + '- '
  const inside = { ...place, indent: place.indent + INDENT }
  return items
    .map((item) => {
      const nested = isNested(item)
      return margin + (nested ? firstLineHere(node(item, inside)) : node(item, { ...place, column: place.indent + 2 }))
    })
    .join('')
}

function scalar(value: unknown, place: Place, simpleKey: boolean): string {
  if (typeof value === 'string') return text(value, place, simpleKey)
  if (typeof value === 'number') return number(value)
  if (typeof value === 'bigint') return String(value)
  if (value instanceof PyFloat) return exponent(Math.abs(value.value) < 1e16 ? pyRepr(value) : value.value.toExponential())
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  return 'null'
}

function number(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf'
  return exponent(pyRepr(value))
}

/** YAML 1.1 wants a point in a float. */
const exponent = (repr: string): string => (repr.includes('e') && !repr.includes('.') ? repr.replace('e', '.0e') : repr)

function text(value: string, place: Place, simpleKey: boolean): string {
  const allowed = analyze(value)
  const margin = '\n' + ' '.repeat(place.indent + INDENT)
  if (allowed.plain && value !== '' && !place.resolves(value)) return folded(value, place.column, margin, simpleKey)
  if (allowed.single) return singleQuoted(value, place.column, margin, simpleKey)
  return doubleQuoted(value, place.column, margin, simpleKey)
}

/** Which styles can hold a text, by the rules of PyYAML's emitter. */
function analyze(value: string): { plain: boolean; single: boolean } {
  const special = /[^\n\x20-\x7e]/.test(value) || / \n/.test(value)
  const single = !special && !/\n /.test(value)
  const indicator = /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:](?:\s|$)|-(?:\s|$))/.test(value) || /:(?:\s|$)|\s#/.test(value)
  return { single, plain: single && !indicator && !/^\s|\s$|\n/.test(value) }
}

/** Breaks at single blanks once a line is longer than the width. */
function folded(value: string, start: number, margin: string, oneLine: boolean, mayBreak: (index: number) => boolean = () => true): string {
  if (oneLine) return value
  let column = start
  let out = ''
  for (const [index, piece] of value.split(/( +)/).entries()) {
    const breaks = piece === ' ' && column > WIDTH && mayBreak(index)
    out += breaks ? margin : piece
    column = breaks ? margin.length - 1 : column + piece.length
  }
  return out
}

function singleQuoted(value: string, start: number, margin: string, oneLine: boolean): string {
  const parts = value.replace(/'/g, "''").split(/(\n+)/)
  let column = start + 1
  let out = "'"
  for (const part of parts) {
    // One line feed would be read as a blank: there is always one more.
    const written = part.startsWith('\n') ? `\n${part.slice(1)}${margin}` : folded(part, column, margin, oneLine, (index) => index > 0 || out !== "'")
    out += written
    const line = written.lastIndexOf('\n')
    column = line < 0 ? column + written.length : written.length - line - 1
  }
  return out + "'"
}

const ESCAPES: Record<string, string> = {
  '\0': '0', '\x07': 'a', '\b': 'b', '\t': 't', '\n': 'n', '\v': 'v', '\f': 'f', '\r': 'r', '\x1b': 'e',
  '"': '"', '\\': '\\', '\x85': 'N', '\xa0': '_', '\u2028': 'L', '\u2029': 'P',
}

function doubleQuoted(value: string, start: number, margin: string, oneLine: boolean): string {
  const chars = [...value]
  let column = start + 1
  let out = '"'
  let run = ''
  const flush = (more = ''): void => {
    out += run + more
    column += run.length + more.length
    run = ''
  }
  for (const [index, char] of chars.entries()) {
    const escaped = escapeOf(char)
    if (escaped) flush(escaped)
    else if (char !== ' ') run += char
    const mayBreak = !oneLine && index > 0 && index < chars.length - 1 && (char === ' ' || escaped !== undefined)
    if (mayBreak && column + run.length > WIDTH) {
      flush('\\')
      out += margin
      column = margin.length - 1
      if ((char === ' ' ? char : chars[index + 1]) === ' ') flush('\\')
    }
    if (char === ' ') run += ' '
  }
  flush()
  return out + '"'
}

function escapeOf(char: string): string | undefined {
  if (ESCAPES[char] !== undefined) return `\\${ESCAPES[char]}`
  if (/[\x20-\x7e]/.test(char)) return undefined
  const code = char.codePointAt(0) ?? 0
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
