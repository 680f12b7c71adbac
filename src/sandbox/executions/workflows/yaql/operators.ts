/** YAQL's operators between two values. */
import { isMapping } from '../../../python'
import { ExpressionProblem, NoMatch } from '../problem'
import { isEqual } from '../values'

type Operator = (left: unknown, right: unknown) => unknown

/** Throws {@link NoMatch} for values that the operator does not take. */
export function binary(operator: string, left: unknown, right: unknown): unknown {
  const work = OPERATORS[operator]
  if (!work) throw new NoMatch()
  return work(left, right)
}

const numbers =
  (work: (a: number, b: number) => unknown): Operator =>
  (left, right) => {
    if (typeof left !== 'number' || typeof right !== 'number') throw new NoMatch()
    return work(left, right)
  }

/** Numbers with numbers, texts with texts; null is less than all else. */
const ordered =
  (test: (order: number) => boolean): Operator =>
  (left, right) => {
    if (left === null || right === null) return test(Number(left !== null) - Number(right !== null))
    const comparable = (typeof left === 'number' && typeof right === 'number') || (typeof left === 'string' && typeof right === 'string')
    if (!comparable) throw new NoMatch()
    return test(left < right ? -1 : left > right ? 1 : 0)
  }

function nonZero(divisor: number): number {
  if (divisor === 0) throw new ExpressionProblem('ZeroDivisionError', 'integer division or modulo by zero')
  return divisor
}

const plus: Operator = (left, right) => {
  if (typeof left === 'number' && typeof right === 'number') return left + right
  if (typeof left === 'string' && typeof right === 'string') return left + right
  if (Array.isArray(left) && Array.isArray(right)) return [...(left as unknown[]), ...(right as unknown[])]
  if (isMapping(left) && isMapping(right)) return { ...left, ...right }
  throw new NoMatch()
}

const times: Operator = (left, right) => {
  if (typeof left === 'string' && typeof right === 'number') return left.repeat(Math.max(right, 0))
  return numbers((a, b) => a * b)(left, right)
}

const contains: Operator = (left, right) => {
  if (typeof right === 'string' && typeof left === 'string') return right.includes(left)
  if (Array.isArray(right)) return right.some((item) => isEqual(item, left))
  throw new NoMatch()
}

const matches: Operator = (left, right) => {
  if (typeof left !== 'string' || typeof right !== 'string') throw new NoMatch()
  return new RegExp(right).test(left)
}

const OPERATORS: Record<string, Operator> = {
  '=': isEqual,
  '!=': (left, right) => !isEqual(left, right),
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  in: contains,
  '+': plus,
  '-': numbers((a, b) => a - b),
  '*': times,
  // Whole numbers are divided without a rest, as in Python 2.
  '/': numbers((a, b) => (Number.isInteger(a) && Number.isInteger(b) ? Math.floor(a / nonZero(b)) : a / nonZero(b))),
  mod: numbers((a, b) => ((a % nonZero(b)) + b) % b),
  '=~': matches,
  '!~': (left, right) => !matches(left, right),
}
