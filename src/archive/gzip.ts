/**
 * The gzip layer. The ten bytes of its header are always the same (no time, no name, system "unknown"), whatever zlib
 * the running Node has; the reader holds archives to that, since nothing else protects these bytes.
 */
import { pipeline, Readable } from 'stream'
import { createGunzip, createGzip } from 'zlib'
import { ByteReader } from './bytes'
import { ArchiveError } from './errors'

const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])

export async function* gzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = new ByteReader(through(source, createGzip({ level: 6 })))
  try {
    await reader.take(HEADER.length)
    yield HEADER
    yield* reader.rest()
  } finally {
    await reader.close()
  }
}

export interface Gunzipped {
  bytes: AsyncGenerator<Buffer>
  /** After the end: @throws ArchiveError when the header is not the one that {@link gzip} writes, or when something follows. */
  check(): void
}

/** @throws ArchiveError `not-an-archive`, `truncated` or `damaged` from `bytes`. */
export function gunzip(source: AsyncIterable<Buffer>): Gunzipped {
  const engine = createGunzip()
  let header: Buffer = Buffer.alloc(0)
  let given = 0
  async function* counted(): AsyncGenerator<Buffer> {
    const reader = new ByteReader(source)
    try {
      header = await reader.take(HEADER.length)
      if (header.length < 2 || !header.subarray(0, 2).equals(HEADER.subarray(0, 2))) throw new ArchiveError('not-an-archive', 'This is no archive of st2upgrade: it is neither gzip nor age.')
      given = header.length
      yield header
      for await (const piece of reader.rest()) {
        given += piece.length
        yield piece
      }
    } finally {
      await reader.close()
    }
  }
  async function* bytes(): AsyncGenerator<Buffer> {
    try {
      yield* through(counted(), engine)
    } catch (error) {
      throw explain(error)
    }
  }
  return {
    bytes: bytes(),
    check() {
      if (!header.equals(HEADER)) throw new ArchiveError('damaged', 'The gzip header is not the one that st2upgrade writes: the file was damaged or packed again.')
      if (engine.bytesWritten !== given) throw new ArchiveError('damaged', 'There are bytes after the end of the archive.')
    },
  }
}

/** Runs the bytes through a stream, with its back pressure, and closes both ends when either stops. */
async function* through(source: AsyncIterable<Buffer>, engine: NodeJS.ReadWriteStream): AsyncGenerator<Buffer> {
  pipeline(Readable.from(source, { objectMode: false, highWaterMark: 1 }), engine, () => {
    // An error reaches the reader of `engine` below, which is destroyed with it.
  })
  for await (const piece of engine) yield piece as Buffer
}

function explain(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (code === 'Z_BUF_ERROR') return new ArchiveError('truncated', 'The archive is cut off: its compressed data has no end.')
  if (code.startsWith('Z_')) return new ArchiveError('damaged', `The compressed data of the archive is damaged (${code}).`)
  return error
}
