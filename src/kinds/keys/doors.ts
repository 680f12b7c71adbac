/** Which client reaches a user's keys: the own one, the admin's `user=` with RBAC on, or a temporary API key with RBAC off. */
import type { Instance } from '../kind'
import type { StackStorm } from '../../st2/port'

export interface Door {
  api: StackStorm
  /** To be sent as `user=`; only with RBAC on. */
  user?: string
}

/** Undefined when this user's keys cannot be reached (another user, RBAC off, and `other_users` not set). */
export async function doorTo(instance: Instance, user: string | undefined): Promise<Door | undefined> {
  if (user === undefined || user === instance.user) return { api: instance.api }
  if (instance.rbac) return instance.isAdmin ? { api: instance.api, user } : undefined
  const api = await instance.asUser?.(user)
  return api && { api }
}
