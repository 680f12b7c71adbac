/**
 * A sealed file through a datastore: cut into keys that live for an hour at most, since nothing else of StackStorm's API takes
 * bytes. A piece stays below what nginx lets through (1 MB a body) and far below what a database document holds.
 */
import { createHash } from 'crypto'
import * as fs from 'fs'
import pMap from 'p-map'
import { EXIT, Refusal } from '../../core/exit-codes'
import type { StackStorm } from '../../st2/port'

/** Bytes of a piece before base64, which makes 680 kB of them. */
export const PIECE_BYTES = 510_000
/** More than this is no use of a datastore. */
export const MOST_BYTES = 50 * 1024 * 1024
/** Seconds: what a crash of both sides leaves behind ends by itself. */
const TTL_S = 3600
const AT_ONCE = 4

const prefixOf = (run: string): string => `st2upgrade.piece.${run}.`
const nameOf = (run: string, n: number): string => `${prefixOf(run)}${String(n).padStart(5, '0')}`

export interface Sent {
  pieces: number
  /** Of the whole file. */
  sha256: string
}

/** Puts all pieces there. The caller drops them, whatever happens. */
export async function sendPieces(api: StackStorm, run: string, file: string): Promise<Sent> {
  const hash = createHash('sha256')
  const { size } = await fs.promises.stat(file)
  refuseTooLarge(size)
  const handle = await fs.promises.open(file, 'r')
  try {
    const count = Math.ceil(size / PIECE_BYTES)
    const read = async (n: number): Promise<Buffer> => {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, n * PIECE_BYTES)
      return buffer.subarray(0, bytesRead)
    }
    for (let n = 0; n < count; n++) hash.update(await read(n))
    const send = async (n: number): Promise<unknown> => api.putKey({ name: nameOf(run, n), value: (await read(n)).toString('base64'), scope: 'system', ttl: TTL_S, description: 'a sealed piece of an st2upgrade hand-over' })
    await pMap(Array.from({ length: count }, (_, n) => n), send, { concurrency: AT_ONCE })
    return { pieces: count, sha256: hash.digest('hex') }
  } finally {
    await handle.close()
  }
}

function refuseTooLarge(size: number): void {
  if (size <= MOST_BYTES) return
  throw new Refusal(
    `the sealed files are ${Math.ceil(size / 1024 / 1024)} MB, more than the ${MOST_BYTES / 1024 / 1024} MB that go through a datastore`,
    'export with include_crypto_key=true, sealed (recipients or a passphrase), copy that archive to the target, and run there: st2 run st2upgrade.seed archive=/path with identity_file or passphrase_key_name',
    EXIT.blocked,
  )
}

/** Reads the pieces into `out` (which must not exist). @throws Refusal for a missing piece or another sum. */
export async function takePieces(api: StackStorm, run: string, { pieces, sha256 }: Sent, out: string): Promise<void> {
  const hash = createHash('sha256')
  const handle = await fs.promises.open(out, 'wx', 0o600)
  try {
    for (let n = 0; n < pieces; n++) {
      const key = await api.key(nameOf(run, n), 'system')
      if (!key) throw new Refusal(`piece ${n + 1} of ${pieces} is not in the datastore: it was deleted, or an hour went by`, 'hand over again', EXIT.failed)
      const bytes = Buffer.from(key.value, 'base64')
      hash.update(bytes)
      await handle.write(bytes)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (hash.digest('hex') !== sha256) throw new Refusal('the pieces in the datastore do not make up what was sent', 'hand over again', EXIT.failed)
}

/** Deletes what is there of a run's pieces; more than one side may do so at once. Returns how many there were. */
export async function dropPieces(api: StackStorm, run: string): Promise<number> {
  const names: string[] = []
  for await (const { name } of api.list<{ name: string }>('/v1/keys', { query: { scope: 'system', prefix: prefixOf(run), sort: 'name' }, pageSize: 20 })) names.push(name)
  await pMap(names, (name) => deleteIfThere(api, name), { concurrency: AT_ONCE })
  return names.length
}

async function deleteIfThere(api: StackStorm, name: string): Promise<void> {
  await api.deleteKey(name, 'system').catch((error: { code?: string }) => {
    if (error.code !== 'not_found') throw error
  })
}
