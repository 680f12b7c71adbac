/** The sandbox's database: collections in memory, every change in a log on disk before the call returns. */
import { randomBytes } from 'crypto'
import * as path from 'path'
import type { Collection, Doc, Store } from '../types'
import { MemoryCollection } from './collection'
import { ChangeLog, type Change } from './log'

/** Opens the store below `directory`, with what an earlier process left there, also one that was killed. */
export function openStore(directory: string): Store {
  return new LoggedStore(path.join(directory, 'store.jsonl'))
}

class LoggedStore implements Store {
  private readonly collections = new Map<string, MemoryCollection<Doc>>()
  private readonly log: ChangeLog
  private readonly processPart = randomBytes(5).toString('hex')
  private counter = 0
  sealed = false

  constructor(file: string) {
    const changes = ChangeLog.read(file)
    let count = 0
    for (const change of changes) {
      this.replay(change)
      count++
    }
    this.log = new ChangeLog(file)
    if (count > this.liveLines()) this.log.rewrite(this.snapshot())
  }

  collection<T extends Doc>(name: string, unique?: Record<string, (doc: T) => string | undefined>): Collection<T> {
    const collection = this.named(name)
    if (unique) collection.index(unique as Record<string, (doc: Doc) => string | undefined>)
    return collection as unknown as Collection<T>
  }

  newId(): string {
    this.counter = (this.counter + 1) % 0x1000000
    const seconds = Math.floor(Date.now() / 1000)
    return seconds.toString(16).padStart(8, '0') + this.processPart + this.counter.toString(16).padStart(6, '0')
  }

  seal(): void {
    this.log.append({ seal: true })
    this.replay({ seal: true })
  }

  reset(): void {
    for (const collection of this.collections.values()) collection.reset()
    this.log.rewrite(this.snapshot())
  }

  close(): void {
    this.log.close()
  }

  private named(name: string): MemoryCollection<Doc> {
    let collection = this.collections.get(name)
    if (!collection) {
      collection = new MemoryCollection<Doc>(name, (change) => this.log.append(change))
      this.collections.set(name, collection)
    }
    return collection
  }

  private replay(change: Change): void {
    if ('put' in change) this.named(change.in).apply(change)
    else if ('delete' in change) this.named(change.in).apply(change)
    else {
      this.sealed = true
      for (const collection of this.collections.values()) collection.seal()
    }
  }

  private liveLines(): number {
    let lines = this.sealed ? 1 : 0
    for (const collection of this.collections.values()) lines += collection.sealedSize + collection.size
    return lines
  }

  /** The shortest log that leads to the present state: what is built in, the seal, what was changed since. */
  private *snapshot(): Generator<Change> {
    for (const collection of this.collections.values()) yield* collection.sealedChanges()
    if (this.sealed) yield { seal: true }
    for (const collection of this.collections.values()) yield* collection.laterChanges()
  }
}
