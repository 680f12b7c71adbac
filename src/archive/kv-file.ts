/**
 * kv_file.json: the datastore in the shape that the published `st2 key load` takes, for whoever wants no more than that.
 * Only what this client loads equal is in it: it stops at the first item that it cannot load, sends names unencoded, and
 * knows no description, no expiry and no other user. Seen with st2client 3.8.1 and 3.9.0.
 */
import * as fs from 'fs'
import { z } from 'zod'
import { CipherError, decrypt, type DatastoreKey } from '../core/datastore-cipher'
import type { Item } from '../core/model'
import { encodeName, isNullName, unsendable } from '../st2/names'
import { BufferedFile, realDisk } from './disk'
import type { Manifest } from './types'

/** What must be known of an item of the kind `keys`, whose whole schema is the kind's own. */
const schema = z.object({
  identity: z.string(),
  scope: z.enum(['system', 'user']),
  user: z.string().optional(),
  name: z.string(),
  value: z.string(),
  secret: z.boolean(),
  description: z.string().optional(),
  expires: z.string().optional(),
})

type ParsedKey = z.infer<typeof schema>

type LeftOut = Manifest['kvFileLeftOut']

/**
 * Writes the file from the items of the kind `keys`, in their order, one key in memory at a time.
 * @param user whose user-scoped keys belong in it: the one who exports, and who will load the file
 * @param crypto the instance's crypto key, when it is known: a secret that it does not open would stop the client
 * @returns what was left out and why; never a value
 */
export async function writeKvFile(file: string, keys: AsyncIterable<Item>, user: string, crypto?: DatastoreKey): Promise<LeftOut> {
  await fs.promises.rm(file, { force: true })
  const out = new BufferedFile(await realDisk.create(file))
  const leftOut: LeftOut = []
  let separator = '[\n'
  try {
    for await (const item of keys) {
      const key = parsedKey(item)
      const reason = reasonToLeave(key, user, crypto)
      if (reason) {
        leftOut.push({ identity: key.identity, reason })
        continue
      }
      await out.write(Buffer.from(separator + JSON.stringify(entry(key))))
      separator = ',\n'
    }
    await out.write(Buffer.from(separator === '[\n' ? '[]\n' : '\n]\n'))
  } catch (error) {
    await out.close()
    throw error
  }
  await out.end()
  return leftOut
}

/** The name goes into the URL as it stands, and the server takes it from there: encoded, it arrives as it is meant. */
function entry(key: ParsedKey): Record<string, unknown> {
  const name = /^[\w.:@-]+$/.test(key.name) ? key.name : encodeName(key.name)
  const plain = { name, value: key.value, scope: `st2kv.${key.scope}` }
  return key.secret ? { ...plain, secret: true, encrypted: true } : plain
}

function reasonToLeave(key: ParsedKey, user: string, crypto: DatastoreKey | undefined): string | undefined {
  if (key.scope === 'user' && key.user !== user) return 'st2 key load writes the keys of the user who loads only'
  if (key.expires !== undefined) return 'st2 key load would make it permanent'
  if (key.description !== undefined) return 'st2 key load would lose its description'
  if (isNullName(key.name, key.scope)) return 'a key of this name can neither be read back nor loaded twice'
  return unsendable(key.name, '3.9.0', { proxied: true }) ?? (key.secret ? brokenSecret(key.value, crypto) : undefined)
}

function brokenSecret(value: string, crypto: DatastoreKey | undefined): string | undefined {
  const reason = 'its ciphertext does not belong to the crypto key, and st2 key load would stop there'
  // Header, IV and HMAC are 41 bytes, and there is at least one block of 16.
  // Looks for one wrong character: whatever repeats may overflow the stack over the 16 MB that a value can have.
  if (/[^0-9a-f]/i.test(value) || value.length < 114 || (value.length / 2 - 41) % 16 !== 0) return reason
  if (!crypto) return undefined
  try {
    decrypt(value, crypto)
    return undefined
  } catch (error) {
    if (error instanceof CipherError) return reason
    throw error
  }
}

/** Names the item, and nothing of its value, when it is none. */
function parsedKey(item: Item): ParsedKey {
  const result = schema.safeParse(item)
  if (!result.success) throw new Error(`${item.identity} is no datastore key: ${result.error.issues.map((issue) => issue.path.join('.')).join(', ')}`)
  return result.data
}
