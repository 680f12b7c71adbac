/** Cuts a YAQL expression into its words and signs. */
import { ExpressionProblem } from '../problem'

export interface Token {
  /** `call`: a name with an opening bracket right behind it, which belongs to the token. */
  kind: 'number' | 'string' | 'variable' | 'call' | 'word' | 'sign'
  text: string
  at: number
}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)|\$(\w*)|([A-Za-z_]\w*)(\()?|(->|=>|<=|>=|!=|=~|!~|\?\.|[-+*/><=.,()[\]{}]))/y
const WORD_SIGNS = ['and', 'or', 'not', 'in', 'mod']

export function tokenize(expression: string): Token[] {
  const tokens: Token[] = []
  const text = expression.trimEnd()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const found = TOKEN.exec(text)
    if (!found) throw new ExpressionProblem('YaqlLexicalException', `Lexical error: illegal character '${text.slice(at).trim().charAt(0)}' at position ${at}`)
    tokens.push(...tokensOf(found, at))
  }
  return tokens
}

function tokensOf([, number, string, variable, name, bracket, sign]: RegExpExecArray, at: number): Token[] {
  if (number !== undefined) return [{ kind: 'number', text: number, at }]
  if (string !== undefined) return [{ kind: 'string', text: string.startsWith('`') ? string.slice(1, -1).replace(/\\`/g, '`') : unescape(string.slice(1, -1)), at }]
  if (variable !== undefined) return [{ kind: 'variable', text: variable, at }]
  if (name === undefined) return [{ kind: 'sign', text: sign ?? '', at }]
  if (WORD_SIGNS.includes(name)) return [{ kind: 'sign', text: name, at }, ...(bracket ? [{ kind: 'sign' as const, text: '(', at: at + name.length }] : [])]
  return [{ kind: bracket ? 'call' : 'word', text: name, at }]
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', '0': '\0' }

/** `\n`, `\t` ... and `\x41`, `\u0041` as Python reads them; a backslash before a quote or itself is dropped, before anything else it stays. */
function unescape(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\s\S])/g, (whole, code: string) => {
    if (code.length > 1) return String.fromCharCode(parseInt(code.slice(1), 16))
    return ESCAPES[code] ?? (/['"`\\]/.test(code) ? code : whole)
  })
}
