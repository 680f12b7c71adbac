/**
 * Writes to the datastore as triggers: StackStorm tells of each through `core.st2.key_value_pair.*`, with the key as its API shows it
 * (a secret stays ciphertext). What its database removes by itself, at the end of a key's time, it does not tell.
 */
import { rules, triggers } from '../../content/documents'
import { presentKey } from '../../datastore/present'
import type { KeyChange } from '../../datastore/store'
import type { Sandbox } from '../../types'
import { engineOf } from '../engine'
import type { Json } from '../model'
import { dispatch } from './dispatch'

const PREFIX = 'core.st2.key_value_pair'

/** Tells the rules of a change, once the answer is out: they hear of it over the message bus. */
export function tellOfKey(sandbox: Sandbox, { before, after }: KeyChange): void {
  const shown = (doc: typeof after): Json => (doc ? presentKey(doc, sandbox) : {})
  if (!after) return happened(sandbox, 'delete', () => ({ object: shown(before) }))
  happened(sandbox, before ? 'update' : 'create', () => ({ object: shown(after) }))
  if (before && before.value !== after.value) happened(sandbox, 'value_change', () => ({ old_object: shown(before), new_object: shown(after) }))
}

/**
 * StackStorm keeps a trigger instance of every write. Here a write that no rule waits for, switched on or off, leaves none: they
 * would be the bulk of the store, and of the time that a write takes.
 */
function happened(sandbox: Sandbox, operation: 'create' | 'update' | 'value_change' | 'delete', payload: () => Json): void {
  const ref = `${PREFIX}.${operation}`
  if (!rules(sandbox).all().some(({ trigger }) => trigger === ref)) return
  const trigger = triggers(sandbox).by('ref_1', ref)
  const told = payload()
  if (trigger) engineOf(sandbox).soon(() => dispatch(sandbox, trigger, told, `trigger_instance-${sandbox.store.newId()}`))
}
