/**
 * A top-level JSON array, cut into its rows while its bytes arrive, so that memory is bounded by the largest row and not
 * by the list. Works on bytes: JSON's marks are ASCII, which never occurs inside a UTF-8 sequence. Takes 3.4.1's indented
 * answers as well as compact ones.
 */
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const ARRAY_BEGIN = 0x5b
const opens = (byte: number) => byte === 0x5b || byte === 0x7b
const closes = (byte: number) => byte === 0x5d || byte === 0x7d
const blank = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** The bytes are no JSON array, or end before it does (`truncated`). */
export class NotRows extends Error {
  constructor(
    message: string,
    readonly truncated: boolean,
  ) {
    super(message)
    this.name = 'NotRows'
  }
}

/** Bytes in, the bytes of whole rows out. */
export class RowSplitter {
  private depth = 0
  private inString = false
  private escaped = false
  private done = false
  private kept: Buffer[] = []
  private seenRow = false

  push(chunk: Buffer): Buffer[] {
    const rows: Buffer[] = []
    let start = this.depth > 0 ? 0 : -1
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!
      if (this.inString) {
        i = this.skipString(chunk, i)
      } else if (this.depth === 0) {
        if (this.outside(byte)) start = i + 1
      } else if (byte === QUOTE) {
        this.inString = true
      } else if (opens(byte)) {
        this.depth++
      } else if (byte === COMMA && this.depth === 1) {
        rows.push(this.take(chunk.subarray(start, i), true))
        start = i + 1
      } else if (closes(byte) && --this.depth === 0) {
        const last = this.take(chunk.subarray(start, i), this.seenRow)
        if (last.length) rows.push(last)
        this.done = true
        start = -1
      }
    }
    if (start >= 0 && start < chunk.length) this.kept.push(chunk.subarray(start))
    return rows
  }

  /** Call at the end of the bytes. */
  end(): void {
    if (!this.done) throw new NotRows('the list ends in the middle', true)
  }

  /** True at the beginning of the array. */
  private outside(byte: number): boolean {
    if (blank(byte)) return false
    if (this.done || byte !== ARRAY_BEGIN) throw new NotRows(this.done ? 'something follows the list' : 'the answer is no list', false)
    this.depth = 1
    return true
  }

  /** The index of the last byte of the string in this chunk. */
  private skipString(chunk: Buffer, from: number): number {
    for (let i = from; i < chunk.length; i++) {
      if (this.escaped) this.escaped = false
      else if (chunk[i] === BACKSLASH) this.escaped = true
      else if (chunk[i] === QUOTE) {
        this.inString = false
        return i
      }
    }
    return chunk.length
  }

  private take(tail: Buffer, needed: boolean): Buffer {
    const row = this.kept.length ? Buffer.concat([...this.kept, tail]) : tail
    this.kept = []
    this.seenRow = true
    if (row.every(blank)) {
      if (needed) throw new NotRows('an empty place between two commas', false)
      return Buffer.alloc(0)
    }
    return row
  }
}

export interface Row<T> {
  value: T
  bytes: number
}

/** The parsed rows of a stream of bytes. Throws {@link NotRows}, and what the stream throws. */
export async function* rowsOf<T>(stream: AsyncIterable<Buffer>): AsyncGenerator<Row<T>> {
  const splitter = new RowSplitter()
  for await (const chunk of stream) {
    for (const row of splitter.push(chunk)) yield { value: parse<T>(row), bytes: row.length }
  }
  splitter.end()
}

function parse<T>(row: Buffer): T {
  try {
    return JSON.parse(row.toString('utf8')) as T
  } catch {
    throw new NotRows('a row is no JSON', false)
  }
}
