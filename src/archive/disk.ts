/**
 * Durable private files: what the archive writes goes through a {@link Disk}, so that tests can put a full disk in its
 * place. Files are 0600, directories 0700: an archive's pieces hold secrets before they are sealed.
 */
import * as fs from 'fs'
import { renameDurable } from '../system/durable'
import { fileError, withPath } from '../system/file-errors'

export interface OutFile {
  /** Writes all of it. */
  write(data: Uint8Array): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

export interface Disk {
  /** A new file, mode 0600. Refuses one that exists. */
  create(file: string): Promise<OutFile>
  /** The new name survives a power cut when this returns. */
  rename(from: string, to: string): Promise<void>
}

export const realDisk: Disk = { create: createFile, rename: renameDurable }

/** Errors of the file system come as a Refusal that names the file: a full disk, no right to write. */
async function createFile(file: string): Promise<OutFile> {
  const handle = await withPath('write', file, () => fs.promises.open(file, 'wx', 0o600))
  return {
    async write(data) {
      // A write may take only a part without an error when the disk is nearly full; the rest then fails with ENOSPC.
      for (let at = 0; at < data.length; ) at += await writeSome(handle, file, data, at)
    },
    sync: () => withPath('write', file, () => handle.sync()),
    close: () => handle.close(),
  }
}

async function writeSome(handle: fs.promises.FileHandle, file: string, data: Uint8Array, at: number): Promise<number> {
  try {
    return (await handle.write(data, at, data.length - at)).bytesWritten
  } catch (error) {
    throw fileError(error, 'write', file)
  }
}

/**
 * Gathers small writes in one buffer that is used again and again: 100,000 lines are neither 100,000 system calls nor
 * garbage. One write at a time.
 */
export class BufferedFile {
  private readonly buffer: Buffer
  private held = 0
  constructor(
    private readonly out: OutFile,
    room = 128 * 1024,
  ) {
    this.buffer = Buffer.allocUnsafe(room)
  }

  async write(data: Uint8Array): Promise<void> {
    if (this.held + data.length > this.buffer.length) await this.flush()
    if (data.length >= this.buffer.length) return this.out.write(data)
    this.buffer.set(data, this.held)
    this.held += data.length
  }

  async flush(): Promise<void> {
    if (this.held > 0) await this.out.write(this.buffer.subarray(0, this.held))
    this.held = 0
  }

  /** Flushes, syncs and closes; closes even when that fails. */
  async end(): Promise<void> {
    try {
      await this.flush()
      await this.out.sync()
    } finally {
      await this.out.close()
    }
  }

  /** Closes without writing what is still held. */
  async close(): Promise<void> {
    await this.out.close()
  }
}
