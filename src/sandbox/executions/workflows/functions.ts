/**
 * The functions that workflows add to YAQL and Jinja: what the context, the task and its result are, the datastore, and conversions.
 * Knowledge: running-on-stackstorm.md section 3; texts of errors as orquesta 1.2.0 gives them.
 */
import * as path from 'path'
import { dumpYaml, parseYaml } from '../../content/yaml'
import { isMapping, pyJson, pyRegExp, pyStr } from '../../python'
import { COMPLETED, type Json } from '../model'
import { ExpressionProblem } from './problem'

/** What an expression of a workflow can see. */
export interface Scope {
  /** The context: input, vars, what was published, `st2`. */
  variables: Json
  /** The task whose expression it is, once there is one; the result once it has ended. */
  task?: { name: string; status: string; result: unknown }
  /** Of a task with items: the item at hand. */
  item?: { value: unknown }
  /** Status of another task, seen from this one; `null` for one that did not run. */
  statusOf: (task: string) => string
  /** A value of the datastore for the workflow's user; undefined when there is no such key. */
  datastore: (key: string, decrypt: boolean) => unknown
}

export type OwnFunctions = Record<string, (args: unknown[], named: Json) => unknown>

const evaluation = (text: string): ExpressionProblem => new ExpressionProblem('ExpressionEvaluationException', text)

/** The functions for one scope. */
export function functionsFor(scope: Scope): OwnFunctions {
  return { ...CONVERSIONS, ...ofTask(scope), ctx: ([name]) => variable(scope, name), st2kv: ([key], named) => datastore(scope, key, named) }
}

function variable({ variables }: Scope, name: unknown): unknown {
  if (name === undefined || name === '') return variables
  const key = pyStr(name)
  if (!Object.prototype.hasOwnProperty.call(variables, key)) throw new ExpressionProblem('VariableUndefinedError', `The variable "${key}" is undefined.`)
  return variables[key]
}

function ofTask({ task, item, statusOf }: Scope): OwnFunctions {
  const current = (): NonNullable<Scope['task']> => {
    if (!task) throw evaluation('The current task is not set in the context.')
    return task
  }
  return {
    succeeded: () => current().status === 'succeeded',
    failed: () => current().status === 'failed',
    completed: () => (COMPLETED as readonly string[]).includes(current().status),
    result: () => current().result ?? null,
    task_status: ([name]) => statusOf(pyStr(name)),
    item: ([key]) => itemOf(item, key),
  }
}

function itemOf(item: Scope['item'], key: unknown): unknown {
  if (!item) throw new ExpressionProblem('KeyError', '__current_item')
  if (key === undefined) return item.value
  if (!isMapping(item.value)) throw evaluation('Item is not type of collections.Mapping.')
  const name = pyStr(key)
  if (!(name in item.value)) throw evaluation(`Item does not have key "${name}".`)
  return item.value[name]
}

function datastore(scope: Scope, key: unknown, named: Json): unknown {
  if (typeof key !== 'string') throw new ExpressionProblem('TypeError', 'Given key is not typeof string.')
  const { decrypt = false } = named
  if (typeof decrypt !== 'boolean') throw new ExpressionProblem('TypeError', 'Decrypt parameter is not typeof bool.')
  const value = scope.datastore(key, decrypt)
  if (value !== undefined) return value
  if ('default' in named) return named.default
  throw evaluation(`The key "${key.replace(/^(system|user)\./, '')}" does not exist in the StackStorm datastore.`)
}

function fromJson(value: unknown): unknown {
  if (isMapping(value)) return value
  if (typeof value !== 'string') throw new ExpressionProblem('TypeError', 'Given object is not typeof string.')
  try {
    return JSON.parse(value) as unknown
  } catch (error) {
    throw new ExpressionProblem('JSONDecodeError', (error as Error).message)
  }
}

/** Lists become one list of rows; what is shorter is filled up with null, or `pad`. */
function zip(args: unknown[], { pad = null }: Json): unknown {
  const lists = args.map((arg) => (arg ?? []) as unknown[])
  if (lists.length === 1) return lists[0]
  return Array.from({ length: Math.max(0, ...lists.map((list) => list.length)) }, (_, index) => lists.map((list) => (index < list.length ? list[index] : pad)))
}

const CONVERSIONS: OwnFunctions = {
  json: ([value]) => fromJson(value),
  json_parse: ([value]) => fromJson(value),
  from_json_string: ([value]) => fromJson(value),
  json_dump: ([value], { indent }) => pyJson(value, indent as number | undefined),
  to_json_string: ([value], { indent }) => pyJson(value, indent as number | undefined),
  json_escape: ([value]) => JSON.stringify(pyStr(value)).slice(1, -1),
  yaml_parse: ([value]) => parseYaml(pyStr(value)),
  from_yaml_string: ([value]) => parseYaml(pyStr(value)),
  yaml_dump: ([value]) => dumpYaml(value),
  to_yaml_string: ([value]) => dumpYaml(value),
  basename: ([value]) => pyStr(value).split('/').pop(),
  dirname: ([value]) => (pyStr(value).includes('/') ? path.posix.dirname(pyStr(value)) : ''),
  regex_match: ([value, pattern]) => pyRegExp(`^(?:${pyStr(pattern)})`).test(pyStr(value)),
  regex_search: ([value, pattern]) => pyRegExp(pyStr(pattern)).test(pyStr(value)),
  regex_replace: ([value, pattern, replacement]) => pyStr(value).replace(new RegExp(pyRegExp(pyStr(pattern)).source, 'g'), pyStr(replacement)),
  regex_substring: ([value, pattern]) => pyRegExp(pyStr(pattern)).exec(pyStr(value))?.[0] ?? null,
  zip,
}
