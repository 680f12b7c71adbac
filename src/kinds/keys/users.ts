/**
 * Whose keys an instance holds. No API lists users, so they are gathered from where they leave traces: API keys,
 * executions, the htpasswd file, RBAC assignments, and the `users` setting.
 */
import type { Reading } from '../kind'
import { BORROWED_BY } from '../../st2/borrow'
import { isSt2Error } from '../../st2/errors'
import { readTextIfThere } from '../../system/text-files'

export interface KnownUser {
  user: string
  seenIn: string[]
}

/** Every user that left a trace, sorted; the asking user is among them. */
export async function discoverUsers(reading: Reading): Promise<KnownUser[]> {
  const seen = new Map<string, Set<string>>()
  const add = (user: unknown, where: string): void => {
    if (typeof user !== 'string' || user === '') return
    seen.set(user, (seen.get(user) ?? new Set()).add(where))
  }
  add(reading.instance.user, 'this run')
  for (const user of reading.settings.users) add(user, 'the users setting')
  await fromApiKeys(reading, add)
  await fromExecutions(reading, add)
  await fromHtpasswd(reading, add)
  await fromRbac(reading, add)
  return [...seen].map(([user, where]) => ({ user, seenIn: [...where] })).sort((a, b) => (a.user < b.user ? -1 : 1))
}

type Add = (user: unknown, where: string) => void

async function fromApiKeys({ instance }: Reading, add: Add): Promise<void> {
  for await (const key of instance.api.list<{ user?: string; metadata?: Record<string, unknown> }>('/v1/apikeys')) {
    if (key.metadata?.[BORROWED_BY] === undefined) add(key.user, 'API keys')
  }
}

/** The filters view gives the distinct users of all executions in one answer, however many executions there are. */
async function fromExecutions({ instance, note }: Reading, add: Add): Promise<void> {
  const filters = await instance.api.find<{ user?: unknown[] }>('/v1/executions/views/filters', { types: 'user' })
  if (!filters || !Array.isArray(filters.user)) return note('users of executions could not be listed on this instance')
  for (const user of filters.user) add(user, 'executions')
}

const NO_HTPASSWD = 'the file of users and passwords (htpasswd) is not at hand: a user who has no API key and never ran anything is not known; name such users with users=NAME,NAME'

async function fromHtpasswd({ instance, note }: Reading, add: Add): Promise<void> {
  const text = instance.files && (await readTextIfThere(instance.files.htpasswd))
  if (text === undefined) note(NO_HTPASSWD)
  for (const line of text?.split('\n') ?? []) {
    if (!line.startsWith('#') && line.includes(':')) add(line.slice(0, line.indexOf(':')).trim(), 'htpasswd')
  }
}

async function fromRbac({ instance }: Reading, add: Add): Promise<void> {
  if (!instance.rbac) return
  try {
    for await (const row of instance.api.list<{ user?: string }>('/v1/rbac/role_assignments')) add(row.user, 'RBAC assignments')
  } catch (error) {
    if (!isSt2Error(error, 'not_found')) throw error
  }
}
