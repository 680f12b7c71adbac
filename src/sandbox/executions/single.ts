/** One execution: read whole or in part, its output, result, children, attributes. */
import { Fault, type Handler, type Sandbox, type SandboxRequest } from '../types'
import { lacking } from '../auth/permissions'
import { engineOf } from './engine'
import type { Execution } from './model'
import { booleanParameter, integerParameter } from '../http/parameters'
import { parameter, showsSecrets } from './query'
import { executionsOf } from './records'
import { readSelection, viewExecution } from './view'

/** The execution that a path names, for a caller with this permission; throws the 404 or 403. */
export function executionFrom({ params, caller }: SandboxRequest, sandbox: Sandbox, permission = 'execution_view'): Execution {
  const id = params.id ?? ''
  const execution = executionsOf(sandbox).get(id)
  if (!execution) throw new Fault(404, `Unable to identify resource with id "${id}".`)
  if (!caller.isAdmin) throw lacking(caller.user, permission, `execution:${id}`)
  return execution
}

/** Like {@link executionFrom}; `last` stands for the newest one. */
function executionOrLast(request: SandboxRequest, sandbox: Sandbox): Execution {
  if (request.params.id !== 'last') return executionFrom(request, sandbox)
  const last = executionsOf(sandbox).all().pop()
  if (!last) throw new Fault(400, 'No executions found in the database')
  return last
}

const LARGEST_RESULT = 14 * 1024 * 1024

export const getExecution: Handler = (request, sandbox) => {
  const { traits } = sandbox
  const limit = integerParameter(request.query, 'max_result_size', 0)
  if (limit < 0) throw new Fault(400, 'max_result_size must be a positive number')
  if (limit > LARGEST_RESULT) throw new Fault(400, 'max_result_size query parameter must be smaller than 14 MB')
  const selection = readSelection(request, traits, false)
  const execution = executionOrLast(request, sandbox)
  const tooLarge = limit > 0 && traits.executionResultSize && (execution.result_size ?? 0) > limit
  const shown = tooLarge ? { ...execution, result: undefined } : execution
  return { status: 200, json: viewExecution(shown, { ...selection, showSecrets: showsSecrets(request), traits }) }
}

export const getOutput: Handler = (request, sandbox) => {
  const { id } = executionOrLast(request, sandbox)
  const type = parameter(request, 'output_type') ?? 'all'
  const text = type === 'all' || type === '' ? engineOf(sandbox).output.read(id) : engineOf(sandbox).output.read(id, type as 'stdout')
  return { status: 200, text, contentType: 'text/plain; charset=UTF-8' }
}

export const getResult: Handler = (request, sandbox) => {
  const id = request.params.id ?? ''
  const execution = executionsOf(sandbox).get(id)
  if (!sandbox.traits.executionResultSize || !execution) throw new Fault(404, 'The resource could not be found.')
  const text = JSON.stringify(execution.result ?? {}, null, booleanParameter(request.query, 'pretty_format') ? 2 : 0)
  const headers = booleanParameter(request.query, 'download') ? { 'Content-Disposition': `attachment; filename=execution_${id}_result.json` } : undefined
  return { status: 200, text, contentType: 'text/json', headers }
}

const ATTRIBUTES = ['result', 'trigger_instance', 'status'] as const

export const getAttribute: Handler = (request, sandbox) => {
  const attribute = ATTRIBUTES.find((name) => name === request.params.attribute)
  if (!attribute) throw new Fault(400, `Invalid attribute "${request.params.attribute}" specified. Valid attributes are: ${ATTRIBUTES.join(', ')}`)
  const execution = executionsOf(sandbox).get(request.params.id ?? '')
  if (!execution) throw new Fault(500, 'Internal Server Error')
  return { status: 200, json: execution[attribute] ?? {} }
}

/** All descendants, each before its own; `depth` limits how far down. Attributes cannot be chosen here. */
export const getChildren: Handler = (request, sandbox) => {
  const { id } = executionFrom(request, sandbox)
  const depth = Number(parameter(request, 'depth') ?? -1)
  const options = { showSecrets: showsSecrets(request), traits: sandbox.traits }
  return { status: 200, json: descendants(sandbox, id, depth, 1).map((one) => viewExecution(one, options)) }
}

function descendants(sandbox: Sandbox, parent: string, depth: number, level: number): Execution[] {
  const children = executionsOf(sandbox).all().filter((execution) => execution.parent === parent)
  children.sort((a, b) => (a.start_timestamp < b.start_timestamp ? -1 : 1))
  return children.flatMap((child) => [child, ...(level === depth ? [] : descendants(sandbox, child.id, depth, level + 1))])
}
