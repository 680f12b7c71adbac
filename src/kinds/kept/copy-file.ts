/** Copies bytes and hashes them in one pass, in constant memory: the next piece is read while the last one is hashed and written. */
import { createHash } from 'crypto'
import * as fs from 'fs'
import { fileError, withPath } from '../../system/file-errors'

const PIECE = 1024 * 1024

export interface Copied {
  /** Fewer than were asked for when the file had become shorter. */
  bytes: number
  sha256: string
}

/**
 * Copies the first `size` bytes to a new file, mode 0600, synced. `between` is called after each piece and may throw. Throws a
 * Refusal that names the new file when it cannot be written.
 */
export async function copyHashed(from: fs.promises.FileHandle, size: number, to: string, between: () => void = () => undefined): Promise<Copied> {
  const out = await withPath('write', to, () => fs.promises.open(to, 'wx', 0o600))
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const piece of piecesOf(from, size)) {
      between()
      hash.update(piece)
      for (let at = 0; at < piece.length; ) at += await written(out, to, piece, at)
      bytes += piece.length
    }
    await withPath('write', to, () => out.sync())
  } finally {
    await out.close()
  }
  return { bytes, sha256: hash.digest('hex') }
}

async function written(out: fs.promises.FileHandle, to: string, piece: Buffer, at: number): Promise<number> {
  try {
    return (await out.write(piece, at, piece.length - at)).bytesWritten
  } catch (error) {
    throw fileError(error, 'write', to)
  }
}

/** Pieces from the beginning; a piece is valid until the next one but one is asked for. */
async function* piecesOf(from: fs.promises.FileHandle, size: number): AsyncGenerator<Buffer> {
  const room = [Buffer.allocUnsafe(PIECE), Buffer.allocUnsafe(PIECE)]
  const read = (turn: number, at: number): Promise<Buffer> =>
    from.read(room[turn % 2]!, 0, Math.min(PIECE, size - at), at).then(({ bytesRead, buffer }) => buffer.subarray(0, bytesRead))
  let next = size > 0 ? read(0, 0) : undefined
  try {
    for (let [turn, at] = [0, 0]; next; turn++) {
      const piece = await next
      at += piece.length
      next = piece.length > 0 && at < size ? read(turn + 1, at) : undefined
      // What is awaited later must not count as unhandled when the consumer stops before.
      next?.catch(() => undefined)
      if (piece.length > 0) yield piece
    }
  } finally {
    await next?.catch(() => undefined)
  }
}

/** The hash of a file as it lies on the disk. */
export async function hashOf(file: string): Promise<string> {
  const handle = await withPath('read', file, () => fs.promises.open(file, 'r'))
  try {
    const hash = createHash('sha256')
    const { size } = await handle.stat()
    for await (const piece of piecesOf(handle, size)) hash.update(piece)
    return hash.digest('hex')
  } finally {
    await handle.close()
  }
}
