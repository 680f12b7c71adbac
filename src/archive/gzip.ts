/**
 * The gzip layer: one member with the content and, last, an empty one whose comment is the SHA-256 of all bytes before
 * it. Gzip's own checksum covers the content only, and some changed bits decompress to the same; with the seal of the
 * last member no bit of a plain archive can change unseen, and every gzip and tar still reads it.
 */
import { createHash } from 'crypto'
import { pipeline, Readable } from 'stream'
import { createGunzip, createGzip } from 'zlib'
import { ByteReader } from './bytes'
import { ArchiveError } from './errors'

/** No time, no name, system "unknown": the same on every machine, which zlib's own header is not. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
const COMMENTED = Buffer.from([0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 0, 0xff])
const LABEL = 'sha256 '
/** The end of the comment, an empty block, the CRC and the length of nothing. */
const NOTHING = Buffer.from([0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0])
const TAIL_LENGTH = COMMENTED.length + LABEL.length + 64 + NOTHING.length

function tail(sha256: string): Buffer {
  return Buffer.concat([COMMENTED, Buffer.from(LABEL + sha256), NOTHING])
}

export async function* gzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = new ByteReader(through(source, createGzip({ level: 6 })))
  const hash = createHash('sha256').update(HEADER)
  try {
    await reader.take(HEADER.length)
    yield HEADER
    for await (const piece of reader.rest()) {
      hash.update(piece)
      yield piece
    }
    yield tail(hash.digest('hex'))
  } finally {
    await reader.close()
  }
}

export interface Gunzipped {
  bytes: AsyncGenerator<Buffer>
  /** After the end of `bytes`: @throws ArchiveError `truncated` or `damaged` when the last member is not there or not right. */
  check(): void
}

/** @throws ArchiveError `not-an-archive`, `truncated` or `damaged` from `bytes`. */
export function gunzip(source: AsyncIterable<Buffer>): Gunzipped {
  const engine = createGunzip()
  const watch = new TailWatch()
  async function* watched(): AsyncGenerator<Buffer> {
    const reader = new ByteReader(source)
    try {
      const start = await reader.take(HEADER.length)
      if (start.length < 2 || !start.subarray(0, 2).equals(HEADER.subarray(0, 2))) throw new ArchiveError('not-an-archive', 'This is no archive of st2upgrade: it is neither gzip nor age.')
      yield watch.see(start)
      for await (const piece of reader.rest()) yield watch.see(piece)
    } finally {
      await reader.close()
    }
  }
  async function* bytes(): AsyncGenerator<Buffer> {
    try {
      yield* through(watched(), engine)
    } catch (error) {
      throw explain(error)
    }
  }
  return { bytes: bytes(), check: () => watch.check(engine.bytesWritten) }
}

/** Hashes all but the last bytes, which should be the tail. */
class TailWatch {
  private readonly hash = createHash('sha256')
  private last: Buffer = Buffer.alloc(0)
  private total = 0

  see(piece: Buffer): Buffer {
    const both = Buffer.concat([this.last, piece])
    const end = Math.max(0, both.length - TAIL_LENGTH)
    this.hash.update(both.subarray(0, end))
    this.last = Buffer.from(both.subarray(end))
    this.total += piece.length
    return piece
  }

  check(consumed: number): void {
    if (consumed !== this.total) throw new ArchiveError('damaged', 'There are bytes after the end of the archive.')
    if (!this.last.subarray(0, COMMENTED.length).equals(COMMENTED)) throw new ArchiveError('truncated', 'The archive lacks its closing checksum: it was cut off, or packed again by another program.')
    if (!this.last.equals(tail(this.hash.digest('hex')))) throw new ArchiveError('damaged', 'The closing checksum of the archive is wrong: a byte of the file was changed.')
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
