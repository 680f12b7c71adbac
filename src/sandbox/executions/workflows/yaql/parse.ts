/**
 * Reads the YAQL that workflows of packs commonly use into a tree: literals, bare words, lists, dictionaries, calls, methods,
 * members, indexes, comparisons, arithmetic, `and`/`or`/`not`, `a => b` in calls. `evaluate.ts` works it out.
 */
import { tokenize, type Token } from './tokens'
import { ExpressionProblem } from '../problem'

export type Yaql =
  | { is: 'value'; value: unknown }
  /** A bare word: a text, or the name before `=>` in a call. */
  | { is: 'word'; value: string }
  | { is: 'variable'; name: string }
  | { is: 'member'; of: Yaql; name: string; safe: boolean }
  | { is: 'call'; name: string; args: Yaql[]; of?: Yaql; safe: boolean }
  | { is: 'index'; of: Yaql; args: Yaql[] }
  | { is: 'list'; items: Yaql[] }
  | { is: 'dict'; items: Yaql[] }
  | { is: 'pair'; key: Yaql; value: Yaql }
  | { is: 'unary'; operator: string; of: Yaql }
  | { is: 'binary'; operator: string; left: Yaql; right: Yaql }

/** From the weakest to the strongest; `not` stands between `and` and the comparisons. */
const LEVELS: readonly (readonly string[])[] = [['or'], ['and'], ['not'], ['>', '<', '>=', '<=', '!=', '=', 'in'], ['+', '-'], ['*', '/', 'mod'], ['=~', '!~']]
const CONSTANTS: Record<string, unknown> = { true: true, false: false, null: null }

/** Reads one expression; throws {@link ExpressionProblem} for what is no YAQL, or none that the sandbox knows. */
export function parseYaql(text: string): Yaql {
  const reader = new Reader(tokenize(text), text)
  const tree = reader.level(0)
  reader.end()
  return tree
}

class Reader {
  private at = 0
  constructor(
    private readonly tokens: Token[],
    private readonly text: string,
  ) {}

  end(): void {
    if (this.at < this.tokens.length) this.unexpected()
  }

  level(depth: number): Yaql {
    const operators = LEVELS[depth]
    if (!operators) return this.unary()
    if (operators[0] === 'not') return this.take('not') ? { is: 'unary', operator: 'not', of: this.level(depth) } : this.level(depth + 1)
    let left = this.level(depth + 1)
    for (let operator = this.takeOne(operators); operator; operator = this.takeOne(operators)) {
      left = { is: 'binary', operator, left, right: this.level(depth + 1) }
    }
    return left
  }

  private unary(): Yaql {
    const operator = this.takeOne(['-', '+'])
    return operator ? { is: 'unary', operator, of: this.unary() } : this.chain()
  }

  /** An atom and what hangs on it: `.member`, `.method()`, `[index]`. */
  private chain(): Yaql {
    let tree = this.atom()
    for (;;) {
      const dot = this.takeOne(['.', '?.'])
      if (dot) tree = this.afterDot(tree, dot === '?.')
      else if (this.take('[')) tree = { is: 'index', of: tree, args: this.list(']') }
      else return tree
    }
  }

  private afterDot(of: Yaql, safe: boolean): Yaql {
    const token = this.tokens[this.at++]
    if (token?.kind === 'call') return { is: 'call', name: token.text, args: this.list(')'), of, safe }
    if (token?.kind === 'word') return { is: 'member', of, name: token.text, safe }
    this.at--
    return this.unexpected()
  }

  private atom(): Yaql {
    const token = this.tokens[this.at++]
    switch (token?.kind) {
      case 'number':
        return { is: 'value', value: Number(token.text) }
      case 'string':
        return { is: 'value', value: token.text }
      case 'variable':
        return { is: 'variable', name: token.text }
      case 'call':
        return { is: 'call', name: token.text, args: this.list(')'), safe: false }
      case 'word':
        return token.text in CONSTANTS ? { is: 'value', value: CONSTANTS[token.text] } : { is: 'word', value: token.text }
      default:
        return this.bracketed(token)
    }
  }

  private bracketed(token: Token | undefined): Yaql {
    if (token?.text === '[') return { is: 'list', items: this.list(']') }
    if (token?.text === '{') return { is: 'dict', items: this.list('}') }
    if (token?.text !== '(') {
      this.at--
      return this.unexpected()
    }
    const inner = this.level(0)
    if (!this.take(')')) this.unexpected()
    return inner
  }

  private list(close: string): Yaql[] {
    const items: Yaql[] = []
    if (this.take(close)) return items
    do {
      const key = this.level(0)
      items.push(this.take('=>') ? { is: 'pair', key, value: this.level(0) } : key)
    } while (this.take(','))
    if (!this.take(close)) this.unexpected()
    return items
  }

  private take(text: string): boolean {
    const token = this.tokens[this.at]
    if (token?.kind !== 'sign' || token.text !== text) return false
    this.at++
    return true
  }
  private takeOne(texts: readonly string[]): string | undefined {
    return texts.find((text) => this.take(text))
  }

  private unexpected(): never {
    const token = this.tokens[this.at]
    if (!token) throw new ExpressionProblem('YaqlGrammarException', 'Parse error: unexpected end of statement')
    throw new ExpressionProblem('YaqlGrammarException', `Parse error: unexpected '${token.text}' at position ${token.at} of expression '${this.text}'`)
  }
}
