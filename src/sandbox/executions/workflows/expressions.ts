/** Expressions in the values of a workflow: finds them, has them worked out, puts the results in their place. */
import { isMapping, pyStr } from '../../python'
import { parseExpression, TemplateSyntaxError } from '../expression'
import { evaluateExpression, UndefinedError } from '../template'
import { functionsFor, type Scope } from './functions'
import { ExpressionProblem } from './problem'
import { evaluateYaql } from './yaql/evaluate'
import { parseYaql } from './yaql/parse'

/** An expression failed; the message begins with the name of the error, as StackStorm tells it. */
export class EvaluationError extends Error {}

interface Language {
  name: 'yaql' | 'jinja'
  exception: string
  pattern: RegExp
  /** Characters that are cut from both ends. */
  delimiters: RegExp
  check: (expression: string) => void
  /** The value; undefined for a name that is not there, which Jinja leaves as it stands. */
  work: (expression: string, scope: Scope) => unknown
}

const YAQL: Language = {
  name: 'yaql',
  exception: 'YaqlEvaluationException',
  pattern: /<%.*?%>/g,
  delimiters: /^[<%>]+|[<%>]+$/g,
  check: (expression) => void parseYaql(expression),
  work: (expression, scope) => evaluateYaql(parseYaql(expression), { functions: functionsFor(scope), variables: {} }),
}

const JINJA: Language = {
  name: 'jinja',
  exception: 'JinjaEvaluationException',
  pattern: /\{\{.*?\}\}/g,
  delimiters: /^[{}]+|[{}]+$/g,
  check: (expression) => void parseExpression(expression),
  work: jinja,
}

function jinja(expression: string, scope: Scope): unknown {
  const functions = functionsFor(scope)
  const context = { lookUp: (name: string) => functions[name], decrypt: (cipher: string) => cipher }
  const found = evaluateExpression(parseExpression(expression), context)
  return 'missing' in found ? undefined : found.value
}

const BLOCK = /\{%.*?%\}/

/** The language of a text's expressions; undefined for a plain text. */
export function languageOf(text: string): Language | undefined {
  if (/<%.*?%>/.test(text)) return YAQL
  return isJinja(text) ? JINJA : undefined
}
const isJinja = (text: string): boolean => /\{\{.*?\}\}/.test(text) || BLOCK.test(text)

const stripped = (expression: string, { delimiters }: Language): string => expression.replace(delimiters, '').trim()
/** The expressions of a text, with their delimiters. */
export const expressionsIn = (text: string, language: Language): string[] => text.match(language.pattern) ?? []

/** What is wrong with the grammar of a text's expressions. */
export function grammarErrors(text: string): { type: string | null; expression: string; message: string }[] {
  const language = languageOf(text)
  if (!language) return []
  if (language === YAQL && isJinja(text)) return [{ type: null, expression: text, message: 'Expression with multiple types is not supported.' }]
  return expressionsIn(text, language).flatMap((expression) => {
    try {
      language.check(stripped(expression, language))
      return []
    } catch (error) {
      return [{ type: language.name, expression, message: (error as Error).message }]
    }
  })
}

/** A value of any sort with its expressions worked out. Throws {@link EvaluationError}. */
export function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope))
  if (isMapping(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [pyStr(evaluate(key, scope)), evaluate(member, scope)]))
  return typeof value === 'string' ? evaluateText(value, scope) : value
}

function evaluateText(text: string, scope: Scope): unknown {
  const language = languageOf(text)
  if (!language) return text
  if (language === JINJA && BLOCK.test(text)) throw new EvaluationError(`JinjaEvaluationException: Unable to evaluate expression '${text}'. The sandbox renders no statements ({% %})`)
  const output = expand(text, language, scope)
  const left = language === JINJA && typeof output === 'string' ? expressionsIn(output, JINJA).map((one) => stripped(one, JINJA)) : []
  if (left.length > 0) throw new EvaluationError(`JinjaEvaluationException: There are unresolved variables: ${left.join(', ')}`)
  return output
}

/** A text that an expression gives is looked through again. */
function expand(text: string, language: Language, scope: Scope): unknown {
  const expressions = expressionsIn(text, language)
  let output: unknown = text
  for (const expression of expressions) {
    let result = work(expression, language, scope)
    if (result === undefined) continue
    if (typeof result === 'string') result = expand(result, language, scope)
    const alone = expressions.length === 1 && text === expression
    output = alone ? result : String(output).split(expression).join(pyStr(result))
  }
  return output
}

function work(expression: string, language: Language, scope: Scope): unknown {
  try {
    return language.work(stripped(expression, language), scope)
  } catch (error) {
    throw new EvaluationError(`${language.exception}: ${complaint(expression, error)}`)
  }
}

function complaint(expression: string, error: unknown): string {
  const { message } = error as Error
  if (error instanceof ExpressionProblem && error.kind === 'KeyError') return `Unable to resolve key '${message}' in expression '${expression}' from context.`
  const kind = error instanceof ExpressionProblem ? error.kind : error instanceof UndefinedError ? 'UndefinedError' : error instanceof TemplateSyntaxError ? 'TemplateSyntaxError' : 'TypeError'
  return `Unable to evaluate expression '${expression}'. ${kind}: ${error instanceof ExpressionProblem ? message.replace(/^'+|'+$/g, '') : message}`
}
