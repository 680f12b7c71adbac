/** `/actionalias`: list, one, make, change, delete; which alias a command means; help texts. */
import { integerParameter, textParameter } from '../http/parameters'
import { Fault, type Handler, type Route } from '../types'
import { aliasDoc, helpTexts, matchAlias } from './aliases'
import { checkedBody, created, found, noContent, ok, permit, putOrConflict, refuseRefAsId } from './answers'
import { aliases, type AliasDoc } from './documents'
import { listReply, type ListRules } from './listing'
import { ALIAS, ALIAS_MATCH } from './models'

const LIST: ListRules<AliasDoc> = {
  filters: { name: ({ name }) => name, pack: ({ pack }) => pack },
  order: ['pack', 'name'],
  sortable: ['name', 'pack'],
  defaultLimit: 100,
  fields: ['id', 'uid', 'ref', 'name', 'pack', 'description', 'metadata_file', 'enabled', 'action_ref', 'formats', 'ack', 'result', 'extra', 'immutable_parameters'],
  always: ['id', 'ref'],
}

const list: Handler = (request, sandbox) => listReply(aliases(sandbox).all(), LIST, request, sandbox, (alias) => ({ ...alias }))

const one: Handler = (request, sandbox) => {
  const ref = request.params.ref ?? ''
  // The route leaves out whatever begins like its neighbours.
  if (/^(?:match|help)/.test(ref)) throw new Fault(404, 'The resource could not be found.')
  const alias = found(aliases(sandbox), 'action_alias', ref)
  permit(request, sandbox, 'action_alias_view', alias.uid)
  return ok(alias)
}

const match: Handler = (request, sandbox) => {
  const { command } = checkedBody(request, ALIAS_MATCH, sandbox)
  const { alias, display, representation } = matchAlias(sandbox, command as string)
  return ok({ actionalias: alias, display, representation })
}

const help: Handler = ({ query }, sandbox) => {
  const sorted = [...aliases(sandbox).all()].sort((a, b) => (`${a.pack}\0${a.name}` < `${b.pack}\0${b.name}` ? -1 : 1))
  const [limit, offset] = [integerParameter(query, 'limit', 100), integerParameter(query, 'offset', 0)]
  return ok(helpTexts(sorted, { filter: textParameter(query, 'filter'), pack: textParameter(query, 'pack'), limit, offset }))
}

const post: Handler = (request, sandbox) => {
  const spec = checkedBody(request, ALIAS, sandbox)
  permit(request, sandbox, 'action_alias_create', `action_alias:${String(spec.pack)}:${String(spec.name)}`)
  const alias = putOrConflict(sandbox, aliases(sandbox), aliasDoc(sandbox, spec), 'action_alias_d_b', false)
  sandbox.audit('st2api', `Action alias created. ActionAlias.id=${alias.id}`, { _action_alias_db: alias })
  return created(alias)
}

const put: Handler = (request, sandbox) => {
  const id = request.params.ref ?? ''
  const spec = checkedBody(request, ALIAS, sandbox)
  const old = found(aliases(sandbox), 'action_alias', id)
  permit(request, sandbox, 'action_alias_modify', old.uid)
  const doc = aliasDoc(sandbox, spec)
  refuseRefAsId(id, 'ActionAliasDB', sandbox)
  const alias = putOrConflict(sandbox, aliases(sandbox), { ...doc, id: old.id }, 'action_alias_d_b', false)
  sandbox.audit('st2api', `Action alias updated. ActionAlias.id=${alias.id}.`, { _old_action_alias_db: old, _new_action_alias_db: alias })
  return ok(alias)
}

const remove: Handler = (request, sandbox) => {
  const alias = found(aliases(sandbox), 'action_alias', request.params.ref ?? '')
  permit(request, sandbox, 'action_alias_delete', alias.uid)
  aliases(sandbox).delete(alias.id)
  sandbox.audit('st2api', `Action alias deleted. ActionAlias.id=${alias.id}.`, { _action_alias_db: alias })
  return noContent
}

export const aliasRoutes: Route[] = [
  { method: 'GET', pattern: '/actionalias', handler: list, permission: 'action_alias_list' },
  { method: 'POST', pattern: '/actionalias', handler: post },
  { method: 'POST', pattern: '/actionalias/match', handler: match, permission: 'action_alias_match' },
  { method: 'GET', pattern: '/actionalias/help', handler: help, permission: 'action_alias_help' },
  { method: 'GET', pattern: '/actionalias/{ref*}', handler: one },
  { method: 'PUT', pattern: '/actionalias/{ref}', handler: put },
  { method: 'DELETE', pattern: '/actionalias/{ref}', handler: remove },
]
