/**
 * Keys named `null` (any case) in the system scope. The API makes one and lists it; reading, changing and deleting it by name answer
 * 404 or 409, since it takes that name for none (recordings keys-*). What a person can do is done in the database.
 */
import type { Change } from '../../core/model'
import type { Verdict } from '../kind'

type Named = { name: string }

/** For MongoDB's shell; the collection is named after StackStorm's own class. */
const inDatabase = ({ name }: Named): string => `in the database of the new instance (MongoDB, usually named st2): db.key_value_pair_d_b.deleteOne({ scope: "st2kv.system", name: ${JSON.stringify(name)} })`

export const deleteNull = (key: Named): string => `delete it ${inDatabase(key)}`

/** In a plan that makes one: there is no way back through the API. */
export function madeForGood(key: Named, { note, ...verdict }: Verdict): Verdict {
  const stays = `a key named ${key.name} can be made through the API, but then neither changed nor deleted: undo cannot take it away`
  return { ...verdict, note: [note, stays].filter(Boolean).join('; '), stays, advice: `leave it out if nothing needs it (except=keys:st2kv.system:${key.name}); to be rid of it later, ${deleteNull(key)}` }
}

/** For the ledger, once it is made. */
export const toldOf = ({ note, advice }: Change): Pick<Change, 'note' | 'advice'> => ({ ...(note !== undefined && { note }), ...(advice !== undefined && { advice }) })
