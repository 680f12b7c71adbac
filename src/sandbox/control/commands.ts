/** What the control port can do. */
import { applyRbacDefinitions } from '../auth/rbac-definitions'
import { setRawValue } from '../datastore/raw'
import { keysOf } from '../datastore/store'
import { expireInquiries } from '../executions/inquiries'
import { leavePast } from '../executions/past'
import { fireTimers } from '../executions/rules/timers'
import type { Faults } from '../faults'
import { faultSettings } from '../faults/settings'
import { ROOMS } from '../rooms'
import type { Sandbox } from '../types'

type Command = (sandbox: Sandbox, args: Record<string, unknown>, faults: Faults) => unknown

export const COMMANDS: Record<string, Command | undefined> = {
  status: (sandbox, _args, { counts }) => ({ version: sandbox.version, root: sandbox.paths.root, ...counts }),
  /** Replaces the stored value of a system key as it stands, past the API: no encryption, no check. */
  'set-value': (sandbox, { name, value }) => setRawValue(sandbox, String(name), String(value)),
  /** Removes what clients made: what came into the store after it was sealed, and what rooms know of on disk. */
  reset: async (sandbox) => {
    sandbox.store.reset()
    for (const room of ROOMS) await room.reset?.(sandbox)
  },
  /** Puts these faults in the place of those that are set; without any there are none. */
  faults: (_sandbox, args, faults) => faults.set(faultSettings(args)),
  /** Makes executions of past days, which no API can. */
  past: (sandbox, { executions, days }) => leavePast(sandbox, Number(executions), Number(days)),
  /** What `st2-apply-rbac-definitions` asks for. */
  'apply-rbac': (sandbox) => applyRbacDefinitions(sandbox),
  /** As if so many seconds passed at once: timers that would be due in them fire, questions whose time ends time out. */
  pass: (sandbox, { seconds }) => {
    const [now, later] = [Date.now(), Date.now() + Number(seconds) * 1000]
    return { fired: fireTimers(sandbox, now, later), inquiries: expireInquiries(sandbox, later) }
  },
  /** Removes expired keys now. */
  sweep: (sandbox) => ({ removed: keysOf(sandbox).sweep(Date.now()) }),
}
