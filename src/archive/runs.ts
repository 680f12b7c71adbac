/**
 * Sorted runs on disk, the pieces of an external merge sort. A record is two counts, the identity as JSON text (so that
 * lone surrogates survive) and the line; merging holds the identities of the run heads only and copies lines in pieces,
 * so that lines of 100 MB in many runs cost no memory.
 */
import { compareIdentity } from '../core/order'
import { ByteReader, fileBytes } from './bytes'
import { BufferedFile, type Disk } from './disk'
import type { Line } from './lines'

/** The line whose turn it is in a merge; `copy` hands its bytes on and must be called exactly once. */
export interface Head {
  identity: string
  length: number
  copy(to: (piece: Buffer) => Promise<void> | void): Promise<void>
}

export async function writeRun(disk: Disk, file: string, lines: Iterable<Line>): Promise<void> {
  const out = new BufferedFile(await disk.create(file))
  try {
    for (const line of lines) {
      await out.write(recordHead(line.identity, line.bytes.length))
      await out.write(line.bytes)
    }
    await out.flush()
  } finally {
    await out.close()
  }
}

/** Makes one run of several. */
export async function joinRuns(disk: Disk, file: string, runs: string[]): Promise<void> {
  const out = new BufferedFile(await disk.create(file))
  try {
    for await (const head of mergeRuns(runs)) {
      await out.write(recordHead(head.identity, head.length))
      await head.copy((piece) => out.write(piece))
    }
    await out.flush()
  } finally {
    await out.close()
  }
}

/** The lines of all runs in order of identity; equal identities come one after the other. */
export async function* mergeRuns(runs: string[]): AsyncGenerator<Head> {
  const open = runs.map((file) => new RunReader(file))
  try {
    for (const run of open) await run.advance()
    for (;;) {
      const first = smallest(open)
      if (!first) return
      yield first.head as Head
      await first.advance()
    }
  } finally {
    for (const run of open) await run.close()
  }
}

function smallest(runs: RunReader[]): RunReader | undefined {
  let first: RunReader | undefined
  for (const run of runs) {
    if (run.head && (!first?.head || compareIdentity(run.head.identity, first.head.identity) < 0)) first = run
  }
  return first
}

function recordHead(identity: string, length: number): Buffer {
  const text = Buffer.from(JSON.stringify(identity))
  const counts = Buffer.alloc(8)
  counts.writeUInt32LE(text.length, 0)
  counts.writeUInt32LE(length, 4)
  return Buffer.concat([counts, text])
}

class RunReader {
  head: Head | undefined
  private readonly reader: ByteReader
  constructor(file: string) {
    this.reader = new ByteReader(fileBytes(file))
  }

  async advance(): Promise<void> {
    const counts = await this.reader.take(8)
    if (counts.length < 8) {
      this.head = undefined
      return
    }
    const identity = JSON.parse((await this.reader.take(counts.readUInt32LE(0))).toString()) as string
    const length = counts.readUInt32LE(4)
    this.head = { identity, length, copy: async (to) => void (await this.reader.pump(length, to)) }
  }

  close(): Promise<void> {
    return this.reader.close()
  }
}
