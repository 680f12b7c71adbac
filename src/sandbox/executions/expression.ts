/**
 * The part of Jinja's expressions that action metadata, callers and workflows use: names, attributes, calls, literals, filters,
 * tests, arithmetic, comparison, `a if b else c`. Reads a text into a tree; `template.ts` works it out.
 */

export type Expression =
  | { is: 'value'; value: unknown }
  | { is: 'name'; name: string }
  | { is: 'member'; of: Expression; key: Expression }
  | { is: 'filter'; of: Expression; name: string; args: Expression[] }
  | { is: 'list'; items: Expression[] }
  | { is: 'dict'; items: { key: Expression; value: Expression }[] }
  | { is: 'call'; of: Expression; args: Argument[] }
  | { is: 'test'; of: Expression; name: string }
  | { is: 'not'; of: Expression }
  | { is: 'binary'; operator: string; left: Expression; right: Expression }
  | { is: 'choice'; condition: Expression; yes: Expression; no: Expression }

/** One argument of a call, maybe with its name. */
export interface Argument {
  name?: string
  value: Expression
}

/** The text is no expression that this reader knows. */
export class TemplateSyntaxError extends Error {}

interface Token {
  kind: 'number' | 'string' | 'name' | 'sign'
  text: string
}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|([A-Za-z_]\w*)|(==|!=|<=|>=|\/\/|\*\*|[-+*/%~<>|.,:=(){}[\]]))/y

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  const trimmed = text.trim()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < trimmed.length) {
    const at = TOKEN.lastIndex
    const found = TOKEN.exec(trimmed)
    if (!found) throw new TemplateSyntaxError(`unexpected char '${trimmed[at]}' at ${at}`)
    const [, number, string, name, sign] = found
    if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (string !== undefined) tokens.push({ kind: 'string', text: unescape(string.slice(1, -1)) })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name })
    else tokens.push({ kind: 'sign', text: sign ?? '' })
  }
  return tokens
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r' }
const unescape = (text: string): string => text.replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char)

/** Operators from the weakest to the strongest. */
const LEVELS: readonly (readonly string[])[] = [['or'], ['and'], ['==', '!=', '<', '<=', '>', '>=', 'in'], ['~'], ['+', '-'], ['*', '/', '//', '%']]
const CONSTANTS: Record<string, unknown> = { true: true, True: true, false: false, False: false, none: null, None: null }

/** Reads one expression; throws {@link TemplateSyntaxError}. */
export function parseExpression(text: string): Expression {
  const reader = new Reader(tokenize(text))
  const expression = reader.choice()
  reader.end()
  return expression
}

class Reader {
  private at = 0
  constructor(private readonly tokens: Token[]) {}

  end(): void {
    if (this.at < this.tokens.length) throw new TemplateSyntaxError(`expected token 'end of print statement', got '${this.tokens[this.at]?.text}'`)
  }

  choice(): Expression {
    const yes = this.level(0)
    if (!this.take('if')) return yes
    const condition = this.level(0)
    const no: Expression = this.take('else') ? this.choice() : { is: 'value', value: '' }
    return { is: 'choice', condition, yes, no }
  }

  private level(depth: number): Expression {
    const operators = LEVELS[depth]
    if (!operators) return this.unary()
    if (depth === 2 && this.take('not')) return { is: 'not', of: this.level(depth) }
    let left = this.level(depth + 1)
    for (;;) {
      const operator = this.takeOne(operators)
      if (operator) left = { is: 'binary', operator, left, right: this.level(depth + 1) }
      else if (depth === 2 && this.takePair('not', 'in')) left = { is: 'not', of: { is: 'binary', operator: 'in', left, right: this.level(depth + 1) } }
      else return left
    }
  }

  private unary(): Expression {
    if (this.take('-')) return { is: 'binary', operator: '-', left: { is: 'value', value: 0 }, right: this.unary() }
    return this.tested(this.filtered(this.primary()))
  }

  /** `is defined`, `is not none` ... */
  private tested(of: Expression): Expression {
    if (!this.take('is')) return of
    const negated = this.take('not')
    const test: Expression = { is: 'test', of, name: this.name() }
    return negated ? { is: 'not', of: test } : test
  }

  private filtered(of: Expression): Expression {
    let result = of
    while (this.take('|')) {
      const name = this.name()
      result = { is: 'filter', of: result, name, args: this.take('(') ? this.list(')') : [] }
    }
    return result
  }

  private primary(): Expression {
    const token = this.tokens[this.at++]
    if (!token) throw new TemplateSyntaxError("Expected an expression, got 'end of print statement'")
    let result = this.atom(token)
    for (;;) {
      if (this.take('.')) result = { is: 'member', of: result, key: { is: 'value', value: this.name() } }
      else if (this.take('[')) {
        result = { is: 'member', of: result, key: this.choice() }
        this.expect(']')
      } else if (this.take('(')) result = { is: 'call', of: result, args: this.callArguments() }
      else return result
    }
  }

  private atom(token: Token): Expression {
    if (token.kind === 'number') return { is: 'value', value: Number(token.text) }
    if (token.kind === 'string') return { is: 'value', value: token.text }
    if (token.kind === 'name') return token.text in CONSTANTS ? { is: 'value', value: CONSTANTS[token.text] } : { is: 'name', name: token.text }
    if (token.text === '[') return { is: 'list', items: this.list(']') }
    if (token.text === '{') return { is: 'dict', items: this.members() }
    if (token.text !== '(') throw new TemplateSyntaxError(`unexpected '${token.text}'`)
    const inner = this.choice()
    this.expect(')')
    return inner
  }

  private list(close: string): Expression[] {
    const items: Expression[] = []
    while (!this.take(close)) {
      items.push(this.choice())
      if (!this.take(',')) {
        this.expect(close)
        break
      }
    }
    return items
  }

  private members(): { key: Expression; value: Expression }[] {
    const items: { key: Expression; value: Expression }[] = []
    while (!this.take('}')) {
      if (items.length > 0) this.expect(',')
      const key = this.choice()
      this.expect(':')
      items.push({ key, value: this.choice() })
    }
    return items
  }

  private callArguments(): Argument[] {
    const args: Argument[] = []
    while (!this.take(')')) {
      if (args.length > 0) this.expect(',')
      const value = this.choice()
      args.push(value.is === 'name' && this.take('=') ? { name: value.name, value: this.choice() } : { value })
    }
    return args
  }

  private name(): string {
    const token = this.tokens[this.at++]
    if (token?.kind !== 'name' && token?.kind !== 'number') throw new TemplateSyntaxError(`expected token 'name', got '${token?.text ?? 'end of print statement'}'`)
    return token.text
  }

  private take(text: string): boolean {
    const token = this.tokens[this.at]
    if (token?.text !== text || token.kind === 'string' || token.kind === 'number') return false
    this.at++
    return true
  }
  private takePair(first: string, second: string): boolean {
    if (this.tokens[this.at + 1]?.text !== second || !this.take(first)) return false
    return this.take(second)
  }
  private takeOne(texts: readonly string[]): string | undefined {
    return texts.find((text) => this.take(text))
  }
  private expect(text: string): void {
    if (!this.take(text)) throw new TemplateSyntaxError(`expected token '${text}', got '${this.tokens[this.at]?.text ?? 'end of print statement'}'`)
  }
}
