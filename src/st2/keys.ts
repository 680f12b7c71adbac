/**
 * Datastore keys over the API: one scope at a time, names as they are meant whatever the version makes of them, and the
 * name in every answer compared with it, because a proxy or the API itself may have cut or changed the name on the way.
 */
import { St2Error, isSt2Error, keyMismatch } from './errors'
import { encodeName, isNullName, listedName, realName, unsendable } from './names'
import type { DatastoreKey, KeyToWrite, Query, StackStorm } from './port'

/** What keys need of a client. */
export interface KeyApi extends Pick<StackStorm, 'find' | 'list' | 'version'> {
  /** The base has a path such as `/api`: nginx stands in between. Right after the first answer only. */
  readonly proxied: boolean
  put<T>(path: string, body: unknown, query?: Query, repeatable?: boolean): Promise<T>
  remove(path: string, query?: Query): Promise<void>
}

type Scope = 'system' | 'user'

const pathOf = (name: string) => `/v1/keys/${encodeName(name)}`

/** `user` goes with `scope=user` only; RBAC off the API refuses it even for the caller's own name. */
const where = (scope: Scope, user?: string): Query => ({ scope, user: scope === 'user' ? user : undefined })

function meant(key: DatastoreKey, version: string): DatastoreKey {
  const name = realName(key.name, version)
  return name === key.name ? key : { ...key, name, listed_name: key.name }
}

async function refuseUnsendable(api: KeyApi, name: string): Promise<string> {
  const version = await api.version()
  const reason = unsendable(name, version, { proxied: api.proxied })
  if (reason) throw new St2Error(`The key ${JSON.stringify(name)} cannot be asked for: ${reason}.`, 'Rename it on the source, or set it by hand on the target.', { code: 'unsendable', item: name })
  return version
}

export async function* listKeys(api: KeyApi, scope: Scope, user?: string): AsyncGenerator<DatastoreKey> {
  const version = await api.version()
  for await (const key of api.list<DatastoreKey>('/v1/keys', { query: where(scope, user) })) yield meant(key, version)
}

export async function readKey(api: KeyApi, name: string, scope: Scope, options: { decrypt?: boolean; user?: string } = {}): Promise<DatastoreKey | undefined> {
  const query = { ...where(scope, options.user), decrypt: options.decrypt || undefined }
  if (isNullName(name, scope)) return findInList(api, name, query)
  const version = await refuseUnsendable(api, name)
  const found = await api.find<DatastoreKey>(pathOf(name), query)
  if (found === undefined) return undefined
  const key = meant(found, version)
  if (key.name !== name) throw keyMismatch(name, String(key.name), scope, false)
  return key
}

/** A key that has no way to be asked for by its name. */
async function findInList(api: KeyApi, name: string, query: Query): Promise<DatastoreKey | undefined> {
  const prefix = listedName(name, await api.version()).slice(0, -1)
  for await (const key of api.list<DatastoreKey>('/v1/keys', { query: { ...query, prefix } })) if (key.name === name) return key
  return undefined
}

export async function writeKey(api: KeyApi, key: KeyToWrite): Promise<DatastoreKey> {
  const version = await refuseUnsendable(api, key.name)
  // A second PUT of the name null is a 409, so it is never repeated.
  const reply = await api.put<DatastoreKey>(pathOf(key.name), key, undefined, !isNullName(key.name, key.scope))
  const written = meant(reply, version)
  if (written.name !== key.name) throw keyMismatch(key.name, String(written.name), key.scope, true)
  return written
}

/** A key that is gone already is an error `not_found`. */
export async function removeKey(api: KeyApi, name: string, scope: Scope, user?: string): Promise<void> {
  await refuseUnsendable(api, name)
  try {
    await api.remove(pathOf(name), where(scope, user))
  } catch (error) {
    if (!isSt2Error(error, 'not_found') || !isNullName(name, scope)) throw error
    throw new St2Error(`The key ${JSON.stringify(name)} cannot be deleted: the API takes its name for none.`, 'It can be removed in the database only; it does no harm.', { code: 'unsendable', item: name })
  }
}
