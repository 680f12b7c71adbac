/** The 409 for a unique value that is taken, in the words of StackStorm's database. */
import { pyRepr } from './python'
import { Fault, type Sandbox } from './types'

/** `collection` and `index` as the database names them; `key` is the one member and value that the index holds. */
export function duplicateFault(sandbox: Sandbox, collection: string, index: string, key: Record<string, string>, conflictId: string | null): Fault {
  const [[member, value] = ['', '']] = Object.entries(key)
  const message = `E11000 duplicate key error collection: st2.${collection} index: ${index} dup key: { ${member}: ${JSON.stringify(value)} }`
  const report = { index: 0, errmsg: message, code: 11000, keyPattern: { [member]: 1 }, keyValue: key }
  const full = sandbox.traits.duplicateErrorsAreFull ? `, full error: ${pyRepr(report)}` : ''
  return new Fault(409, `Tried to save duplicate unique keys (${message}${full})`, { 'conflict-id': conflictId })
}
