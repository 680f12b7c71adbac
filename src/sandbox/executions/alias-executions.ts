/** POST /v1/aliasexecution and /match_and_execute: a chat command becomes an execution. Knowledge: recordings aliases. */
import { extractParameters, matchAlias } from '../content/aliases'
import { aliases, type AliasDoc } from '../content/documents'
import { pyRepr } from '../python'
import type { Schema } from '../schema'
import { Fault, type Handler, type Sandbox, type SandboxRequest } from '../types'
import { readBody } from './body'
import { cast } from './cast'
import type { Json } from './model'
import { showsSecrets } from './query'
import { mayExecute, start } from './requests'
import { isTemplate, parseTemplate, renderTemplate } from './template'
import { datastore, findAction } from './world'

const TEXT = { type: 'string' }
const REQUIRED = { type: 'string', required: true }
const MATCH: Schema = { type: 'object', properties: { command: REQUIRED, user: TEXT, source_channel: TEXT, notification_channel: { type: ['string', 'null'] }, notification_route: { type: ['string', 'null'] } }, additionalProperties: false }
const EXECUTE: Schema = {
  type: 'object',
  properties: { name: REQUIRED, format: TEXT, command: TEXT, user: TEXT, source_channel: TEXT, source_context: {}, notification_channel: { type: ['string', 'null'] }, notification_route: { type: ['string', 'null'] } },
  additionalProperties: false,
}

interface Command {
  format: string
  command: string
  user: string
  source_channel: string
  source_context?: unknown
  notification_route?: string | null
  notification_channel?: string | null
}

export const matchAndExecute: Handler = (request, sandbox) => {
  const body = readBody(request, MATCH)
  const { alias, representation } = matchAlias(sandbox, body.command as string)
  return { status: 201, json: { results: [execute(request, sandbox, alias, { ...body, format: representation } as unknown as Command)] } }
}

export const executeAlias: Handler = (request, sandbox) => {
  const body = readBody(request, EXECUTE)
  const alias = aliases(sandbox).all().find(({ name }) => name === body.name)
  if (!alias) throw new Fault(404, `Unable to find the ActionAliasDB instance. {'name': ${pyRepr(body.name)}}`)
  return { status: 201, json: execute(request, sandbox, alias, { format: '', command: '', ...body } as unknown as Command) }
}

/** The token's user runs it; the user of the command is only noted. */
function execute(request: SandboxRequest, sandbox: Sandbox, alias: AliasDoc, command: Command): Json {
  if (!alias.enabled) throw new Fault(400, `Action alias with name "${alias.name}" is disabled.`)
  const { caller } = request
  const context = { action_alias_ref: { id: alias.id, name: alias.name }, api_user: command.user, source_channel: command.source_channel }
  const parameters = withImmutable(sandbox, alias, parametersOf(alias, command), { ...context, user: caller.user })
  const action = findAction(sandbox, alias.action_ref)
  if (!action) throw new Fault(404, `Action with ref "${alias.action_ref}" not found `)
  mayExecute(request, alias.action_ref, sandbox)
  const typed = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, castWord(value, action.parameters?.[name]?.type)]))
  const { reply } = start(sandbox, { action: alias.action_ref, parameters: typed, user: caller.user, context, notify: notifyOf(command) }, showsSecrets(request))
  const result: Json = { execution: reply.json, actionalias: { ...alias } }
  return { ...result, ...acknowledgement(alias, result) }
}

function parametersOf(alias: AliasDoc, { format, command }: Command): Json {
  if (!formatsOf(alias).includes(format)) throw new Fault(400, `Format string "${format}" is not available on the alias "${alias.name}"`)
  const found = extractParameters(format, command)
  if (!found) throw new Fault(400, `Command "${command}" doesn't match format string "${format}"`)
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, value ?? null]))
}

function formatsOf({ formats }: AliasDoc): string[] {
  return formats.flatMap((format) => {
    const { representation = [] } = (typeof format === 'string' ? { representation: format } : format) as { representation?: string | string[] }
    return representation
  })
}

function withImmutable(sandbox: Sandbox, { immutable_parameters }: AliasDoc, given: Json, context: Json): Json {
  const overridden = Object.keys(immutable_parameters).filter((name) => name in given)
  if (overridden.length > 0) throw new Fault(400, `Immutable arguments cannot be overriden: ${overridden.join(',')}`)
  const names: Json = { ...context, st2kv: datastore(sandbox, String(context.user)) }
  return { ...given, ...renderAll(immutable_parameters, names) }
}

function renderAll(values: Json, names: Json): Json {
  const render = (value: unknown): unknown => (isTemplate(value) ? renderTemplate(parseTemplate(value), { lookUp: (name) => names[name], decrypt: (cipher) => cipher }) : value)
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, render(value)]))
}

/** A list may come as words between commas. */
function castWord(value: unknown, type: unknown): unknown {
  if (type !== 'array' || typeof value !== 'string') return cast(value, type)
  return value.trim().startsWith('[') ? cast(value, type) : value.split(',').map((word) => word.trim())
}

function notifyOf({ user, source_channel, source_context, notification_route, notification_channel }: Command): Json {
  const data = { user, source_channel, source_context: source_context ?? null }
  return { 'on-complete': { data, routes: [notification_route || notification_channel || null] } }
}

function acknowledgement({ ack }: AliasDoc, result: Json): Json {
  const { format, extra } = ack as { format?: unknown; extra?: Json }
  return { ...(format !== undefined && { message: renderAll({ format }, result).format }), ...(extra !== undefined && { extra: renderAll(extra, result) }) }
}
