/**
 * Trigger types and triggers. A type without parameters has one trigger of its own name; for one with parameters (timers,
 * webhooks) each set of parameters that a rule uses is a trigger with a UUID as its name, kept as long as a rule uses it.
 */
import { createHash, randomUUID } from 'crypto'
import { pyRepr } from '../python'
import { Fault, type Sandbox } from '../types'
import { refOf, splitRef, triggerTypes, triggers, uidOf, type Json, type Tag, type TriggerDoc, type TriggerTypeDoc } from './documents'
import { TRIGGER_TYPE } from './models'
import { cleaned } from './validation'

/** A rule names a trigger that is not there and that cannot be made for want of parameters. */
export class TriggerMissing extends Fault {
  constructor(pack: string, type: string) {
    super(400, `A simple trigger should have been created when registering triggertype. Cannot create trigger: ${pyRepr({ pack, type, parameters: {} })}.`)
  }
}

export interface TriggerTypeSpec {
  name?: unknown
  pack: string
  description?: unknown
  payload_schema?: unknown
  parameters_schema?: unknown
  tags?: unknown
  metadata_file?: string | null
}

export const triggerTypeByRef = (sandbox: Sandbox, ref: string): TriggerTypeDoc | undefined => {
  const parts = splitRef(ref)
  return parts && triggerTypes(sandbox).by('uid_1', uidOf('trigger_type', parts.pack, parts.name))
}
export const triggerByRef = (sandbox: Sandbox, ref: string): TriggerDoc | undefined => triggers(sandbox).by('ref_1', ref)

/** A name and value for each tag; what is missing is an empty text. */
export function tagsOf(tags: unknown): Tag[] {
  return ((tags ?? []) as Partial<Tag>[]).map(({ name = '', value = '' }) => ({ name, value }))
}

/** Creates a trigger type of a pack or brings it up to date, and its trigger when it needs no parameters. */
export function registerTriggerType(sandbox: Sandbox, spec: TriggerTypeSpec): TriggerTypeDoc {
  if (spec.name === undefined) throw new Error('Invalid trigger type. Missing field "name"')
  const { name, pack, description = '', payload_schema = {}, parameters_schema = {}, tags = [], metadata_file = null } = spec
  const known = { name, pack, description, payload_schema, parameters_schema, tags, metadata_file }
  cleaned(TRIGGER_TYPE, known, sandbox.traits)
  const doc = triggerTypeDoc(sandbox, known)
  const existing = triggerTypes(sandbox).by('uid_1', doc.uid)
  const type = triggerTypes(sandbox).put(existing ? { ...doc, id: existing.id } : doc)
  putShadowTrigger(sandbox, type)
  return type
}

/** A new trigger type as it is stored. Null members are left out. Throws a 400 when pack or name is missing. */
export function triggerTypeDoc({ store }: Sandbox, spec: Omit<TriggerTypeSpec, 'pack'> & { pack?: unknown }): TriggerTypeDoc {
  const { pack, name } = spec
  if (!pack || !name) throw new Fault(400, `Both pack and name needed for building ref. pack=${pyText(pack)}, name=${pyText(name)}`)
  return {
    ...((spec.description ?? null) !== null && { description: spec.description as string }),
    tags: tagsOf(spec.tags),
    uid: uidOf('trigger_type', pack as string, name as string),
    ...(typeof spec.metadata_file === 'string' && { metadata_file: spec.metadata_file }),
    ref: refOf(pack as string, name as string),
    name: name as string,
    pack: pack as string,
    payload_schema: (spec.payload_schema ?? {}) as Json,
    parameters_schema: (spec.parameters_schema ?? {}) as Json,
    id: store.newId(),
  }
}
const pyText = (value: unknown): string => (typeof value === 'string' ? value : pyRepr(value))

/** The trigger of a type that needs no parameters. */
export function putShadowTrigger(sandbox: Sandbox, { name, pack, ref, parameters_schema }: TriggerTypeDoc): void {
  if (Object.keys(parameters_schema).length > 0) return
  const existing = triggerByRef(sandbox, ref)
  const doc = triggerDoc(sandbox, { name, pack, type: ref, parameters: {} })
  triggers(sandbox).put(existing ? { ...doc, id: existing.id } : doc)
}

export interface TriggerSpec {
  name?: string
  pack: string
  type: string
  parameters: Json
  description?: string
}

/** A new trigger as it is stored; without a name it gets a UUID. */
export function triggerDoc({ store }: Sandbox, { name = randomUUID(), pack, type, parameters, description }: TriggerSpec): TriggerDoc {
  const uid = `${uidOf('trigger', pack, name)}:${createHash('md5').update(pythonJson(parameters)).digest('hex')}`
  return { uid, ref: refOf(pack, name), ...(description !== undefined && { description }), name, pack, type, parameters, ref_count: 0, id: store.newId() }
}

/** Python's `json.dumps(value, sort_keys=True)`: a trigger's uid is made of it. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([name, member]) => `${pythonJson(name)}: ${pythonJson(member)}`).join(', ')}}`
  }
  return JSON.stringify(value ?? null).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The trigger that a rule's trigger part means, made when it has parameters and is not there yet. */
export function triggerForRule(sandbox: Sandbox, type: string, parameters: Json): TriggerDoc {
  const found = triggerWith(sandbox, type, parameters)
  if (found) return found
  const parts = splitRef(type)
  if (!parts) throw new Fault(400, `Invalid resource reference: ${type}`)
  if (Object.keys(parameters).length === 0) throw new TriggerMissing(parts.pack, type)
  return triggers(sandbox).put(triggerDoc(sandbox, { pack: parts.pack, type, parameters }))
}

/** Parameters are compared as the database does: member by member, in order. */
function triggerWith(sandbox: Sandbox, type: string, parameters: Json): TriggerDoc | undefined {
  const wanted = JSON.stringify(parameters)
  return triggers(sandbox).all().find((trigger) => trigger.type === type && JSON.stringify(trigger.parameters) === wanted)
}

const hasParameters = ({ parameters }: TriggerDoc): boolean => Object.keys(parameters).length > 0

/** A rule begins to use a trigger. */
export function useTrigger(sandbox: Sandbox, ref: string): void {
  const trigger = triggerByRef(sandbox, ref)
  if (trigger && hasParameters(trigger)) triggers(sandbox).put({ ...trigger, ref_count: trigger.ref_count + 1 })
}

/** A rule no longer uses a trigger: the last one takes the trigger with it. */
export function leaveTrigger(sandbox: Sandbox, ref: string): void {
  const trigger = triggerByRef(sandbox, ref)
  if (!trigger || !hasParameters(trigger)) return
  if (trigger.ref_count <= 1) triggers(sandbox).delete(trigger.id)
  else triggers(sandbox).put({ ...trigger, ref_count: trigger.ref_count - 1 })
}
