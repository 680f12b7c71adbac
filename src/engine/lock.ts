/**
 * One apply at a time on a target: a key `st2upgrade.lock` there with run, host and a renewed ttl, beside the lock file of
 * the state directory. The same run takes its own over; another only after the ttl.
 */
import { EXIT, Refusal } from '../core/exit-codes'
import type { StackStorm } from '../st2/port'
import type { System } from '../system/ports'
import { startHeartbeat } from './heartbeat'

export const LOCK_KEY = 'st2upgrade.lock'
/** Seconds. Long enough for a slow server, short enough that nobody waits long after a crash. */
const TTL_S = 120
const RENEW_MS = 40_000
/** At least so long after writing the lock it is read back: more than a request of another run takes. */
const SETTLE_MS = 300

interface Holder {
  run: string
  host: string
  since: string
}

export interface Lock {
  release(): Promise<void>
  /** Throws when the lock was lost to another run: called between writes. */
  check(): void
}

/** Takes the lock, or refuses with exit 7 naming who holds it. */
export async function takeLock(api: StackStorm, run: string, system: System): Promise<Lock> {
  const mine: Holder = { run, host: system.hostname, since: system.clock.now().toISOString() }
  await refuseIfHeld(api, run, system)
  const put = async (): Promise<void> => {
    await api.putKey({ name: LOCK_KEY, scope: 'system', value: JSON.stringify(mine), ttl: TTL_S, description: 'an st2upgrade apply is under way' })
  }
  const began = system.clock.now().getTime()
  await put()
  // Another run that saw no lock just before may still write its own: the last one stands, and both must see which.
  await system.clock.sleep(Math.max(SETTLE_MS, 3 * (system.clock.now().getTime() - began)))
  await refuseIfHeld(api, run, system)
  const renew = (): Promise<void> => refuseIfHeld(api, run, system).then(put)
  const heart = startHeartbeat(RENEW_MS, renew, (error) => system.progress.warn(`the lock on ${api.url} could not be renewed: ${error.message}`))
  return {
    check: () => heart.check(),
    // The work is done, or has its own error to tell: a lock that stays behind ends by itself.
    release: async () => {
      await heart.stop()
      if (!heart.lost) await letGo(api, run).catch((error: Error) => system.progress.warn(`the lock on ${api.url} stays until it expires, in ${TTL_S} s at most: ${error.message}`))
    },
  }
}

/** Another run may have taken it while this one was silent: theirs stays. */
async function letGo(api: StackStorm, run: string): Promise<void> {
  const key = await api.key(LOCK_KEY, 'system')
  if (key && holderOf(key.value).run === run) await api.deleteKey(LOCK_KEY, 'system')
}

/** An expired lock stays listed until the database sweeps it: its time counts, not its presence. */
async function refuseIfHeld(api: StackStorm, run: string, system: System): Promise<void> {
  const key = await api.key(LOCK_KEY, 'system')
  if (!key) return
  const holder = holderOf(key.value)
  const until = key.expire_timestamp === undefined ? Infinity : Date.parse(key.expire_timestamp)
  if (holder.run === run || until <= system.clock.now().getTime()) return
  throw new Refusal(
    `run ${holder.run} on ${holder.host} holds the lock on ${api.url}`,
    `wait until it ends; after a crash the lock is free at ${key.expire_timestamp ?? 'no time: delete the key ' + LOCK_KEY}`,
    EXIT.locked,
  )
}

function holderOf(text: string): Holder {
  try {
    return JSON.parse(text) as Holder
  } catch {
    return { run: 'unknown', host: 'unknown', since: '' }
  }
}
