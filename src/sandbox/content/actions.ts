/** Actions: from what a file or a client says to what is stored. Stored actions are what the API shows. */
import { pyStr } from '../python'
import type { Sandbox } from '../types'
import { actions, refOf, uidOf, type ActionDoc, type Json } from './documents'
import { checkAction } from './action-checks'
import { tagsOf } from './trigger-service'

interface ActionSpec {
  name: string
  pack?: string
  runner_type: string
  description?: string | null
  enabled?: boolean | null
  entry_point?: string | null
  parameters?: Record<string, Json>
  output_schema?: Json
  tags?: unknown
  notify?: Json | null
  metadata_file?: string
}

/** An action as it is stored, under a new id. Throws a 400 when its runner, pack or parameters are not as they must be. */
export function actionDoc(sandbox: Sandbox, content: Json): ActionDoc {
  const spec = content as unknown as ActionSpec
  const { name, pack = 'default', parameters = {}, entry_point = '', metadata_file = '' } = spec
  checkAction(sandbox, { name, pack, runner_type: spec.runner_type, parameters })
  return {
    tags: tagsOf(spec.tags),
    uid: uidOf('action', pack, name),
    metadata_file,
    name,
    ref: refOf(pack, name),
    ...(typeof spec.description === 'string' && { description: spec.description }),
    enabled: spec.enabled === undefined ? true : Boolean(spec.enabled),
    entry_point: pyStr(entry_point),
    pack,
    runner_type: spec.runner_type,
    parameters,
    output_schema: spec.output_schema ?? {},
    notify: notifyOf(spec.notify ?? {}),
    id: sandbox.store.newId(),
  }
}

interface Notification {
  message?: string
  data?: Json
  routes?: unknown[]
  channels?: unknown[]
}

/** Who is told of the end of an action; old `channels` become `routes`, what is empty is left out. */
function notifyOf(notify: Json): Json {
  const shown: Json = {}
  for (const event of ['on-complete', 'on-success', 'on-failure']) {
    const { message, data, routes, channels } = (notify[event] ?? {}) as Notification
    const to = routes?.length ? routes : channels
    const entry = { ...(message && { message }), ...(data && Object.keys(data).length > 0 && { data }), ...(to?.length && { routes: to }) }
    if (notify[event] && Object.keys(notify[event]).length > 0) shown[event] = entry
  }
  return shown
}

/** Stores an action of a pack's file in the place of the one of that name. */
export function registerAction(sandbox: Sandbox, content: Json): void {
  const doc = actionDoc(sandbox, content)
  const existing = actions(sandbox).by('uid_1', doc.uid)
  actions(sandbox).put(existing ? { ...doc, id: existing.id } : doc)
}

/** The parameters of an action and of its runner in one; what the action says wins, member by member. */
export function mergedParameters(action: ActionDoc, runnerParameters: Json): Json {
  const merged: Json = { ...runnerParameters }
  for (const [name, schema] of Object.entries(action.parameters)) merged[name] = { ...(merged[name] as Json | undefined), ...(schema as Json) }
  return merged
}
