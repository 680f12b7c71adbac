/**
 * A file that is compressed while it is written, and hashed as it lies on the disk: what a day of history is written to. The
 * header tells neither time nor system, so that equal lines give equal bytes on the same release of zlib.
 */
import { createHash } from 'crypto'
import { createGzip, type Gzip } from 'zlib'
import type { Disk, OutFile } from './disk'

/** Byte 9 of a gzip header names the system; 255 is "unknown". */
const SYSTEM_AT = 9

export class GzipFile implements OutFile {
  private readonly zip: Gzip = createGzip({ level: 6 }).on('error', () => undefined)
  private readonly hash = createHash('sha256')
  private readonly pumped: Promise<void>
  private fault: Error | undefined
  /** Ends a write that waits for room. */
  private giveUp: (error: Error) => void = () => undefined

  private constructor(private readonly out: OutFile) {
    this.pumped = this.pump()
    // Who waits for it hears of the error; nobody may be waiting yet.
    this.pumped.catch(() => undefined)
  }

  /** A new file; refuses one that exists. */
  static async create(disk: Disk, file: string): Promise<GzipFile> {
    return new GzipFile(await disk.create(file))
  }

  /** Of the compressed bytes, once `sync` has returned. */
  sha256(): string {
    return this.hash.digest('hex')
  }

  /** Resolves when the data has been taken: the caller may use its buffer again. */
  async write(data: Uint8Array): Promise<void> {
    if (this.fault) throw this.fault
    await new Promise<void>((go, fail) => {
      this.giveUp = fail
      this.zip.write(data, (error) => (error ? fail(this.fault ?? error) : go()))
    })
  }

  async sync(): Promise<void> {
    this.zip.end()
    await this.pumped
    await this.out.sync()
  }

  async close(): Promise<void> {
    this.zip.destroy()
    await this.pumped.catch(() => undefined)
    await this.out.close()
  }

  private async pump(): Promise<void> {
    let first = true
    try {
      for await (const piece of this.zip as AsyncIterable<Buffer>) {
        if (first) piece[SYSTEM_AT] = 0xff
        first = false
        this.hash.update(piece)
        await this.out.write(piece)
      }
    } catch (error) {
      // A full disk: nothing takes the pieces any more, so that a write would wait for ever.
      this.fault = error as Error
      this.zip.destroy()
      this.giveUp(this.fault)
      throw error
    }
  }
}
