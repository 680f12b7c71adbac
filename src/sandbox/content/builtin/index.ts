/**
 * The packs and types that StackStorm itself brings along (chatops, core, default, examples, packs), registered once when a root is
 * first started. Held here are their identities and what the API's answers need; the texts are the sandbox's own where no
 * recording shows StackStorm's.
 */
import * as fs from 'fs'
import * as path from 'path'
import type { Sandbox } from '../../types'
import {
  actions, aliases, configSchemas, packs, policyTypes, refOf, ruleTypes, rules, runners, sensors, uidOf,
  type ActionDoc, type Json, type PolicyTypeDoc, type RuleTypeDoc, type RunnerDoc,
} from '../documents'
import { overridden } from '../overrides'
import { registerTriggerType, triggerForRule, useTrigger } from '../trigger-service'
import content from './packs.json'
import types from './types.json'

export type Counts = Record<string, number>

export const BUILT_IN_PACKS: readonly string[] = content.packs
export const isBuiltIn = (pack: string): boolean => BUILT_IN_PACKS.includes(pack)

/** Fills a new root: types first, since the packs' content refers to them. */
export function registerBuiltIn(sandbox: Sandbox): void {
  putTypes(sandbox)
  for (const pack of BUILT_IN_PACKS) putPack(sandbox, pack)
  for (const schema of content.configSchemas) configSchemas(sandbox).put({ ...(schema as { pack: string; attributes: Json }), id: sandbox.store.newId() })
  for (const { pack, name, file, payload_schema } of content.triggers) registerTriggerType(sandbox, { pack, name, description: `${pack}.${name}`, payload_schema, metadata_file: file })
  putSensors(sandbox)
  putActions(sandbox)
  putRules(sandbox)
  putAliases(sandbox)
}

/** Runners are 14 with one more under an old name; the count tells the 14. */
const COUNTED: [string, string[], number][] = [
  ['runners', ['runner', 'runners', 'action', 'actions'], types.runners.length - 1],
  ['rule_types', ['rule_type', 'rule_types', 'rule', 'rules'], types.ruleTypes.length],
  ['policy_types', ['policy_type', 'policy_types', 'policy', 'policies'], types.policyTypes.length],
]

/** Brings back the types that these resources depend on, as each registration does, and counts them. */
export function resetBuiltInTypes(sandbox: Sandbox, wanted: readonly string[]): Counts {
  const counts: Counts = {}
  for (const [name, asked, count] of COUNTED) if (asked.some((type) => wanted.includes(type))) counts[name] = count
  if ('runners' in counts) for (const runner of runners(sandbox).all()) if (!runner.enabled) runners(sandbox).put({ ...runner, enabled: true })
  return counts
}

/** How many resources of a kind (`actions`, `rules` ...) a built-in pack brings, and how many of them overrides change; they come back as they were shipped, or as overrides say. */
export function resetBuiltIn(sandbox: Sandbox, pack: string, plural: string): { registered: number; overridden: number } {
  relist(sandbox, pack)
  const collection = { actions, rules, sensors, aliases }[plural]
  if (!collection) return { registered: plural === 'triggers' ? content.triggers.filter((trigger) => trigger.pack === pack).length : 0, overridden: 0 }
  const shipped = collection(sandbox).all().filter((doc) => doc.pack === pack && doc.metadata_file)
  let changes = 0
  for (const doc of shipped) {
    const enabled = plural !== 'rules' || (content.rules.find(({ name }) => name === doc.name)?.enabled ?? true)
    const now = overridden(sandbox, pack, plural, { name: doc.name, class_name: doc.name, enabled })
    if (now.changed) changes++
    if (doc.enabled !== now.content.enabled) (collection(sandbox) as { put(changed: typeof doc): unknown }).put({ ...doc, enabled: now.content.enabled as boolean })
  }
  return { registered: shipped.length, overridden: changes }
}

/** Each registration lists a pack's files as they lie there: what was written into it through the API and is gone drops out. */
function relist(sandbox: Sandbox, pack: string): void {
  const owner = packs(sandbox).by('ref_1', pack)
  const files = owner?.files.filter((file) => fs.existsSync(path.join(sandbox.paths.packs, pack, file)))
  if (owner && files && files.length < owner.files.length) packs(sandbox).put({ ...owner, files })
}

function putTypes(sandbox: Sandbox): void {
  const { store, traits } = sandbox
  for (const runner of types.runners as unknown as Omit<RunnerDoc, 'id'>[]) runners(sandbox).put({ ...runner, output_schema: outputSchema(runner.output_schema, traits.flatOutputSchemas), id: store.newId() })
  for (const type of types.policyTypes as unknown as Omit<PolicyTypeDoc, 'id'>[]) policyTypes(sandbox).put({ ...type, id: store.newId() })
  for (const type of types.ruleTypes as Omit<RuleTypeDoc, 'id'>[]) ruleTypes(sandbox).put({ ...type, id: store.newId() })
  for (const type of types.triggerTypes) registerTriggerType(sandbox, { ...type, pack: 'core' })
}

/** Older versions hold the properties of an output alone. */
const outputSchema = (schema: Json, flat: boolean): Json => (flat ? ((schema.properties ?? {}) as Json) : schema)

function putPack(sandbox: Sandbox, ref: string): void {
  const directory = path.join(sandbox.paths.packs, ref)
  const email = 'packs@example.org'
  // Without this folder StackStorm takes no action for a pack; the pack default is where actions go that name none.
  fs.mkdirSync(path.join(directory, 'actions'), { recursive: true })
  fs.writeFileSync(path.join(directory, 'pack.yaml'), `---\nref: ${ref}\nname: ${ref}\ndescription: Built-in pack ${ref}.\nversion: ${sandbox.version}\nauthor: StackStorm\nemail: ${email}\n`)
  packs(sandbox).put({
    uid: `pack:${ref}`,
    ref,
    name: ref,
    description: `Built-in pack ${ref}.`,
    keywords: [],
    version: sandbox.version,
    python_versions: ref === 'default' || ref === 'examples' ? [] : ['2', '3'],
    author: 'StackStorm',
    email,
    contributors: [],
    files: ['pack.yaml'],
    path: directory,
    dependencies: [],
    system: {},
    id: sandbox.store.newId(),
  })
}

interface BuiltInAction {
  name: string
  runner: string
  entry_point?: string
  file?: string
  parameters?: Json
}

function putActions(sandbox: Sandbox): void {
  for (const [pack, list] of Object.entries(content.actions as unknown as Record<string, BuiltInAction[]>)) {
    for (const action of list) {
      if (!sandbox.traits.missingBuiltInActions.includes(refOf(pack, action.name))) actions(sandbox).put(actionDoc(sandbox, pack, action))
    }
  }
}

function actionDoc({ store, traits }: Sandbox, pack: string, { name, runner, entry_point = '', file = `actions/${name}.yaml`, parameters = {} }: BuiltInAction): ActionDoc {
  const unknown = traits.missingBuiltInParameters[refOf(pack, name)] ?? []
  return {
    tags: [],
    uid: uidOf('action', pack, name),
    metadata_file: file,
    name,
    ref: refOf(pack, name),
    description: `Built-in action ${pack}.${name}.`,
    enabled: true,
    entry_point,
    pack,
    runner_type: runner,
    parameters: Object.fromEntries(Object.entries(parameters).filter(([parameter]) => !unknown.includes(parameter))),
    output_schema: {},
    notify: {},
    id: store.newId(),
  }
}

function putRules(sandbox: Sandbox): void {
  for (const { pack, name, enabled, file, trigger, criteria, action } of content.rules) {
    const { type, parameters = {} } = trigger
    const used = triggerForRule(sandbox, type, parameters)
    rules(sandbox).put({
      tags: [],
      uid: uidOf('rule', pack, name),
      metadata_file: file,
      name,
      ref: refOf(pack, name),
      description: `Built-in rule ${pack}.${name}.`,
      pack,
      type: { ref: 'standard', parameters: {} },
      trigger: used.ref,
      criteria,
      action: { ref: action, parameters: {} },
      context: {},
      enabled,
      saved_again: true,
      id: sandbox.store.newId(),
    })
    useTrigger(sandbox, used.ref)
  }
}

function putSensors(sandbox: Sandbox): void {
  for (const { pack, class_name: name, entry_point, file, trigger_types, poll_interval } of content.sensors as { pack: string; class_name: string; entry_point: string; file: string; trigger_types: { name: string; payload_schema: Json }[]; poll_interval?: number }[]) {
    const refs = trigger_types.map((type) => registerTriggerType(sandbox, { ...type, pack, description: `${pack}.${type.name}`, metadata_file: file }).ref)
    sensors(sandbox).put({
      description: `Built-in sensor ${pack}.${name}.`,
      uid: uidOf('sensor_type', pack, name),
      metadata_file: file,
      name,
      ref: refOf(pack, name),
      pack,
      artifact_uri: `file://${path.join(sandbox.paths.packs, pack, 'sensors', entry_point)}`,
      entry_point: `sensors.${entry_point.replace('.py', '')}.${name}`,
      trigger_types: refs,
      ...(poll_interval !== undefined && { poll_interval }),
      enabled: true,
      id: sandbox.store.newId(),
    })
  }
}

function putAliases(sandbox: Sandbox): void {
  for (const { pack, name, action_ref, formats, file } of content.aliases) {
    aliases(sandbox).put({
      uid: uidOf('action_alias', pack, name),
      metadata_file: file,
      name,
      ref: refOf(pack, name),
      description: `Built-in alias ${pack}.${name}.`,
      pack,
      enabled: true,
      action_ref,
      formats,
      ack: {},
      result: {},
      extra: {},
      immutable_parameters: {},
      id: sandbox.store.newId(),
    })
  }
}
