/** Compares answers that differ by nature: ids, UUIDs, hashes and ciphertexts are paired one to one, times need the same notation only. */

const VARIABLE = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)|(\b3030303030[0-9A-Fa-f]{104,}\b)|(\b[0-9a-f]{128}\b)|(\b[0-9a-f]{24}\b)|(\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)/g
/** From here on a text is that of a parser or of the database: it may read differently. */
const FREE_AFTER = [/^Failed to parse request body: /, /^Tried to save duplicate unique keys \(E11000/, /^Traceback /]

interface Piece {
  kind: 'text' | 'time' | 'cipher' | 'hash' | 'id' | 'uuid'
  text: string
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

export class Pairing {
  private readonly real = new Map<string, string>()
  private readonly recorded = new Map<string, string>()

  /** A recorded text with what is known put in its place, for the next request. Ciphertexts are found also when they were altered. */
  toReal(text: string): string {
    const cipher = this.alteredCipher(text)
    if (cipher !== undefined) return cipher
    return pieces(text).map((piece) => this.real.get(piece.text) ?? piece.text).join('')
  }

  /** What is different, or undefined. `ordered`: the order of a list's items counts. */
  difference(expected: unknown, got: unknown, ordered: boolean, at = '$'): string | undefined {
    if (typeof expected === 'string' && typeof got === 'string') return this.textDifference(expected, got, at)
    if (Array.isArray(expected) && Array.isArray(got)) return this.listDifference(expected, got, ordered, at)
    if (isObject(expected) && isObject(got)) {
      for (const name of new Set([...Object.keys(expected), ...Object.keys(got)])) {
        const found = this.difference(expected[name], got[name], true, `${at}.${name}`)
        if (found !== undefined) return found
      }
      return undefined
    }
    return expected === got ? undefined : differ(expected, got, at)
  }

  private listDifference(expected: unknown[], got: unknown[], ordered: boolean, at: string): string | undefined {
    if (expected.length !== got.length) return `${at}: expected ${expected.length} items, got ${got.length}`
    const [left, right] = ordered ? [expected, got] : [inSameOrder(expected, (t) => this.real.get(t)), inSameOrder(got, (t) => (this.recorded.has(t) ? t : undefined))]
    for (const [i, item] of left.entries()) {
      const found = this.difference(item, right[i], true, `${at}[${i}]`)
      if (found !== undefined) return found
    }
    return undefined
  }

  private textDifference(expected: string, got: string, at: string): string | undefined {
    const free = FREE_AFTER.map((start) => start.exec(expected)?.[0]).find((start) => start !== undefined)
    if (free !== undefined) return got.startsWith(free) ? undefined : differ(expected, got, at)
    if (expected === '<token>' || expected === '<key>') return (expected === '<key>' ? /^\S{86}$/ : /^[0-9a-f]{32}$/).test(got) ? undefined : differ(expected, got, at)
    const [left, right] = [pieces(expected), pieces(got)]
    if (left.length !== right.length) return differ(expected, got, at)
    const isBad = left.some((piece, i) => !this.pairs(piece, right[i] ?? piece))
    return isBad ? differ(expected, got, at) : undefined
  }

  private pairs(expected: Piece, got: Piece): boolean {
    if (expected.kind !== got.kind) return false
    if (expected.kind === 'text') return expected.text === got.text
    if (expected.kind === 'time') return expected.text.length === got.text.length
    if (expected.text.length !== got.text.length) return false
    const [recorded, real] = expected.kind === 'cipher' ? [expected.text.toUpperCase(), got.text.toUpperCase()] : [expected.text, got.text]
    if (this.real.has(recorded) || this.recorded.has(real)) return this.real.get(recorded) === real
    this.real.set(recorded, real)
    this.recorded.set(real, recorded)
    return true
  }

  private alteredCipher(text: string): string | undefined {
    for (const [recorded, real] of this.real) {
      if (!recorded.startsWith('3030303030') || !text.toUpperCase().startsWith(recorded.slice(0, 60))) continue
      let same = 0
      while (same < text.length && text[same]?.toUpperCase() === recorded[same]) same++
      const kept = /[a-f]/.test(text) ? real.slice(0, same).toLowerCase() : real.slice(0, same)
      return kept + text.slice(same)
    }
    return undefined
  }
}

function pieces(text: string): Piece[] {
  const out: Piece[] = []
  let end = 0
  for (const found of text.matchAll(VARIABLE)) {
    const kind = found[1] ? 'time' : found[2] ? 'cipher' : found[3] ? 'hash' : found[4] ? 'id' : 'uuid'
    out.push({ kind: 'text', text: text.slice(end, found.index) }, { kind, text: found[0] })
    end = found.index + found[0].length
  }
  return [...out, { kind: 'text', text: text.slice(end) }]
}

/** Items in an order that does not hang on values which differ by nature, except on those that are known already. */
function inSameOrder(items: unknown[], known: (text: string) => string | undefined): unknown[] {
  const keyOf = (item: unknown): string => pieces(JSON.stringify(item)).map(({ kind, text }) => (kind === 'text' ? text : (known(text) ?? kind))).join('')
  return [...items].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

function differ(expected: unknown, got: unknown, at: string): string {
  return `${at}: expected ${JSON.stringify(expected)?.slice(0, 200)}, got ${JSON.stringify(got)?.slice(0, 200)}`
}
