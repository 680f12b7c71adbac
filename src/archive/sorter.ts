/**
 * Takes the items of one kind in any order and writes them as canonical lines sorted by identity. Memory is bounded by
 * a budget and the largest item; what does not fit goes to sorted runs in a private directory and is merged at the end.
 */
import { createHash } from 'crypto'
import * as fs from 'fs'
import * as path from 'path'
import { canonicalJson } from '../core/canonical'
import type { Item } from '../core/model'
import { withPath } from '../system/file-errors'
import { BufferedFile, type Disk } from './disk'
import { ArchiveError } from './errors'
import { LineStore } from './lines'
import { joinRuns, mergeRuns, writeRun, type Head } from './runs'
import type { ItemSink, KindSummary } from './types'

/** Bytes of lines in memory before they go to a run. */
const BUDGET = 8 * 1024 * 1024
/** Runs merged at a time: bounds open files and read buffers. */
const FAN_IN = 32

export interface SorterOptions {
  /** The file that is made; what a killed run left there is replaced. */
  file: string
  /** A directory of its own for runs; made and removed by the sorter. */
  scratch: string
  disk: Disk
  /** Bytes. */
  budget?: number
  /** The line of an item, without its end. Default: the item as canonical JSON. */
  line?: (item: Item) => string
}

/** @throws ArchiveError `duplicate-identity` from `close`, naming it; a Refusal naming the file when the disk is full. */
export function createSorter(kind: string, options: SorterOptions): ItemSink & { abandon(): Promise<void> } {
  return new Sorter(kind, options)
}

class Sorter implements ItemSink {
  private readonly lines: LineStore
  private runs: string[] = []
  private made = 0
  private closed = false
  /** Writers may not wait for each other: spills happen one after the other all the same. */
  private busy: Promise<void> = Promise.resolve()

  constructor(
    private readonly kind: string,
    private readonly options: SorterOptions,
  ) {
    this.lines = new LineStore(options.budget ?? BUDGET)
  }

  write(item: Item): Promise<void> {
    if (this.closed) return Promise.reject(new Error(`The items of ${this.kind} are closed already`))
    if (typeof item.identity !== 'string' || item.identity === '') return Promise.reject(new Error(`An item of ${this.kind} has no identity`))
    const { identity } = item
    const text = `${(this.options.line ?? canonicalJson)(item)}\n`
    this.busy = this.busy.then(() => this.hold(identity, text))
    return this.busy
  }

  async close(): Promise<KindSummary> {
    this.closed = true
    await this.busy
    try {
      if (this.runs.length === 0) return await this.output(this.inMemory())
      await this.spill()
      while (this.runs.length > FAN_IN) await this.join()
      return await this.output(mergeRuns(this.runs))
    } finally {
      await this.abandon()
    }
  }

  async abandon(): Promise<void> {
    this.closed = true
    this.lines.clear()
    await fs.promises.rm(this.options.scratch, { recursive: true, force: true })
  }

  private async hold(identity: string, text: string): Promise<void> {
    if (this.lines.add(identity, text)) return
    await this.spill()
    this.lines.add(identity, text)
  }

  private async spill(): Promise<void> {
    if (this.lines.empty) return
    const file = await this.newRun()
    await writeRun(this.options.disk, file, this.lines.sorted())
    this.runs.push(file)
    this.lines.clear()
  }

  /** Merges the oldest runs into one. */
  private async join(): Promise<void> {
    const some = this.runs.splice(0, FAN_IN)
    const file = await this.newRun()
    await joinRuns(this.options.disk, file, some)
    for (const run of some) await fs.promises.unlink(run)
    this.runs.push(file)
  }

  private async newRun(): Promise<string> {
    const { scratch } = this.options
    // What a killed run left there is of no use.
    if (this.made === 0) await fs.promises.rm(scratch, { recursive: true, force: true })
    await withPath('write', scratch, () => fs.promises.mkdir(scratch, { recursive: true, mode: 0o700 }))
    return path.join(scratch, `${++this.made}.run`)
  }

  private async *inMemory(): AsyncGenerator<Head> {
    for (const { identity, bytes } of this.lines.sorted()) yield { identity, length: bytes.length, copy: async (to) => to(bytes) }
  }

  private async output(heads: AsyncIterable<Head>): Promise<KindSummary> {
    await fs.promises.rm(this.options.file, { force: true })
    const out = new BufferedFile(await this.options.disk.create(this.options.file))
    const hash = createHash('sha256')
    let count = 0
    let last: string | undefined
    try {
      for await (const head of heads) {
        if (head.identity === last) throw new ArchiveError('duplicate-identity', `${this.kind} holds ${JSON.stringify(last)} twice.`)
        last = head.identity
        count++
        await head.copy((piece) => {
          hash.update(piece)
          return out.write(piece)
        })
      }
    } catch (error) {
      await out.close()
      throw error
    }
    await out.end()
    return { count, fingerprint: hash.digest('hex') }
  }
}
