/** `/configs` and `/config_schemas`. There is no DELETE. */
import { booleanParameter, textParameter } from '../http/parameters'
import { Fault, type Doc, type Handler, type Route, type SandboxRequest } from '../types'
import { objectBody, ok, permit } from './answers'
import { checkConfig, showConfig, storeConfig, writeConfigFile } from './configs'
import { configSchemas, configs, packs } from './documents'
import { listReply, type ListRules } from './listing'
import { SchemaFault } from './validation'

const LIST: ListRules<Doc> = { filters: {}, sortable: [], defaultLimit: 100, always: ['id'] }

const isHidden = ({ query }: SandboxRequest): boolean => !booleanParameter(query, 'show_secrets')

/** The lists accept `name`, which these resources do not have: the database falls over it. They know no attributes to leave out. */
function listRequest(request: SandboxRequest): SandboxRequest {
  if (textParameter(request.query, 'name')) throw new Error('Cannot resolve field "name"')
  const query = new URLSearchParams(request.query)
  for (const name of ['include_attributes', 'exclude_attributes']) query.delete(name)
  return { ...request, query }
}

const list: Handler = (request, sandbox) => {
  const hide = isHidden(request)
  return listReply(configs(sandbox).all(), LIST, listRequest(request), sandbox, (config) => showConfig(sandbox, config, hide))
}

const one: Handler = (request, sandbox) => {
  const pack = request.params.pack ?? ''
  const hide = isHidden(request)
  const config = packs(sandbox).by('ref_1', pack) && configs(sandbox).by('pack_1', pack)
  if (!config) throw new Fault(404, `Unable to identify resource with pack_ref "${pack}".`)
  permit(request, sandbox, 'pack_view', `pack:${pack}`)
  return ok(showConfig(sandbox, config, hide))
}

/** Checked, written to the disk, stored, and only then shown: without a schema the answer is a 404 although all was done. */
const put: Handler = (request, sandbox) => {
  const pack = request.params.pack ?? ''
  const hide = isHidden(request)
  const values = objectBody(request)
  try {
    checkConfig(sandbox, pack, values)
  } catch (error) {
    throw error instanceof SchemaFault ? new Fault(400, error.long) : error
  }
  writeConfigFile(sandbox, pack, values)
  return ok(showConfig(sandbox, storeConfig(sandbox, pack, values), hide))
}

const listSchemas: Handler = (request, sandbox) => listReply(configSchemas(sandbox).all(), LIST, listRequest(request), sandbox, (schema) => ({ ...schema }))

const oneSchema: Handler = (request, sandbox) => {
  const pack = request.params.pack ?? ''
  const owner = packs(sandbox).by('ref_1', pack) ?? packs(sandbox).get(pack)
  if (!owner) throw new Fault(404, `Resource with a ref or id "${pack}" not found`)
  permit(request, sandbox, 'pack_view', owner.uid)
  const schema = configSchemas(sandbox).by('pack_1', pack)
  if (!schema) throw new Fault(404, `Unable to identify resource with pack_ref "${pack}".`)
  return ok(schema)
}

export const configRoutes: Route[] = [
  { method: 'GET', pattern: '/configs', handler: list, permission: 'pack_list' },
  { method: 'GET', pattern: '/configs/{pack}', handler: one },
  { method: 'PUT', pattern: '/configs/{pack}', handler: put, permission: 'pack_config' },
  { method: 'GET', pattern: '/config_schemas', handler: listSchemas, permission: 'pack_list' },
  { method: 'GET', pattern: '/config_schemas/{pack}', handler: oneSchema },
]
