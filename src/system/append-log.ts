/**
 * An append-only file of JSON lines (mode 0600): what it has taken survives kill -9 at once, and a loss of power after the
 * next sync. A last line that was cut in half by a crash is dropped when the file is opened again.
 */
import * as fs from 'fs'
import * as path from 'path'
import { Refusal } from '../core/exit-codes'
import { makeDirectories } from './directories'
import { fileError } from './file-errors'

const SYNC_EVERY_MS = 200

export class AppendLog {
  private dirty = false
  /** After a line that could not be kept nothing may follow: its first half would spoil the next one. */
  private broken: Error | undefined
  private readonly timer: NodeJS.Timeout

  private constructor(
    private readonly fd: number,
    private readonly file: string,
  ) {
    this.timer = setInterval(() => this.syncSoon(), SYNC_EVERY_MS)
    this.timer.unref()
  }

  static async open(file: string): Promise<AppendLog> {
    try {
      await makeDirectories(path.dirname(file), 0o700)
      await dropHalfLine(file)
      return new AppendLog(fs.openSync(file, 'a', 0o600), file)
    } catch (error) {
      throw fileError(error, 'write', file)
    }
  }

  /** Throws when the line cannot be kept (a full disk): the caller must not go on. */
  append(record: unknown): void {
    if (this.broken) throw this.broken
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`)
    try {
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(this.fd, bytes, at)
    } catch (error) {
      throw (this.broken = fileError(error, 'write', this.file))
    }
    this.dirty = true
  }

  private syncSoon(): void {
    if (!this.dirty) return
    this.dirty = false
    fs.fdatasync(this.fd, () => undefined)
  }

  async close(): Promise<void> {
    clearInterval(this.timer)
    fs.fsyncSync(this.fd)
    fs.closeSync(this.fd)
  }
}

/** The whole lines of a log; none when there is no such file. For small logs; a journal is streamed. */
export async function readLog<T>(file: string): Promise<T[]> {
  const found: T[] = []
  for await (const record of logRecords<T>(file)) found.push(record)
  return found
}

/** Streams the records of a log. Throws {@link Refusal} that names the file and the line for one that is no JSON. */
export async function* logRecords<T>(file: string): AsyncGenerator<T> {
  let number = 0
  for await (const line of logLines(file)) {
    number++
    yield parsed(line, () => `${file} cannot be read: its line ${number} is broken.`) as T
  }
}

function parsed(line: string, what: () => string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    throw new Refusal(what(), 'It was changed, or the disk lost a part: put a copy of it back, or begin a new run, which finds what is there already.')
  }
}

/** Streams the whole lines of a log, without a last one that a crash cut in half. */
export async function* logLines(file: string): AsyncGenerator<string> {
  let rest: Buffer[] = []
  if (!fs.existsSync(file)) return
  for await (const piece of fs.createReadStream(file) as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
      yield Buffer.concat([...rest, piece.subarray(from, end)]).toString('utf8')
      rest = []
      from = end + 1
    }
    if (from < piece.length) rest.push(piece.subarray(from))
  }
}

async function dropHalfLine(file: string): Promise<void> {
  if (!fs.existsSync(file)) return
  const handle = await fs.promises.open(file, 'r+')
  try {
    const { size } = await handle.stat()
    const keep = await lastLineEnd(handle, size)
    if (keep < size) await handle.truncate(keep)
  } finally {
    await handle.close()
  }
}

/** The offset behind the last line feed, looked for from the end. */
async function lastLineEnd(handle: fs.promises.FileHandle, size: number): Promise<number> {
  const piece = Buffer.alloc(65536)
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - piece.length)
    const { bytesRead } = await handle.read(piece, 0, end - start, start)
    const at = piece.subarray(0, bytesRead).lastIndexOf(10)
    if (at >= 0) return start + at + 1
    end = start
  }
  return 0
}
