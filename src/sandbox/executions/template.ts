/**
 * Renders `{{ ... }}` in parameters as StackStorm does before an action runs. Only expressions: statements (`{% %}`) and most
 * filters are not known here, and a template that uses them fails the execution with a text that says so.
 */
import { pyJson, pyStr } from '../python'
import { parseExpression, TemplateSyntaxError, type Expression } from './expression'
import { METHODS, type Callable } from './template-methods'

/** Looked up when the text is needed, such as a datastore key whose name grows with each dot. */
export interface Lazy {
  /** The value for `.key`. */
  member(key: string): unknown
  toText(): string
  /** The datastore key's name, for the message of {@link Filters.decrypt_kv}. */
  readonly label: string
}

export interface TemplateContext {
  /** The value of a top-level name; throws when there is none. */
  lookUp(name: string): unknown
  decrypt(cipher: string): string
}

/** A template's parts: plain text and expressions in turn. */
export type Template = (string | Expression)[]

/** Does StackStorm look at this value as a template at all? */
export function isTemplate(value: unknown): value is string {
  return typeof value === 'string' && (value.includes('{{') || value.includes('{%'))
}

/** Reads a template; throws {@link TemplateSyntaxError}. */
export function parseTemplate(text: string): Template {
  const template: Template = []
  const rest = text.replace(/\{#[\s\S]*?#\}/g, '')
  if (rest.includes('{%')) throw new TemplateSyntaxError('the sandbox renders no statements ({% %})')
  let at = 0
  for (const found of rest.matchAll(/\{\{-?((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^'"])*?)-?\}\}/g)) {
    template.push(rest.slice(at, found.index), parseExpression(found[1] ?? ''))
    at = (found.index ?? 0) + found[0].length
  }
  const tail = rest.slice(at)
  if (tail.includes('{{')) throw new TemplateSyntaxError("unexpected end of template, expected 'end of print statement'.")
  return [...template, tail].filter((part) => part !== '')
}

/** The top-level names that a template needs. */
export function namesIn(template: Template): string[] {
  const names = new Set<string>()
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(visit)
    else if (typeof part === 'object' && part !== null) {
      const node = part as Expression
      if (node.is === 'name') names.add(node.name)
      else if (node.is !== 'value') Object.values(node).forEach(visit)
    }
  }
  visit(template)
  return [...names]
}

/** The text that a template gives. Throws what Jinja would say of an unknown name or attribute. */
export function renderTemplate(template: Template, context: TemplateContext): string {
  return template.map((part) => (typeof part === 'string' ? part : asText(evaluate(part, context)))).join('')
}

/** The value of one expression, with its type; `missing` when it names what is not there. Throws as {@link renderTemplate}. */
export function evaluateExpression(expression: Expression, context: TemplateContext): { value: unknown } | { missing: string } {
  const value = evaluate(expression, context)
  if (value instanceof Missing) return { missing: value.complaint }
  return { value: isLazy(value) ? value.toText() : value }
}

/** What Jinja calls the error for {@link Missing}. */
export class UndefinedError extends Error {}

/** A name or attribute that is not there: an error unless `default` or a test catches it. */
class Missing {
  constructor(readonly complaint: string) {}
}

const isLazy = (value: unknown): value is Lazy => typeof value === 'object' && value !== null && 'toText' in value

function asText(value: unknown): string {
  if (value instanceof Missing) throw new UndefinedError(value.complaint)
  return isLazy(value) ? value.toText() : pyStr(value)
}

function evaluate(node: Expression, context: TemplateContext): unknown {
  switch (node.is) {
    case 'value':
      return node.value
    case 'name':
      return context.lookUp(node.name)
    case 'list':
      return node.items.map((item) => plain(item, context))
    case 'dict':
      return Object.fromEntries(node.items.map(({ key, value }) => [pyStr(plain(key, context)), plain(value, context)]))
    case 'call':
      return call(node, context)
    case 'test':
      return test(node, context)
    case 'not':
      return !isTrue(plain(node.of, context))
    case 'choice':
      return evaluate(isTrue(plain(node.condition, context)) ? node.yes : node.no, context)
    case 'member':
      return memberOf(evaluate(node.of, context), plain(node.key, context))
    case 'filter':
      return applyFilter(node, context)
    case 'binary':
      return binary(node, context)
  }
}

/** A value to count or compare with: what is missing is an error here, what is lazy is looked up. */
function plain(node: Expression, context: TemplateContext): unknown {
  const value = evaluate(node, context)
  if (value instanceof Missing) throw new UndefinedError(value.complaint)
  return isLazy(value) ? value.toText() : value
}

/** A function of the context, or a method of a value. */
function call({ of, args }: Extract<Expression, { is: 'call' }>, context: TemplateContext): unknown {
  const [values, named] = [args.filter(({ name }) => name === undefined), args.filter(({ name }) => name !== undefined)]
  const given = values.map(({ value }) => plain(value, context))
  const options: Record<string, unknown> = Object.fromEntries(named.map(({ name = '', value }) => [name, plain(value, context)]))
  if (of.is !== 'member') {
    const callee = of.is === 'name' ? context.lookUp(of.name) : undefined
    if (typeof callee === 'function') return (callee as Callable)(given, options)
    throw new UndefinedError(`'${of.is === 'name' ? of.name : of.is}' is undefined`)
  }
  const method = METHODS[String(plain(of.key, context))]
  if (!method) throw new Error(`the sandbox knows no method '${String(plain(of.key, context))}'`)
  return method(plain(of.of, context), given)
}

function test({ of, name }: Extract<Expression, { is: 'test' }>, context: TemplateContext): boolean {
  if (name === 'defined' || name === 'undefined') return evaluate(of, context) instanceof Missing === (name === 'undefined')
  const value = plain(of, context)
  if (name === 'none') return value === null
  if (name === 'string' || name === 'number') return typeof value === name
  if (name === 'mapping') return typeof value === 'object' && value !== null && !Array.isArray(value)
  if (name === 'iterable' || name === 'sequence') return typeof value === 'string' || (typeof value === 'object' && value !== null)
  throw new Error(`the sandbox knows no test '${name}'`)
}

function memberOf(of: unknown, key: unknown): unknown {
  if (of instanceof Missing) throw new UndefinedError(of.complaint)
  if (isLazy(of)) return of.member(String(key))
  const found = typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[String(key)] : undefined
  return found === undefined ? new Missing(`'${Array.isArray(of) ? 'list' : 'dict'} object' has no attribute '${String(key)}'`) : found
}

function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

function binary(node: Extract<Expression, { is: 'binary' }>, context: TemplateContext): unknown {
  const left = plain(node.left, context)
  if (node.operator === 'and') return isTrue(left) ? plain(node.right, context) : left
  if (node.operator === 'or') return isTrue(left) ? left : plain(node.right, context)
  return OPERATORS[node.operator]?.(left, plain(node.right, context))
}

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-argument -- values of a template have no type */
const OPERATORS: Record<string, (a: any, b: any) => unknown> = {
  '==': (a, b) => JSON.stringify(a) === JSON.stringify(b),
  '!=': (a, b) => JSON.stringify(a) !== JSON.stringify(b),
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  in: (a, b) => (Array.isArray(b) || typeof b === 'string' ? b.includes(a) : a in b),
  '~': (a, b) => pyStr(a) + pyStr(b),
  '+': (a, b) => (Array.isArray(a) ? a.concat(b) : a + b),
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': (a, b) => Math.floor(a / b),
  '%': (a, b) => ((a % b) + b) % b,
}
/* eslint-enable */

type Filter = (value: unknown, args: unknown[], context: TemplateContext) => unknown

const FILTERS: Record<string, Filter> = {
  default: (value, [instead, alsoEmpty]) => (value instanceof Missing || (alsoEmpty && !isTrue(isLazy(value) ? value.toText() : value)) ? (instead ?? '') : value),
  decrypt_kv: (value, _args, context) => decrypt(value, context),
  tojson: (value) => toJson(value),
  to_json_string: (value) => toJson(value),
  to_complex: (value) => toJson(value),
  string: (value) => asText(value),
  int: (value) => Math.trunc(Number(asText(value))) || 0,
  upper: (value) => asText(value).toUpperCase(),
  lower: (value) => asText(value).toLowerCase(),
  trim: (value) => asText(value).trim(),
  replace: (value, [old, replacement]) => asText(value).split(String(old)).join(String(replacement)),
  join: (value, [separator]) => (value as unknown[]).map(asText).join(String((separator as string | undefined) ?? '')),
  first: (value) => (value as unknown[])[0],
  last: (value) => (value as unknown[])[(value as unknown[]).length - 1],
  list: (value) => (Array.isArray(value) ? (value as unknown[]) : typeof value === 'string' ? [...value] : Object.keys(value as object)),
  length: (value) => (isLazy(value) || typeof value === 'string' ? asText(value).length : Object.keys(value as object).length),
}
FILTERS.d = FILTERS.default as Filter

function applyFilter(node: Extract<Expression, { is: 'filter' }>, context: TemplateContext): unknown {
  const filter = FILTERS[node.name] ?? ownFilter(context.lookUp(node.name))
  if (!filter) throw new Error(`the sandbox knows no filter '${node.name}'`)
  const value = evaluate(node.of, context)
  if (value instanceof Missing && filter !== FILTERS.default) throw new UndefinedError(value.complaint)
  return filter(value, node.args.map((arg) => plain(arg, context)), context)
}

/** Functions of the context are filters too. */
function ownFilter(found: unknown): Filter | undefined {
  return typeof found === 'function' ? (value, args) => (found as Callable)([isLazy(value) ? value.toText() : value, ...args], {}) : undefined
}

function decrypt(value: unknown, context: TemplateContext): string {
  const text = asText(value)
  if (isLazy(value) && text === '') throw new Error(`Referenced datastore item "${value.label}" doesn't exist or it contains an empty string`)
  return context.decrypt(text)
}

function toJson(value: unknown): string {
  return pyJson(isLazy(value) ? value.toText() : value)
}
