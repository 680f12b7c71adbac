/** `/triggertypes`, `/triggers`, `/timers`, and the list of webhooks. Whole lists without pages, but for trigger types. */
import { textParameter } from '../http/parameters'
import { pyRepr } from '../python'
import { Fault, type Handler, type Route, type Sandbox, type SandboxRequest } from '../types'
import { created, found, noContent, objectBody, ok, putOrConflict, refuseSystemPack } from './answers'
import { splitRef, triggerTypes, triggers, type Json, type TriggerDoc, type TriggerTypeDoc } from './documents'
import { listReply, type ListRules } from './listing'
import { putShadowTrigger, triggerByRef, triggerDoc, triggerTypeDoc } from './trigger-service'

const TYPE_LIST: ListRules<TriggerTypeDoc> = {
  filters: { name: ({ name }) => name, pack: ({ pack }) => pack },
  order: ['ref'],
  sortable: ['name', 'pack'],
  lists: ['name'],
  defaultLimit: 100,
  fields: ['id', 'uid', 'ref', 'name', 'pack', 'description', 'metadata_file', 'tags', 'payload_schema', 'parameters_schema'],
  always: ['id', 'ref'],
}

const listTypes: Handler = (request, sandbox) => listReply(triggerTypes(sandbox).all(), TYPE_LIST, request, sandbox, (type) => ({ ...type }))
const oneType: Handler = ({ params }, sandbox) => ok(found(triggerTypes(sandbox), 'trigger_type', params.ref ?? ''))

const postType: Handler = (request, sandbox) => {
  const type = putOrConflict(sandbox, triggerTypes(sandbox), triggerTypeDoc(sandbox, objectBody(request)), 'trigger_type_d_b')
  putShadowTrigger(sandbox, type)
  sandbox.audit('st2api', `TriggerType created. TriggerType.id=${type.id}`, { _triggertype_db: type })
  return created(type)
}

/** Without an id in the body StackStorm falls over. */
const putType: Handler = (request, sandbox) => {
  const body = objectBody(request)
  const old = found(triggerTypes(sandbox), 'trigger_type', request.params.ref ?? '')
  refuseSystemPack(old)
  const doc = triggerTypeDoc(sandbox, body)
  if (!('id' in body)) throw new Error("'GenericRequestParam' object has no attribute 'id'")
  return ok(putOrConflict(sandbox, triggerTypes(sandbox), { ...doc, id: old.id }, 'trigger_type_d_b'))
}

const removeType: Handler = ({ params }, sandbox) => {
  const type = found(triggerTypes(sandbox), 'trigger_type', params.ref ?? '')
  refuseSystemPack(type)
  triggerTypes(sandbox).delete(type.id)
  const shadow = Object.keys(type.parameters_schema).length === 0 ? triggerByRef(sandbox, type.ref) : undefined
  if (shadow) triggers(sandbox).delete(shadow.id)
  return noContent
}

const shown = ({ ref_count, ...trigger }: TriggerDoc): Json => trigger

const list: Handler = (_request, sandbox) => ok(triggers(sandbox).all().map(shown))
const one: Handler = (request, sandbox) => ok(shown(triggerWithId(request, sandbox)))

function triggerWithId({ params }: SandboxRequest, sandbox: Sandbox): TriggerDoc {
  const id = params.id ?? ''
  const trigger = triggers(sandbox).get(id)
  if (trigger) return trigger
  if (/^[0-9a-fA-F]{24}$/.test(id)) throw new Fault(404, `Unable to find the TriggerDB instance. {'id': '${id}'}`)
  throw new Fault(404, `Database lookup for id="${id}" resulted in exception. '${id}' is not a valid ObjectId, it must be a 12-byte input or a 24-character hex string`)
}

/** What a client says of a trigger; members that it must have and has not make StackStorm fall over. */
function triggerFrom(request: SandboxRequest, sandbox: Sandbox): TriggerDoc {
  const { name, pack, type, parameters = {}, description } = objectBody(request) as { name?: string; pack?: string; type?: string; parameters?: Json; description?: string }
  if (!name || !pack) throw new Error("'GenericRequestParam' object has no attribute 'name'")
  return triggerDoc(sandbox, { name, pack, type: type ?? '', parameters, description })
}

const post: Handler = (request, sandbox) => {
  const doc = triggerFrom(request, sandbox)
  return created(shown(triggerByRef(sandbox, doc.ref) ?? triggers(sandbox).put(doc)))
}

const put: Handler = (request, sandbox) => {
  const old = triggerWithId(request, sandbox)
  return ok(shown(triggers(sandbox).put({ ...triggerFrom(request, sandbox), id: old.id })))
}

const remove: Handler = (request, sandbox) => {
  triggers(sandbox).delete(triggerWithId(request, sandbox).id)
  return noContent
}

const TIMERS = ['core.st2.IntervalTimer', 'core.st2.DateTimer', 'core.st2.CronTimer']
const WEBHOOK = 'core.st2.webhook'

const listTimers: Handler = ({ query }, sandbox) => {
  const wanted = textParameter(query, 'timer_type')
  if (wanted && !TIMERS.includes(wanted)) throw new Fault(400, `Timer type ${wanted} not in supported types - dict_keys(${pyRepr(TIMERS)}).`)
  return ok(triggers(sandbox).all().filter(({ type }) => TIMERS.includes(type) && (!wanted || type === wanted)).map(shown))
}

const oneTimer: Handler = ({ params }, sandbox) => {
  const ref = params.ref ?? ''
  const timer = splitRef(ref) ? triggerByRef(sandbox, ref) : triggers(sandbox).get(ref)
  if (!timer) throw new Fault(404, `Resource with a reference or id "${ref}" not found`)
  return ok(shown(timer))
}

/** The triggers of webhooks with this path (`a/b`), in the order in which they came. */
export function webhookTriggers(sandbox: Sandbox, hook?: string): TriggerDoc[] {
  const url = ({ parameters }: TriggerDoc): string => String(parameters.url).replace(/^\/|\/$/g, '')
  return triggers(sandbox).all().filter((trigger) => trigger.type === WEBHOOK && (hook === undefined || url(trigger) === hook.replace(/^\/|\/$/g, '')))
}

const listWebhooks: Handler = (_request, sandbox) => ok(webhookTriggers(sandbox).map(shown))

const oneWebhook: Handler = ({ params }, sandbox) => {
  const [first] = webhookTriggers(sandbox, params.url ?? '')
  if (!first) throw new Fault(404, 'The resource could not be found.')
  return ok(shown(first))
}

export const triggerRoutes: Route[] = [
  { method: 'GET', pattern: '/triggertypes', handler: listTypes },
  { method: 'POST', pattern: '/triggertypes', handler: postType },
  { method: 'GET', pattern: '/triggertypes/{ref}', handler: oneType },
  { method: 'PUT', pattern: '/triggertypes/{ref}', handler: putType },
  { method: 'DELETE', pattern: '/triggertypes/{ref}', handler: removeType },
  { method: 'GET', pattern: '/triggers', handler: list },
  { method: 'POST', pattern: '/triggers', handler: post },
  { method: 'GET', pattern: '/triggers/{id}', handler: one },
  { method: 'PUT', pattern: '/triggers/{id}', handler: put },
  { method: 'DELETE', pattern: '/triggers/{id}', handler: remove },
  { method: 'GET', pattern: '/timers', handler: listTimers, permission: 'timer_list' },
  { method: 'GET', pattern: '/timers/{ref}', handler: oneTimer },
  { method: 'GET', pattern: '/webhooks', handler: listWebhooks, permission: 'webhook_list' },
  { method: 'GET', pattern: '/webhooks/{url}', handler: oneWebhook },
]
