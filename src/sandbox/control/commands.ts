/** What the control port can do. */
import { setRawValue } from '../datastore/raw'
import { ROOMS } from '../rooms'
import type { Sandbox } from '../types'

type Command = (sandbox: Sandbox, args: Record<string, unknown>) => unknown

export const COMMANDS: Record<string, Command | undefined> = {
  /** Replaces the stored value of a system key as it stands, past the API: no encryption, no check. */
  'set-value': (sandbox, { name, value }) => setRawValue(sandbox, String(name), String(value)),
  /** Removes what clients made: what came into the store after it was sealed, and what rooms know of on disk. */
  reset: async (sandbox) => {
    sandbox.store.reset()
    for (const room of ROOMS) await room.reset?.(sandbox)
  },
}
