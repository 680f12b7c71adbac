/** `/rules` and `/rules/views`. Neither list knows `sort` or `offset`. */
import { booleanParameter } from '../http/parameters'
import { Fault, type Handler, type Route, type Sandbox, type SandboxRequest } from '../types'
import { checkedBody, created, found, noContent, ok, permit, putOrConflict, refuseRefAsId } from './answers'
import { actionByRef, rules, type Json, type RuleDoc } from './documents'
import { listReply, type ListRules } from './listing'
import { RULE } from './models'
import { ruleDoc, showRule } from './rules'
import { TriggerMissing, leaveTrigger, triggerByRef, triggerTypeByRef, useTrigger } from './trigger-service'
import { textOf } from './validation'

const FIELDS = ['id', 'uid', 'ref', 'name', 'pack', 'description', 'metadata_file', 'tags', 'type', 'trigger', 'criteria', 'action', 'context', 'enabled']
const LIST: ListRules<RuleDoc> = {
  filters: {
    name: ({ name }) => name,
    pack: ({ pack }) => pack,
    action: ({ action }) => action.ref,
    trigger: ({ trigger }) => trigger,
    enabled: ({ enabled }) => enabled,
  },
  order: ['pack', 'name'],
  fields: FIELDS,
  always: ['id', 'ref'],
  losesEmpty: ({ saved_again }) => saved_again === true,
}
const VIEWS: ListRules<RuleDoc> = { ...LIST, filters: { name: ({ name }) => name, pack: ({ pack }) => pack } }

const isHidden = ({ query }: SandboxRequest): boolean => !booleanParameter(query, 'show_secrets')

const list: Handler = (request, sandbox) => {
  const hide = isHidden(request)
  return listReply(rules(sandbox).all(), LIST, request, sandbox, (rule) => showRule(sandbox, rule, hide))
}

const one: Handler = (request, sandbox) => {
  const ref = request.params.ref ?? ''
  // The route leaves out whatever begins like its neighbour.
  if (ref.startsWith('views')) throw new Fault(404, 'The resource could not be found.')
  const rule = found(rules(sandbox), 'rule', ref)
  permit(request, sandbox, 'rule_view', rule.uid)
  return ok(showRule(sandbox, rule, isHidden(request)))
}

const listViews: Handler = (request, sandbox) => listReply(rules(sandbox).all(), VIEWS, request, sandbox, (rule) => withDescriptions(sandbox, showRule(sandbox, rule, false)))

const oneView: Handler = (request, sandbox) => {
  const rule = found(rules(sandbox), 'rule', request.params.ref ?? '')
  permit(request, sandbox, 'rule_view', rule.uid)
  return ok(withDescriptions(sandbox, showRule(sandbox, rule, true)))
}

/** The view adds what action and trigger say of themselves. */
function withDescriptions(sandbox: Sandbox, shown: Json): Json {
  const action = shown.action as { ref: string }
  const trigger = shown.trigger as { ref: string; type: string }
  const ofTrigger = triggerByRef(sandbox, trigger.ref)?.description || triggerTypeByRef(sandbox, trigger.type)?.description
  return {
    ...shown,
    action: { ...action, description: actionByRef(sandbox, action.ref)?.description ?? (actionByRef(sandbox, action.ref) ? null : '') },
    trigger: { ...trigger, description: ofTrigger ?? '' },
  }
}

/** The whole text of a schema error goes into the answer here. */
function ruleFrom(sandbox: Sandbox, request: SandboxRequest, missingTrigger: (error: TriggerMissing, type: string) => Fault): RuleDoc {
  const body = checkedBody(request, RULE, sandbox)
  const context = { ...(body.context as Json | undefined), user: request.caller.user }
  try {
    return ruleDoc(sandbox, { ...body, context })
  } catch (error) {
    if (error instanceof TriggerMissing) throw missingTrigger(error, (body.trigger as { type: string }).type)
    throw error instanceof Fault ? new Fault(error.status, textOf(error), error.extra) : error
  }
}

const unknownTrigger = (_error: TriggerMissing, type: string): Fault =>
  new Fault(400, `Trigger "${type}" defined in the rule does not exist in system or it's missing required "parameters" attribute`)

const post: Handler = (request, sandbox) => {
  const body = checkedBody(request, RULE, sandbox)
  permit(request, sandbox, 'rule_create', `rule:${String(body.pack)}:${String(body.name)}`)
  const rule = putOrConflict(sandbox, rules(sandbox), ruleFrom(sandbox, request, unknownTrigger), 'rule_d_b')
  useTrigger(sandbox, rule.trigger)
  sandbox.audit('st2api', `Rule created. Rule.id=${rule.id}`, { _rule_db: rule })
  return created(showRule(sandbox, rule, false))
}

const put: Handler = (request, sandbox) => {
  const id = request.params.ref ?? ''
  checkedBody(request, RULE, sandbox)
  const old = found(rules(sandbox), 'rule', id)
  permit(request, sandbox, 'rule_modify', old.uid)
  const doc = ruleFrom(sandbox, request, (error) => error)
  refuseRefAsId(id, 'RuleDB', sandbox)
  const rule = putOrConflict(sandbox, rules(sandbox), { ...doc, id: old.id, saved_again: true }, 'rule_d_b')
  useTrigger(sandbox, rule.trigger)
  leaveTrigger(sandbox, old.trigger)
  sandbox.audit('st2api', `Rule updated. Rule.id=${rule.id}.`, { _old_rule_db: old, _new_rule_db: rule })
  return ok(showRule(sandbox, rule, false))
}

const remove: Handler = (request, sandbox) => {
  const rule = found(rules(sandbox), 'rule', request.params.ref ?? '')
  permit(request, sandbox, 'rule_delete', rule.uid)
  rules(sandbox).delete(rule.id)
  leaveTrigger(sandbox, rule.trigger)
  sandbox.audit('st2api', `Rule deleted. Rule.id=${rule.id}.`, { _rule_db: rule })
  return noContent
}

/** Names may hold a slash; only reading one by its ref works then. */
export const ruleRoutes: Route[] = [
  { method: 'GET', pattern: '/rules', handler: list, permission: 'rule_list' },
  { method: 'POST', pattern: '/rules', handler: post },
  { method: 'GET', pattern: '/rules/views', handler: listViews, permission: 'rule_list' },
  { method: 'GET', pattern: '/rules/views/{ref}', handler: oneView },
  { method: 'GET', pattern: '/rules/{ref*}', handler: one },
  { method: 'PUT', pattern: '/rules/{ref}', handler: put },
  { method: 'DELETE', pattern: '/rules/{ref}', handler: remove },
]
