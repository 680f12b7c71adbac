/** Works out a YAQL tree. What the sandbox does not know fails with a text that names it. */
import { isMapping, pyStr } from '../../../python'
import { ExpressionProblem, NoMatch } from '../problem'
import { isTrue } from '../values'
import { EAGER, LAZY } from './functions'
import { binary } from './operators'
import type { Yaql } from './parse'
import type { Lambda, Named } from './types'

/** Functions that belong to the workflow, such as `ctx` and `result`. */
export type OwnFunctions = Record<string, (args: unknown[], named: Named) => unknown>

export interface Scope {
  functions: OwnFunctions
  /** `$` and `$name`. */
  variables: Record<string, unknown>
}

/** The value of an expression. Throws {@link ExpressionProblem}. */
export function evaluateYaql(tree: Yaql, scope: Scope): unknown {
  switch (tree.is) {
    case 'value':
    case 'word':
      return tree.value
    case 'variable':
      return scope.variables[tree.name] ?? null
    case 'list':
      return tree.items.map((item) => evaluateYaql(item, scope))
    case 'dict':
      return Object.fromEntries(tree.items.map((item) => pairOf(item, scope)))
    case 'member':
      return member(evaluateYaql(tree.of, scope), tree.name, tree.safe)
    case 'index':
      return indexed(evaluateYaql(tree.of, scope), tree.args.map((arg) => evaluateYaql(arg, scope)))
    case 'call':
      return call(tree, scope)
    case 'unary':
      return unary(tree.operator, evaluateYaql(tree.of, scope))
    case 'binary':
      return binaryOf(tree, scope)
    case 'pair':
      throw new ExpressionProblem('YaqlGrammarException', "the sandbox knows '=>' only in calls and dictionaries")
  }
}

function pairOf(item: Yaql, scope: Scope): [string, unknown] {
  if (item.is !== 'pair') throw noFunction('#map')
  return [pyStr(evaluateYaql(item.key, scope)), evaluateYaql(item.value, scope)]
}

const noFunction = (name: string): ExpressionProblem => new ExpressionProblem('NoMatchingFunctionException', `No function "${name}" matches supplied arguments`)

/** Of a list the members of each item. */
function member(of: unknown, name: string, safe: boolean): unknown {
  if (safe && of === null) return null
  if (Array.isArray(of)) return of.map((item) => member(item, name, safe))
  if (!isMapping(of)) throw new ExpressionProblem('NoFunctionRegisteredException', `Unknown function "#property#${name}"`)
  if (!Object.prototype.hasOwnProperty.call(of, name)) throw new ExpressionProblem('KeyError', name)
  return of[name]
}

function indexed(of: unknown, [key, instead]: unknown[]): unknown {
  if (isMapping(of)) {
    const name = pyStr(key)
    if (Object.prototype.hasOwnProperty.call(of, name)) return of[name]
    if (instead !== undefined) return instead
    throw new ExpressionProblem('KeyError', name)
  }
  if (!Array.isArray(of) || !['number', 'boolean'].includes(typeof key)) throw noFunction('#indexer')
  const at = Number(key) < 0 ? of.length + Number(key) : Number(key)
  if (at < 0 || at >= of.length) throw new ExpressionProblem('IndexError', 'tuple index out of range')
  return of[at]
}

function unary(operator: string, value: unknown): unknown {
  if (operator === 'not') return !isTrue(value)
  if (typeof value !== 'number') throw noFunction(`#unary_operator_${operator}`)
  return operator === '-' ? -value : value
}

function binaryOf({ operator, left, right }: Extract<Yaql, { is: 'binary' }>, scope: Scope): unknown {
  const first = evaluateYaql(left, scope)
  if (operator === 'and' || operator === 'or') return isTrue(first) === (operator === 'and') ? evaluateYaql(right, scope) : first
  try {
    return binary(operator, first, evaluateYaql(right, scope))
  } catch (error) {
    throw error instanceof NoMatch ? noFunction(`#operator_${operator}`) : error
  }
}

function call({ name, args, of, safe }: Extract<Yaql, { is: 'call' }>, scope: Scope): unknown {
  const receiver = of && { value: evaluateYaql(of, scope) }
  if (safe && receiver?.value === null) return null
  const own = receiver ? undefined : scope.functions[name]
  const [lazy, eager] = [LAZY[name], EAGER[name]]
  if (!own && !lazy && !eager) throw unknown(name, receiver)
  try {
    if (lazy && !own) return lazy(lambdas(args, receiver, scope))
    const { values, named } = argumentsOf(args, scope)
    return own ? own(values, named) : eager?.(receiver ? [receiver.value, ...values] : values, named)
  } catch (error) {
    throw error instanceof NoMatch ? unfit(name, receiver) : error
  }
}

/** StackStorm may well know it: the text says who does not. */
function unknown(name: string, receiver?: { value: unknown }): ExpressionProblem {
  const own = ' (the sandbox knows the commonly used ones)'
  if (receiver) return new ExpressionProblem('NoMethodRegisteredException', `Unknown method "${name}" for receiver ${pyStr(receiver.value)}${own}`)
  return new ExpressionProblem('NoFunctionRegisteredException', `Unknown function "${name}"${own}`)
}

function unfit(name: string, receiver?: { value: unknown }): ExpressionProblem {
  if (!receiver) return noFunction(name)
  return new ExpressionProblem('NoMatchingMethodException', `No method "${name}" for receiver ${pyStr(receiver.value)} matches supplied arguments`)
}

/** Pairs whose key is a bare word are named arguments. */
function argumentsOf(args: Yaql[], scope: Scope): { values: unknown[]; named: Named } {
  const values: unknown[] = []
  const named: Named = {}
  for (const arg of args) {
    if (arg.is === 'pair') named[pyStr(evaluateYaql(arg.key, scope))] = evaluateYaql(arg.value, scope)
    else values.push(evaluateYaql(arg, scope))
  }
  return { values, named }
}

function lambdas(args: Yaql[], receiver: { value: unknown } | undefined, scope: Scope): Lambda[] {
  const made = args.map((arg): Lambda => {
    const [body, key] = arg.is === 'pair' ? [arg.value, arg.key] : [arg, undefined]
    const given = (tree: Yaql) => (current?: unknown) => evaluateYaql(tree, current === undefined ? scope : { ...scope, variables: { ...scope.variables, '': current, '1': current } })
    return { value: given(body), ...(key && { key: given(key) }) }
  })
  return receiver ? [{ value: () => receiver.value }, ...made] : made
}
