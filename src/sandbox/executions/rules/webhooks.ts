/** POST /v1/webhooks/{url} and the repetition of trigger instances. Knowledge: recordings triggers. */
import { lacking } from '../../auth/permissions'
import { webhookTriggers } from '../../content/trigger-routes'
import { triggers } from '../../content/documents'
import { plainJson } from '../../http/json'
import { Fault, type Handler, type SandboxRequest } from '../../types'
import { randomBytes } from 'crypto'
import { triggerInstancesOf } from '../history'
import type { Json } from '../model'
import { dispatch, dispatchAgain } from './dispatch'

/** Never part of a payload. */
const CREDENTIALS = ['x-auth-token', 'st2-api-key', 'cookie']
const TRACE_TAG = 'st2-trace-tag'

/** Answers 202 with the body for any trigger that is registered, whether a rule is enabled or not. */
export const postWebhook: Handler = (request, sandbox) => {
  const hook = request.params.url ?? ''
  if (!request.caller.isAdmin) throw lacking(request.caller.user, 'webhook_send', `webhook:${hook}`)
  const body = isForm(request) ? formFields(request) : (plainJson(request.body() ?? {}) as Json)
  const tag = String(request.headers[TRACE_TAG] ?? `webhook-${hook}-${randomBytes(16).toString('hex')}`)
  if (hook === 'st2') return dispatchNamed(sandbox, body, tag)
  const found = webhookTriggers(sandbox, hook)
  if (found.length === 0) throw new Fault(404, `Webhook ${hook} not registered with st2`)
  const lost = sandbox.traits.webhookFormsAreLost && isForm(request)
  const headers = headersOf(request)
  const payload = { headers, ...(sandbox.traits.webhookLowerHeaders && { headers_lower: lowerNames(headers) }), body }
  for (const trigger of lost ? [] : found) dispatch(sandbox, trigger, payload, tag)
  return { status: 202, json: body }
}

/** The webhook `st2` names the trigger in its body. */
const dispatchNamed = (sandbox: Parameters<Handler>[1], body: Json, tag: string): ReturnType<Handler> => {
  if (!body.trigger) throw new Fault(400, 'Trigger not specified.')
  const trigger = triggers(sandbox).all().find(({ ref }) => ref === body.trigger)
  if (trigger) dispatch(sandbox, trigger, (body.payload ?? {}) as Json, tag)
  return { status: 202, json: body }
}

const isForm = ({ headers }: SandboxRequest): boolean => (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')

/** Each field of a form is a list of its values. */
function formFields({ rawBody }: SandboxRequest): Record<string, string[]> {
  const fields: Record<string, string[]> = {}
  for (const [name, value] of new URLSearchParams(rawBody.toString())) (fields[name] ??= []).push(value)
  return fields
}

function headersOf({ headers }: SandboxRequest): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !CREDENTIALS.includes(name) && name !== TRACE_TAG)
  return Object.fromEntries(kept.map(([name, value]) => [titleCase(name), String(value)]))
}

const titleCase = (name: string): string => name.split('-').map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('-')
const lowerNames = (headers: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

export const reEmitInstance: Handler = ({ params }, sandbox) => {
  const id = params.id ?? ''
  const instance = triggerInstancesOf(sandbox).get(id)
  if (!instance) throw new Fault(404, `Unable to identify resource with id "${id}".`)
  const payload = { ...instance.payload, __context: { original_id: id } }
  dispatchAgain(sandbox, instance, payload)
  return { status: 200, json: { message: `Trigger instance ${id} succesfully re-sent.`, payload } }
}
