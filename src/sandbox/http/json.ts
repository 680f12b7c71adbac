/**
 * JSON as the two libraries read it that StackStorm used: Python's own (3.4.1) and orjson (3.8.1, 3.9.0). They tell whole numbers from
 * fractions (`2.0` is no integer), refuse lone surrogates or not, and say in their own words what is wrong and where.
 */
import { PyFloat } from '../python'

export type JsonDialect = 'python' | 'orjson'

export class JsonError extends Error {}

/** What JavaScript's own parser would not tell apart: fractions that are whole, exponents, numbers past 53 bits, surrogates. */
const NEEDS_CARE = /\.\d|\d[eE]|\d{16}|\\u[dD][89a-fA-F]/

/** The value of a JSON text: fractions that are whole as {@link PyFloat}, integers past 53 bits as bigint. Throws {@link JsonError}. */
export function readJson(text: string, dialect: JsonDialect): unknown {
  if (!NEEDS_CARE.test(text)) {
    try {
      return JSON.parse(text) as unknown
    } catch {
      // Read it again, to say what is wrong in the words of the dialect.
    }
  }
  return new Reader(text, dialect).document()
}

/** The same value in plain JavaScript: every number a number. */
export function plainJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof PyFloat) return value.value
  if (Array.isArray(value)) return value.map(plainJson)
  if (value === null || typeof value !== 'object') return value
  const plain: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) setMember(plain, name, plainJson(member))
  return plain
}

/** Also for members named `__proto__`. */
function setMember(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true })
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const CONSTANTS: [string, unknown][] = [['true', true], ['false', false], ['null', null]]
const PYTHON_CONSTANTS: [string, unknown][] = [...CONSTANTS, ['NaN', NaN], ['Infinity', Infinity], ['-Infinity', -Infinity]]
const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const [UINT64_MAX, INT64_MIN] = [BigInt('18446744073709551615'), BigInt('-9223372036854775808')]

class Reader {
  private at = 0

  constructor(
    private readonly text: string,
    private readonly dialect: JsonDialect,
  ) {}

  document(): unknown {
    const value = this.value()
    this.skipBlanks()
    if (this.at < this.text.length) throw this.error('Extra data', 'unexpected content after document')
    return value
  }

  private value(): unknown {
    this.skipBlanks()
    const char = this.text[this.at]
    if (char === '{') return this.object()
    if (char === '[') return this.array()
    if (char === '"') return this.string()
    for (const [word, value] of this.dialect === 'python' ? PYTHON_CONSTANTS : CONSTANTS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length
        return value
      }
    }
    return this.number()
  }

  private number(): unknown {
    NUMBER.lastIndex = this.at
    const found = NUMBER.exec(this.text)
    if (!found) throw this.error('Expecting value')
    this.at = NUMBER.lastIndex
    const [literal, fraction, exponent] = found
    if (fraction !== undefined || exponent !== undefined) return float(Number(literal))
    if (Number.isSafeInteger(Number(literal))) return Number(literal)
    const whole = BigInt(literal)
    return this.dialect === 'python' || (whole <= UINT64_MAX && whole >= INT64_MIN) ? whole : float(Number(literal))
  }

  private object(): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    this.at++
    for (let first = true; ; first = false) {
      if (this.takes('}')) return object
      if (!first && !this.takes(',')) throw this.error("Expecting ',' delimiter")
      this.skipBlanks()
      if (this.text[this.at] !== '"') throw this.error('Expecting property name enclosed in double quotes')
      const name = this.string()
      if (!this.takes(':')) throw this.error("Expecting ':' delimiter")
      setMember(object, name, this.value())
    }
  }

  private array(): unknown[] {
    const items: unknown[] = []
    this.at++
    for (let first = true; ; first = false) {
      if (this.takes(']')) return items
      if (!first && !this.takes(',')) throw this.error("Expecting ',' delimiter")
      items.push(this.value())
    }
  }

  private string(): string {
    const start = this.at++
    let out = ''
    for (;;) {
      const end = this.plainUntil()
      out += this.text.slice(this.at, end)
      this.at = end
      const char = this.text[this.at]
      if (char === undefined) throw this.error('Unterminated string starting at', 'unexpected end of data', start)
      if (char === '"') {
        this.at++
        return this.wellFormed(out)
      }
      if (char !== '\\') throw this.error('Invalid control character at', 'unexpected control character in string')
      out += this.escape()
    }
  }

  private plainUntil(): number {
    const special = /["\\\u0000-\u001f]/g
    special.lastIndex = this.at
    return special.exec(this.text)?.index ?? this.text.length
  }

  private escape(): string {
    const char = this.text[this.at + 1] ?? ''
    const simple = ESCAPES[char]
    if (simple !== undefined) {
      this.at += 2
      return simple
    }
    const hex = char === 'u' ? /^[0-9a-fA-F]{4}$/.exec(this.text.slice(this.at + 2, this.at + 6)) : null
    if (!hex) throw this.error(char === 'u' ? 'Invalid \\uXXXX escape' : 'Invalid \\escape', 'invalid escaped character in string')
    this.at += 6
    return String.fromCharCode(parseInt(hex[0], 16))
  }

  private wellFormed(text: string): string {
    if (this.dialect === 'orjson' && /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)) {
      throw this.error('', 'no low surrogate in string', this.at - 1)
    }
    return text
  }

  private takes(char: string): boolean {
    this.skipBlanks()
    if (this.text[this.at] !== char) return false
    this.at++
    return true
  }

  private skipBlanks(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? '-')) this.at++
  }

  private error(python: string, orjson = this.at < this.text.length ? 'unexpected character' : 'unexpected end of data', at = this.at): JsonError {
    const before = this.text.slice(0, at)
    const line = before.split('\n').length
    const column = at - before.lastIndexOf('\n')
    return new JsonError(`${this.dialect === 'python' ? python : orjson}: line ${line} column ${column} (char ${at})`)
  }
}

function float(value: number): number | PyFloat {
  return Number.isInteger(value) ? new PyFloat(value) : value
}
