/** What StackStorm checks of a rule beyond its schema: the trigger's parameters and the operators of its criteria. */
import { pyRepr } from '../python'
import { Fault, type Sandbox } from '../types'
import type { Json } from './documents'
import { triggerTypeByRef } from './trigger-service'
import { cleaned } from './validation'

/** The operators that criteria may use, in StackStorm's order: its error text lists them. */
const OPERATORS = [
  'matchwildcard', 'matchregex', 'regex', 'iregex', 'eq', 'equals', 'neq', 'nequals', 'ieq', 'iequals', 'contains', 'icontains', 'ncontains', 'incontains',
  'startswith', 'istartswith', 'endswith', 'iendswith', 'lt', 'lessthan', 'gt', 'greaterthan', 'td_lt', 'timediff_lt', 'td_gt', 'timediff_gt',
  'exists', 'nexists', 'inside', 'in', 'ninside', 'nin', 'search',
]

/** Throws a 400 for a criterion without a known operator or without a pattern. */
export function checkCriteria(criteria: Json): void {
  for (const [field, criterion] of Object.entries(criteria)) {
    const { type, pattern } = (criterion ?? {}) as { type?: string; pattern?: unknown }
    if (type === undefined || type === null) throw new Fault(400, `Operator not specified for field: ${field}`)
    if (!OPERATORS.includes(type)) throw new Fault(400, `For field: ${field}, operator ${type} not in list of allowed operators: ${pyRepr(OPERATORS)}`)
    if (pattern === undefined || pattern === null) throw new Fault(400, `For field: ${field}, no pattern specified for operator ${type}`)
  }
}

const CRON_TIMER = 'core.st2.CronTimer'

/** Throws a schema fault when the parameters do not fit the trigger type; a type that is not there is not checked here. */
export function checkTriggerParameters(sandbox: Sandbox, type: string, parameters: Json): void {
  const schema = triggerTypeByRef(sandbox, type)?.parameters_schema
  if (!schema || Object.keys(schema).length === 0) return
  cleaned(schema, parameters, sandbox.traits)
  if (type === CRON_TIMER) checkCron(parameters)
}

const CRON_WORDS: Record<string, RegExp> = {
  day: /^(?:last|(?:1st|2nd|3rd|4th|5th|last) +(?:mon|tue|wed|thu|fri|sat|sun))$/i,
  month: /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))?$/i,
  day_of_week: /^(?:mon|tue|wed|thu|fri|sat|sun)(?:-(?:mon|tue|wed|thu|fri|sat|sun))?$/i,
}

/** The expressions of a cron timer may be numbers, ranges, steps, `*` and, for some fields, names. */
function checkCron(parameters: Json): void {
  for (const [field, value] of Object.entries(parameters)) {
    if (typeof value !== 'string' || field === 'timezone') continue
    for (const part of value.split(',').map((one) => one.trim())) {
      if (/^(?:\*|\d+(?:-\d+)?)(?:\/\d+)?$/.test(part) || CRON_WORDS[field]?.test(part)) continue
      throw new Fault(400, `Unrecognized expression "${part}" for field "${field}"`)
    }
  }
}
