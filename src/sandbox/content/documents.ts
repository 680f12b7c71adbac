/**
 * What the content of packs is made of, and where it is kept: one collection a sort, in the members of StackStorm's API (a few
 * that the API never shows are marked). Rooms open a collection by the functions at the end, which know its unique indexes.
 */
import type { Collection, Doc, Sandbox } from '../types'

export type Json = Record<string, unknown>

/** What belongs to a pack and is named `<pack>.<name>`. */
export interface ContentDoc extends Doc {
  uid: string
  ref: string
  name: string
  pack: string
  /** Below the pack's directory; empty for what was made over the API. */
  metadata_file?: string
  description?: string
}

export interface PackDoc extends Doc {
  uid: string
  ref: string
  name: string
  description: string
  keywords: string[]
  version: string
  stackstorm_version?: string
  python_versions: string[]
  author: string
  email?: string
  contributors: string[]
  files: string[]
  path?: string
  dependencies: string[]
  system: Json
}

export interface ConfigSchemaDoc extends Doc {
  pack: string
  attributes: Json
}

export interface ConfigDoc extends Doc {
  pack: string
  values: Json
}

export interface ActionDoc extends ContentDoc {
  tags: Tag[]
  enabled: boolean
  entry_point: string
  runner_type: string
  parameters: Json
  output_schema: Json
  notify: Json
}

export interface Tag {
  name: string
  value: string
}

export interface RuleDoc extends ContentDoc {
  tags: Tag[]
  type: { ref: string; parameters: Json }
  /** The ref of a trigger; the API shows the trigger itself. */
  trigger: string
  criteria: Json
  action: { ref: string; parameters: Json }
  context: Json
  enabled: boolean
  /** Stored more than once; not shown. */
  saved_again?: boolean
}

export interface AliasDoc extends ContentDoc {
  enabled: boolean
  action_ref: string
  formats: unknown[]
  ack: Json
  result: Json
  extra: Json
  immutable_parameters: Json
}

export interface PolicyDoc extends ContentDoc {
  enabled: boolean
  resource_ref: string
  policy_type: string
  parameters: Json
}

export interface SensorDoc extends ContentDoc {
  artifact_uri: string
  entry_point: string
  trigger_types: string[]
  poll_interval?: number
  enabled: boolean
}

export interface TriggerTypeDoc extends ContentDoc {
  tags: Tag[]
  payload_schema: Json
  parameters_schema: Json
}

export interface TriggerDoc extends Doc {
  uid: string
  ref: string
  name: string
  pack: string
  type: string
  parameters: Json
  description?: string
  /** How many rules use a trigger with parameters; not shown. */
  ref_count: number
}

export interface RunnerDoc extends Doc {
  name: string
  description: string
  uid: string
  enabled: boolean
  runner_package: string
  runner_module: string
  runner_parameters: Json
  output_key?: string
  output_schema: Json
}

export interface PolicyTypeDoc extends Doc {
  name: string
  description: string
  uid: string
  ref: string
  resource_type: string
  enabled: boolean
  module: string
  parameters: Json
}

export interface RuleTypeDoc extends Doc {
  name: string
  description: string
  enabled: boolean
  parameters: Json
}

type WithStore = Pick<Sandbox, 'store'>
type Unique<T> = Record<string, (doc: T) => string | undefined>
const opener =
  <T extends Doc>(name: string, unique: Unique<T>) =>
  ({ store }: WithStore): Collection<T> =>
    store.collection<T>(name, unique)

/** Index names are the database's, as its error texts tell them. */
const BY_UID = { uid_1: (doc: { uid: string }): string => doc.uid }
const pair = (a: string, b: string): string => `${a}\0${b}`

export const packs = opener<PackDoc>('packs', { ...BY_UID, ref_1: ({ ref }) => ref, name_1: ({ name }) => name })
export const configSchemas = opener<ConfigSchemaDoc>('config_schemas', { pack_1: ({ pack }) => pack })
export const configs = opener<ConfigDoc>('configs', { pack_1: ({ pack }) => pack })
export const actions = opener<ActionDoc>('actions', BY_UID)
export const rules = opener<RuleDoc>('rules', BY_UID)
export const aliases = opener<AliasDoc>('action_aliases', BY_UID)
export const sensors = opener<SensorDoc>('sensor_types', BY_UID)
export const triggerTypes = opener<TriggerTypeDoc>('trigger_types', BY_UID)
export const triggers = opener<TriggerDoc>('triggers', { ...BY_UID, ref_1: ({ ref }) => ref })
export const policies = opener<PolicyDoc>('policies', {
  pack_1_name_1: ({ pack, name }) => pair(pack, name),
  policy_type_1_resource_ref_1: ({ policy_type, resource_ref }) => pair(policy_type, resource_ref),
  ...BY_UID,
})
export const runners = opener<RunnerDoc>('runner_types', { name_1: ({ name }) => name })
export const policyTypes = opener<PolicyTypeDoc>('policy_types', BY_UID)
export const ruleTypes = opener<RuleTypeDoc>('rule_types', { name_1: ({ name }) => name })

/** The kinds of content that are named `<pack>.<name>`, with the first part of their uid. */
export type ContentKind = 'action' | 'rule' | 'action_alias' | 'policy' | 'sensor_type' | 'trigger_type'

export const uidOf = (kind: string, pack: string, name: string): string => `${kind}:${pack}:${name}`
export const refOf = (pack: string, name: string): string => `${pack}.${name}`

/** A ref is cut at its first dot; undefined when there is none. */
export function splitRef(ref: string): { pack: string; name: string } | undefined {
  const dot = ref.indexOf('.')
  return dot < 0 ? undefined : { pack: ref.slice(0, dot), name: ref.slice(dot + 1) }
}

/** The document with this ref (what holds a dot) or id, as StackStorm tells the two apart. */
export function byRefOrId<T extends ContentDoc>(collection: Collection<T>, kind: ContentKind, refOrId: string): T | undefined {
  const parts = splitRef(refOrId)
  return parts ? collection.by('uid_1', uidOf(kind, parts.pack, parts.name)) : collection.get(refOrId)
}

/** The action with this ref. */
export const actionByRef = (sandbox: WithStore, ref: string): ActionDoc | undefined => (splitRef(ref) ? byRefOrId(actions(sandbox), 'action', ref) : undefined)
export const runnerByName = (sandbox: WithStore, name: string): RunnerDoc | undefined => runners(sandbox).by('name_1', name)
