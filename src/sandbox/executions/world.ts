/** What an execution needs of the rest of StackStorm: its action and runner, its pack's config, the datastore. */
import { actionByRef, runnerByName } from '../content/documents'
import { keysOf } from '../datastore/store'
import { pyStr } from '../python'
import type { Sandbox } from '../types'
import type { ActionRecord, ExecutionContext, Json, RunnerRecord } from './model'
import { packConfig } from './pack-config'
import type { Surroundings } from './parameters'
import type { Lazy } from './template'

export const findAction = (sandbox: Sandbox, ref: string): ActionRecord | undefined => actionByRef(sandbox, ref) as ActionRecord | undefined
export const findRunner = (sandbox: Sandbox, name: string): RunnerRecord | undefined => runnerByName(sandbox, name) as RunnerRecord | undefined

/** The names that parameters' templates may use. `more` adds to them, for example a trigger's payload. */
export function surroundings(sandbox: Sandbox, context: ExecutionContext, more: Json = {}): Surroundings {
  const st2kv = datastore(sandbox, pyStr(context.api_user ?? context.user))
  const decrypt = (cipher: string): string => sandbox.decrypt(cipher)
  const config_context = packConfig(sandbox, context.pack, { st2kv }, decrypt)
  return { values: { st2kv, action_context: context, config_context, ...more }, decrypt, order: sandbox.traits.parameterOrder }
}

/** `st2kv.system.NAME` and `st2kv.user.NAME`: the stored value as it is, an empty text when there is none. */
export function datastore(sandbox: Sandbox, user: string): Json {
  const read = (scope: string, name: string): string => keysOf(sandbox).find(scope, name)?.value ?? ''
  return {
    system: keyLookup('system', '', (name) => read('st2kv.system', name)),
    user: keyLookup('user', '', (name) => read('st2kv.user', `${user}:${name}`)),
  }
}

/** A key's name may hold dots: each member access makes it longer, and only as text it is looked up. */
function keyLookup(scope: string, name: string, read: (name: string) => string): Lazy {
  return {
    label: `st2kv.${scope}.${name}`,
    member: (part) => keyLookup(scope, name ? `${name}.${part}` : part, read),
    toText: () => read(name),
  }
}
