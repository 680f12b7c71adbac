/** GET /v1/executions: filters, order, pages. */
import { Fault, type Handler, type SandboxRequest } from '../types'
import type { Execution } from './model'
import { pager, parameter, showsSecrets, sortBy } from './query'
import { executionsOf } from './records'
import { parseTime } from './time'
import { readSelection, viewExecution } from './view'

/** Filters and the member that each looks at. */
const FILTERS: Record<string, (execution: Execution) => unknown> = {
  action: ({ action }) => action.ref,
  status: ({ status }) => status,
  liveaction: ({ liveaction }) => liveaction.id,
  parent: ({ parent }) => parent,
  rule: ({ rule }) => rule?.name,
  runner: ({ runner }) => runner.name,
  timestamp: ({ start_timestamp }) => start_timestamp,
  trigger: ({ trigger }) => trigger?.name,
  trigger_type: ({ trigger_type }) => trigger_type?.name,
  trigger_instance: ({ trigger_instance }) => trigger_instance?.id,
  user: ({ context }) => context.user,
}
const SORT_KEYS: Record<string, (execution: Execution) => unknown> = { ...FILTERS, id: ({ id }) => id, timestamp_gt: FILTERS.timestamp as never, timestamp_lt: FILTERS.timestamp as never }

export const listExecutions: Handler = (request, sandbox) => {
  const { traits } = sandbox
  const cut = pager(request, 100)
  const selection = readSelection(request, traits, true)
  const found = order(request, executionsOf(sandbox).all().filter(filterOf(request)))
  const { items, headers } = cut(found)
  return { status: 200, json: items.map((one) => viewExecution(one, { ...selection, showSecrets: showsSecrets(request), traits })), headers }
}

/** What the request's filters let through; empty values are no filter. `parent=null` is: without a parent. */
function filterOf(request: SandboxRequest): (execution: Execution) => boolean {
  const wanted = Object.keys(FILTERS).flatMap((name) => {
    const value = parameter(request, name)
    return value ? [{ member: FILTERS[name], value }] : []
  })
  const ids = parameter(request, 'id')?.split(',').filter(Boolean) ?? []
  const after = timeParameter(request, 'timestamp_gt')
  const before = timeParameter(request, 'timestamp_lt')
  return (execution) =>
    wanted.every(({ member, value }) => (member?.(execution) ?? 'null') === value) &&
    (ids.length === 0 || ids.includes(execution.id)) &&
    (after === undefined || execution.start_timestamp > after) &&
    (before === undefined || execution.start_timestamp < before)
}

function timeParameter(request: SandboxRequest, name: string): string | undefined {
  const text = parameter(request, name)
  if (!text) return undefined
  const time = parseTime(text)
  if (time === undefined) throw new Fault(400, 'Datetime value does not match expected format.')
  return time
}

/** Newest first, unless asked otherwise: `sort_asc`, a lower bound in time without an upper one, or a `sort` by a filter's name. */
function order(request: SandboxRequest, executions: Execution[]): Execution[] {
  const keys = (parameter(request, 'sort') ?? '').split(',').filter((key) => key.replace(/^[-+ ]/, '') in SORT_KEYS)
  if (keys.length > 0) return sortBy(executions, keys, (execution, key) => SORT_KEYS[key]?.(execution))
  const has = (name: string): boolean => Boolean(parameter(request, name))
  const descending = has('timestamp_lt') || has('sort_desc')
  const ascending = !descending && (has('timestamp_gt') || has('sort_asc'))
  return sortBy(executions, [ascending ? 'timestamp' : '-timestamp', 'action'], (execution, key) => FILTERS[key]?.(execution))
}

/** GET /v1/executions/views/filters: the values that are there for each filter. */
export const executionFilters: Handler = (request, sandbox) => {
  const types = parameter(request, 'types')
  const nullable = ['rule', 'trigger', 'trigger_type']
  const names = ['action', 'status', 'rule', 'runner', 'trigger', 'trigger_type', 'user'].filter((name) => !types || types.includes(name))
  const valuesOf = (name: string): unknown[] => {
    const values = executionsOf(sandbox).all().map((execution) => FILTERS[name]?.(execution) ?? null)
    return [...new Set(values)].filter((value) => value !== null || nullable.includes(name)).sort()
  }
  return { status: 200, json: Object.fromEntries(names.map((name) => [name, valuesOf(name)])) }
}
