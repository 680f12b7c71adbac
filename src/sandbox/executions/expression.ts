/**
 * The part of Jinja's expressions that action metadata and callers use: names, attributes, literals, filters, arithmetic,
 * comparison, `a if b else c`. Reads a text into a tree; `template.ts` works it out.
 */

export type Expression =
  | { is: 'value'; value: unknown }
  | { is: 'name'; name: string }
  | { is: 'member'; of: Expression; key: Expression }
  | { is: 'filter'; of: Expression; name: string; args: Expression[] }
  | { is: 'list'; items: Expression[] }
  | { is: 'not'; of: Expression }
  | { is: 'binary'; operator: string; left: Expression; right: Expression }
  | { is: 'choice'; condition: Expression; yes: Expression; no: Expression }

/** The text is no expression that this reader knows. */
export class TemplateSyntaxError extends Error {}

interface Token {
  kind: 'number' | 'string' | 'name' | 'sign'
  text: string
}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|([A-Za-z_]\w*)|(==|!=|<=|>=|\/\/|\*\*|[-+*/%~<>|.,()[\]]))/y

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
    for (let operator = this.takeOne(operators); operator; operator = this.takeOne(operators)) {
      left = { is: 'binary', operator, left, right: this.level(depth + 1) }
    }
    return left
  }

  private unary(): Expression {
    if (this.take('-')) return { is: 'binary', operator: '-', left: { is: 'value', value: 0 }, right: this.unary() }
    return this.filtered(this.primary())
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
      } else return result
    }
  }

  private atom(token: Token): Expression {
    if (token.kind === 'number') return { is: 'value', value: Number(token.text) }
    if (token.kind === 'string') return { is: 'value', value: token.text }
    if (token.kind === 'name') return token.text in CONSTANTS ? { is: 'value', value: CONSTANTS[token.text] } : { is: 'name', name: token.text }
    if (token.text === '[') return { is: 'list', items: this.list(']') }
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
  private takeOne(texts: readonly string[]): string | undefined {
    return texts.find((text) => this.take(text))
  }
  private expect(text: string): void {
    if (!this.take(text)) throw new TemplateSyntaxError(`expected token '${text}', got '${this.tokens[this.at]?.text ?? 'end of print statement'}'`)
  }
}
