/** Reading bytes in bounded memory: pieces of a file, exact counts from a stream of pieces, lines of any length. */
import * as fs from 'fs'
import { ArchiveError } from './errors'

const PIECE = 64 * 1024
const EMPTY = Buffer.alloc(0)
/** A value of 16 MB of control characters is 100 MB of JSON; what is longer is no line of an archive. */
const LONGEST_LINE = 256 * 1024 * 1024

/** The bytes of a file in pieces. The file is closed when the reader stops, also in the middle. */
export async function* fileBytes(file: string): AsyncGenerator<Buffer> {
  const handle = await fs.promises.open(file, 'r')
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE)
      const { bytesRead } = await handle.read(piece, 0, PIECE, null)
      if (bytesRead === 0) return
      yield piece.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** Takes exact counts of bytes from a stream of pieces. */
export class ByteReader {
  private piece: Buffer = EMPTY
  private readonly source: AsyncIterator<Buffer>
  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]()
  }

  /** Hands `count` bytes on in pieces as they come; returns how many there were, fewer only at the end of the stream. */
  async pump(count: number, to: (piece: Buffer) => Promise<void> | void): Promise<number> {
    let left = count
    while (left > 0 && (await this.fill())) {
      const part = this.piece.subarray(0, left)
      this.piece = this.piece.subarray(part.length)
      left -= part.length
      await to(part)
    }
    return count - left
  }

  /** `count` bytes, fewer only at the end of the stream. */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = []
    await this.pump(count, (part) => void parts.push(part))
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
  }

  /** All that has not been taken yet. */
  async *rest(): AsyncGenerator<Buffer> {
    while (await this.fill()) {
      const piece = this.piece
      this.piece = EMPTY
      yield piece
    }
  }

  /** Stops the source, which closes its file. */
  async close(): Promise<void> {
    await this.source.return?.()
  }

  private async fill(): Promise<boolean> {
    while (this.piece.length === 0) {
      const next = await this.source.next()
      if (next.done) return false
      this.piece = next.value
    }
    return true
  }
}

/** Cuts pieces into lines as they come and holds no more than one line. Lines are given without their line feed. */
export class LineCutter {
  private parts: Buffer[] = []
  private held = 0;

  /** The lines that end within this piece. */
  *push(piece: Buffer): Generator<Buffer> {
    let from = 0
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
      yield this.line(piece.subarray(from, end))
      from = end + 1
    }
    this.hold(piece.subarray(from))
  }

  /** @throws ArchiveError when the last line has no line feed: the file is not whole. */
  end(): void {
    if (this.held > 0) throw new ArchiveError('bad-item', 'The last line is not complete.')
  }

  private line(last: Buffer): Buffer {
    if (this.parts.length === 0) return last
    const whole = Buffer.concat([...this.parts, last])
    this.parts = []
    this.held = 0
    return whole
  }

  private hold(part: Buffer): void {
    if (part.length === 0) return
    this.parts.push(part)
    this.held += part.length
    if (this.held > LONGEST_LINE) throw new ArchiveError('bad-item', `A line is longer than ${LONGEST_LINE} bytes.`)
  }
}

/** The lines of a file, one in memory at a time. */
export async function* fileLines(file: string): AsyncGenerator<Buffer> {
  const cutter = new LineCutter()
  for await (const piece of fileBytes(file)) yield* cutter.push(piece)
  cutter.end()
}
