/**
 * Sealing with age (https://age-encryption.org/v1), streaming and bounded both ways. Any age tool opens what this
 * seals, and this opens what any age tool sealed for X25519 recipients, post-quantum ones or a passphrase.
 */
import { Decrypter, Encrypter, type Identity, type Recipient } from 'age-encryption'
import { ByteReader } from './bytes'
import { ArchiveError } from './errors'
import type { SealWith, UnsealWith } from './types'

const MAGIC = Buffer.from('age-encryption.org/v1\n')
/**
 * scrypt's N is 2 to this power: 64 MB of memory and a blink per try. age's own default of 18 wants 256 MB, too much for
 * the small old machines that this runs on. Reading takes up to 20.
 */
export const SCRYPT_WORK_FACTOR = 16

/** What opens a sealed stream again without its identity, kept in memory for the read-back only. */
export type Proof = { key?: Identity; passphrase?: string }

export interface Sealed {
  bytes: AsyncGenerator<Buffer>
  proof: Proof
}

/** @throws ArchiveError `bad-recipient` (before anything is read). */
export async function seal(source: AsyncIterable<Buffer>, sealWith: SealWith): Promise<Sealed> {
  const { encrypter, proof } = encrypterFor(sealWith)
  return { bytes: fromWeb(await encrypter.encrypt(toWeb(source))), proof }
}

/** Long before there is anything to seal. @throws ArchiveError `bad-recipient`. */
export const checkSeal = (sealWith: SealWith): void => void encrypterFor(sealWith)

function encrypterFor(sealWith: SealWith): { encrypter: Encrypter; proof: Proof } {
  const encrypter = new Encrypter()
  return { encrypter, proof: sealWith.passphrase === undefined ? addRecipients(encrypter, sealWith.recipients ?? []) : addPassphrase(encrypter, sealWith) }
}

function addPassphrase(encrypter: Encrypter, sealWith: SealWith): Proof {
  if (sealWith.recipients?.length) throw new ArchiveError('bad-recipient', 'An archive is sealed for recipients or with a passphrase, not both.')
  if (!sealWith.passphrase) throw new ArchiveError('bad-recipient', 'The passphrase is empty.')
  encrypter.setPassphrase(sealWith.passphrase)
  encrypter.setScryptWorkFactor(SCRYPT_WORK_FACTOR)
  return { passphrase: sealWith.passphrase }
}

/** Beside the recipients there is one that writes nothing to the file: it keeps the file's own key for the read-back. */
function addRecipients(encrypter: Encrypter, recipients: string[]): Proof {
  if (recipients.length === 0) throw new ArchiveError('bad-recipient', 'No recipient is given to seal for.')
  for (const recipient of recipients) addRecipient(encrypter, recipient)
  let fileKey: Uint8Array | null = null
  const witness: Recipient = {
    wrapFileKey: (key) => {
      fileKey = key
      return []
    },
  }
  encrypter.addRecipient(witness)
  return { key: { unwrapFileKey: () => fileKey } }
}

function addRecipient(encrypter: Encrypter, recipient: string): void {
  if (recipient.startsWith('AGE-SECRET-KEY-')) throw new ArchiveError('bad-recipient', 'An age identity (a private key) was given where a recipient belongs.')
  try {
    encrypter.addRecipient(recipient)
  } catch {
    throw new ArchiveError('bad-recipient', `${recipient} is no age recipient.`)
  }
}

/** How a file is sealed, by its first bytes; undefined when it is not. Takes up to some 60 kB. */
export function sealedBy(start: Buffer): 'recipients' | 'passphrase' | undefined {
  if (!start.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  return start.subarray(MAGIC.length, MAGIC.length + 10).toString('latin1') === '-> scrypt ' ? 'passphrase' : 'recipients'
}

/**
 * The plain bytes of a sealed stream.
 * @throws ArchiveError `needs-identity`, `wrong-identity`, `needs-passphrase`, `wrong-passphrase`, `damaged` or `truncated`.
 */
export async function* unseal(source: AsyncIterable<Buffer>, by: 'recipients' | 'passphrase', unsealWith: UnsealWith & Proof): AsyncGenerator<Buffer> {
  const decrypter = makeDecrypter(by, unsealWith)
  const reader = new ByteReader(source)
  let ended = false
  async function* watched(): AsyncGenerator<Buffer> {
    yield* reader.rest()
    ended = true
  }
  try {
    const plain = await decrypter.decrypt(toWeb(watched())).catch((error: unknown) => {
      throw explainHeader(error, by)
    })
    yield* fromWeb(plain)
  } catch (error) {
    throw explainBody(error, ended)
  } finally {
    await reader.close()
  }
}

function makeDecrypter(by: 'recipients' | 'passphrase', unsealWith: UnsealWith & Proof): Decrypter {
  const decrypter = new Decrypter()
  if (by === 'passphrase') {
    if (!unsealWith.passphrase) throw new ArchiveError('needs-passphrase', 'The archive is sealed with a passphrase, and none was given.')
    decrypter.addPassphrase(unsealWith.passphrase)
    return decrypter
  }
  const identities = [...(unsealWith.identities ?? []), ...(unsealWith.key ? [unsealWith.key] : [])]
  if (identities.length === 0) throw new ArchiveError('needs-identity', 'The archive is sealed for age recipients, and no identity was given.')
  for (const identity of identities) addIdentity(decrypter, identity)
  return decrypter
}

function addIdentity(decrypter: Decrypter, identity: string | Identity): void {
  try {
    decrypter.addIdentity(identity)
  } catch {
    // The library's message is not passed on: it might quote the identity.
    throw new ArchiveError('wrong-identity', 'What was given as an age identity is none.')
  }
}

function explainHeader(error: unknown, by: 'recipients' | 'passphrase'): unknown {
  if (error instanceof ArchiveError) return error
  const text = error instanceof Error ? error.message : ''
  if (text.startsWith('no identity matched')) {
    return by === 'passphrase'
      ? new ArchiveError('wrong-passphrase', 'The passphrase does not open the archive.')
      : new ArchiveError('wrong-identity', 'None of the given identities opens the archive.')
  }
  if (text.startsWith('stream ended')) return new ArchiveError('truncated', 'The archive is cut off within its age header.')
  return new ArchiveError('damaged', 'The age header of the archive is damaged.')
}

/** Every chunk is authenticated; a cut shows in the last one, which must say that it is the last. */
function explainBody(error: unknown, ended: boolean): unknown {
  if (error instanceof ArchiveError || (error as NodeJS.ErrnoException).syscall) return error
  return ended
    ? new ArchiveError('truncated', 'The sealed archive is cut off, or its end was changed.')
    : new ArchiveError('damaged', 'The sealed archive was changed or damaged.')
}

function toWeb(source: AsyncIterable<Buffer>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await iterator.next()
      if (next.done) controller.close()
      else controller.enqueue(next.value)
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}

async function* fromWeb(stream: ReadableStream<Uint8Array>): AsyncGenerator<Buffer> {
  const reader = stream.getReader()
  let ended = false
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      yield Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
    }
    ended = true
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined)
  }
}
