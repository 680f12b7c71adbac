/**
 * The append-only log of changes: one JSON line a change, written with one system call before the change is answered, so that a
 * killed process loses nothing it confirmed. A torn last line, from a kill in the middle of the call, was not confirmed and is cut.
 */
import * as fs from 'fs'
import * as path from 'path'
import type { Doc } from '../types'

export type Change = { in: string; put: Doc } | { in: string; delete: string } | { seal: true }

const CHUNK = 1 << 20
const LINE_FEED = 10

export class ChangeLog {
  private fd: number
  private closed = false

  constructor(private readonly file: string) {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    this.fd = fs.openSync(file, 'a', 0o600)
  }

  /** All whole lines of a log, oldest first; cuts the file behind the last one. */
  static *read(file: string): Generator<Change> {
    if (!fs.existsSync(file)) return
    const fd = fs.openSync(file, 'r+')
    try {
      let read = 0
      for (const line of lines(fd)) {
        read += line.length + 1
        yield JSON.parse(line.toString()) as Change
      }
      fs.ftruncateSync(fd, read)
    } finally {
      fs.closeSync(fd)
    }
  }

  append(change: Change): void {
    if (this.closed) throw new Error('the store is closed')
    writeWhole(this.fd, Buffer.from(JSON.stringify(change) + '\n'))
  }

  /** Puts a shorter log in the place of this one, in one step. */
  rewrite(changes: Iterable<Change>): void {
    const next = `${this.file}.next`
    const fd = fs.openSync(next, 'w', 0o600)
    for (const change of changes) writeWhole(fd, Buffer.from(JSON.stringify(change) + '\n'))
    fs.fsyncSync(fd)
    fs.closeSync(fd)
    fs.closeSync(this.fd)
    fs.renameSync(next, this.file)
    this.fd = fs.openSync(this.file, 'a', 0o600)
  }

  /** Nothing can be written from here on: the number of the file may soon be another file's. */
  close(): void {
    if (this.closed) return
    this.closed = true
    fs.closeSync(this.fd)
  }
}

function writeWhole(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done)
}

/** The complete lines of an open file, without their ends. */
function* lines(fd: number): Generator<Buffer> {
  const chunk = Buffer.allocUnsafe(CHUNK)
  let pending: Buffer[] = []
  for (let size: number; (size = fs.readSync(fd, chunk, 0, CHUNK, null)) > 0; ) {
    let start = 0
    for (let end: number; (end = chunk.indexOf(LINE_FEED, start)) >= 0 && end < size; start = end + 1) {
      yield Buffer.concat([...pending, chunk.subarray(start, end)])
      pending = []
    }
    if (start < size) pending.push(Buffer.from(chunk.subarray(start, size)))
  }
}
