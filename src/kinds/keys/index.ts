/**
 * The kind `keys`: the datastore, system scope and the user scopes of everyone who can be known.
 * Facts: docs of the recorded exchanges keys-* (names, TTLs, secrets, scopes) on 3.4.1, 3.8.1 and 3.9.0.
 */
import { canonicalJson, sha256 } from '../../core/canonical'
import type { Change, Difference } from '../../core/model'
import { isNullName, unsendable } from '../../st2/names'
import { conflictPolicy, type Kind, type Reading, type Verdict, type Weighing, type Writing, type Written } from '../kind'
import { compareKeys } from './compare'
import { doorTo } from './doors'
import { keySchema, OWN_PREFIX, remainingSeconds, toItem, type KeyItem } from './item'
import { deleteNull, madeForGood, toldOf } from './null-name'
import { plainText, sameCryptoKey, SecretUnreadable } from './secrets'
import { discoverUsers } from './users'
import { removeKey, restoreKey } from './undo'
import { watchingLines } from './watching'
import { writeKey } from './write'

export type { KeyItem } from './item'

async function* list(reading: Reading): AsyncGenerator<KeyItem> {
  yield* sift(reading.instance.api.keys('system'), reading)
  const users = reading.wanted ? await wantedUsers(reading) : await usersToRead(reading)
  for (const user of users) {
    const door = await doorTo(reading.instance, user)
    if (door) yield* sift(door.api.keys('user', door.user), reading, user)
    else notLookedAt(reading, user)
  }
}

async function usersToRead(reading: Reading): Promise<string[]> {
  const known = await discoverUsers(reading)
  for (const { user, seenIn } of known) reading.note(`user ${user}, known from ${seenIn.join(', ')}`)
  return known.map((k) => k.user)
}

/** On the target only users whose keys the archive holds matter. */
async function wantedUsers({ wanted }: Reading): Promise<string[]> {
  const users = new Set<string>()
  for await (const item of wanted!.items('keys')) if (typeof item.user === 'string') users.add(item.user)
  return [...users]
}

function notLookedAt({ remark, wanted }: Reading, user: string): void {
  if (wanted) return
  remark({
    identity: `st2kv.user:${user}:*`,
    outcome: 'left',
    note: `the keys of user ${user} were not looked at: reading them needs a temporary API key for that user`,
    advice: 'run again with other_users=true',
  })
}

/** Leaves out what this tool made itself, and what has expired though it is still listed. */
async function* sift(keys: AsyncIterable<Parameters<typeof toItem>[0]>, reading: Reading, user?: string): AsyncGenerator<KeyItem> {
  const now = reading.system.clock.now()
  for await (const key of keys) {
    if (key.name.startsWith(OWN_PREFIX)) continue
    const item = toItem(key, user ?? reading.instance.user)
    if (item.expires === undefined || remainingSeconds(item.expires, now) > 0) yield item
    else reading.remark({ identity: item.identity, outcome: 'left', note: `it expired at ${item.expires} and was only still listed` })
  }
}

async function weigh(source: KeyItem, target: KeyItem | undefined, differences: Difference[], weighing: Weighing): Promise<Verdict | undefined> {
  const why = unsendable(source.name, weighing.target.version, { proxied: /\/api\/?$/.test(weighing.target.url) })
  if (why) return { action: 'leave', note: `the target (${weighing.target.version}) cannot take this name: ${why}`, advice: 'create it under another name' }
  if (source.expires !== undefined && remainingSeconds(source.expires, weighing.system.clock.now()) <= 0) {
    return { action: 'leave', note: `it expired at ${source.expires}` }
  }
  if (target && isNullName(source.name, source.scope)) {
    return { action: 'manual', note: 'a key of this name can be made once but never changed through the API', advice: `rename it on the source and export again; or ${deleteNull(source)}, then plan again` }
  }
  const impossible = (await unreadable(source, weighing)) ?? (await unreachable(source, weighing))
  if (impossible) return impossible
  const how = over(differences, transformation(source, weighing), weighing)
  return isNullName(source.name, source.scope) ? madeForGood(source, how ?? {}) : how
}

/** Secrets are opened while planning, so that one that cannot be is known before the first write. */
async function unreadable(source: KeyItem, weighing: Weighing): Promise<Verdict | undefined> {
  if (!source.secret) return undefined
  try {
    await plainText(source, weighing.source)
    return undefined
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error
    return { action: 'manual', note: `secret: ${error.message}`, advice: 'give the source\'s key file (source_crypto_key_file), or set this secret by hand on the new instance' }
  }
}

async function unreachable(source: KeyItem, weighing: Weighing): Promise<Verdict | undefined> {
  if (await doorTo(weighing.target, source.user)) return undefined
  return { action: 'manual', note: `keys of user ${source.user} can be written only as this user`, advice: 'run again with other_users=true' }
}

/** Only says how; whether to write, skip or stop stays with the engine. */
function transformation(source: KeyItem, weighing: Weighing): Verdict | undefined {
  const notes = []
  if (source.secret && !sameCryptoKey(weighing.source, weighing.target)) notes.push("encrypted anew with the target's crypto key")
  if (source.listedName !== undefined) notes.push(`listed as ${JSON.stringify(source.listedName)} on the source, carried under its real name`)
  return notes.length > 0 ? { transformed: true, note: notes.join('; ') } : undefined
}

/** A conflict tells what differs there; how it would be written is told only of what is to be written. */
function over(differences: Difference[], how: Verdict | undefined, { settings }: Weighing): Verdict | undefined {
  if (!how || differences.length === 0 || conflictPolicy(settings, 'keys') === 'overwrite') return how
  return { ...how, note: `${differences.map(({ path }) => path).join(', ')} differs` }
}

async function writeOne(change: Change, item: KeyItem, before: KeyItem | undefined, writing: Writing): Promise<Written> {
  const written = await writeKey(item, before, writing)
  return written.outcome === 'carried' && isNullName(item.name, item.scope) ? { ...written, ...toldOf(change) } : written
}

/** Value, secrecy, description, expiry; a secret by its ciphertext, which its random start makes unguessable. */
function fingerprint({ identity, value, secret, description, expires }: KeyItem): string {
  return sha256(canonicalJson({ identity, value, secret, description, expires }))
}

export const keys: Kind<KeyItem> = {
  name: 'keys',
  title: 'datastore keys',
  after: [],
  schema: keySchema,
  plainSecrets: false,
  packless: true,
  list,
  compare: compareKeys,
  fingerprint,
  weigh,
  caveats: watchingLines,
  write: writeOne,
  remove: removeKey,
  restore: restoreKey,
  // A PUT sets the value at once; what an update cannot clear goes with a deletion in between.
  isHalfWritten: (differences) => differences.every(({ path }) => path === 'expires' || path === 'description'),
  hasGone: ({ expires }, { system }) => expires !== undefined && remainingSeconds(expires, system.clock.now()) <= 0,
  staysBehind: ['records of users whose keys were written', 'ids of keys that were deleted and made again'],
}
