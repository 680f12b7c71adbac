/** `/actions/views`: parameters merged with the runner's, the overview with them, the text of an entry point. */
import * as fs from 'fs'
import * as path from 'path'
import { Fault, type Handler, type Reply, type Route, type Sandbox } from '../types'
import { mergedParameters } from './actions'
import { found, ok, permit } from './answers'
import { actionByRef, actions, runnerByName, type ActionDoc, type Json } from './documents'
import { listReply, type ListRules } from './listing'

const OVERVIEW: ListRules<ActionDoc> = {
  filters: { name: ({ name }) => name },
  order: ['pack', 'name'],
  sortable: [],
  fields: ['id', 'uid', 'ref', 'name', 'pack', 'description', 'metadata_file', 'tags', 'enabled', 'entry_point', 'runner_type', 'parameters', 'output_schema', 'notify'],
  always: ['id', 'ref'],
}

const withRunner = (sandbox: Sandbox, action: ActionDoc): Json => mergedParameters(action, runnerByName(sandbox, action.runner_type)?.runner_parameters ?? {})
const overview = (sandbox: Sandbox, action: ActionDoc): Json => ({ ...action, parameters: withRunner(sandbox, action) })

const listOverview: Handler = (request, sandbox) => listReply(actions(sandbox).all(), OVERVIEW, request, sandbox, (action) => overview(sandbox, action))

const oneOverview: Handler = (request, sandbox) => {
  const action = found(actions(sandbox), 'action', request.params.ref ?? '')
  permit(request, sandbox, 'action_view', action.uid)
  return ok(overview(sandbox, action))
}

const parameters: Handler = (request, sandbox) => {
  const action = lookUp(sandbox, request.params.ref ?? '')
  permit(request, sandbox, 'action_view', action.uid)
  return ok({ parameters: withRunner(sandbox, action) })
}

function lookUp(sandbox: Sandbox, refOrId: string): ActionDoc {
  const isRef = refOrId.includes('.') && sandbox.traits.parametersViewTakesRef
  const action = isRef ? actionByRef(sandbox, refOrId) : actions(sandbox).get(refOrId)
  if (action) return action
  throw new Fault(404, isRef ? `Database lookup for ref="${refOrId}" resulted in exception. Referenced action "${refOrId}" doesnt exist` : lookUpText(refOrId))
}

/** How a look-up by id that cannot be done, or finds nothing, is told. */
function lookUpText(id: string): string {
  if (/^[0-9a-fA-F]{24}$/.test(id)) return `Unable to find the ActionDB instance. {'id': '${id}', 'raise_exception': True}`
  return `Database lookup for id="${id}" resulted in exception. '${id}' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string`
}

const TYPES: Record<string, string> = { '.yaml': 'application/x-yaml', '.yml': 'application/x-yaml', '.py': 'text/x-python', '.sh': 'application/x-sh', '.js': 'application/javascript', '.json': 'application/json' }

const entryPoint: Handler = (request, sandbox): Reply => {
  const ref = request.params.ref ?? ''
  const action = found(actions(sandbox), 'action', ref)
  permit(request, sandbox, 'action_view', action.uid)
  if (!action.entry_point) throw new Fault(404, `Action ref_or_id=${ref} has no entry_point to output`)
  const file = path.isAbsolute(action.entry_point) ? action.entry_point : path.join(sandbox.paths.packs, action.pack, 'actions', action.entry_point)
  return { status: 200, text: fs.readFileSync(file), contentType: TYPES[path.extname(file)] ?? 'text/plain' }
}

export const actionViewRoutes: Route[] = [
  { method: 'GET', pattern: '/actions/views/parameters/{ref}', handler: parameters },
  { method: 'GET', pattern: '/actions/views/overview', handler: listOverview, permission: 'action_list' },
  { method: 'GET', pattern: '/actions/views/overview/{ref}', handler: oneOverview },
  { method: 'GET', pattern: '/actions/views/entry_point/{ref}', handler: entryPoint },
]
