/** One sort of documents in memory, in order of insertion, with its unique indexes. */
import { DuplicateKey, type Collection, type Doc } from '../types'
import type { Change } from './log'

type KeyOf<T> = (doc: T) => string | undefined

export class MemoryCollection<T extends Doc> implements Collection<T> {
  private docs = new Map<string, T>()
  private sealedDocs = new Map<string, T>()
  private readonly indexes = new Map<string, { keyOf: KeyOf<T>; ids: Map<string, string> }>()

  constructor(
    private readonly name: string,
    private readonly record: (change: Change) => void,
  ) {}

  membership = 0

  get size(): number {
    return this.docs.size
  }

  get sealedSize(): number {
    return this.sealedDocs.size
  }

  get(id: string): T | undefined {
    return this.docs.get(id)
  }

  by(index: string, value: string): T | undefined {
    const found = this.indexes.get(index)
    if (!found) throw new Error(`collection ${this.name} has no index ${index}`)
    const id = found.ids.get(value)
    return id === undefined ? undefined : this.docs.get(id)
  }

  all(): T[] {
    return [...this.docs.values()]
  }

  put(doc: T): T {
    const stored = frozenCopy(doc)
    this.refuseDuplicate(stored)
    this.record({ in: this.name, put: stored })
    this.insert(stored)
    return stored
  }

  delete(id: string): boolean {
    if (!this.docs.has(id)) return false
    this.record({ in: this.name, delete: id })
    this.remove(id)
    return true
  }

  /** Adds unique indexes to those that are there; a name that is known keeps its first meaning. */
  index(unique: Record<string, KeyOf<T>>): void {
    for (const [name, keyOf] of Object.entries(unique)) {
      if (this.indexes.has(name)) continue
      this.indexes.set(name, { keyOf, ids: new Map() })
      for (const doc of this.docs.values()) this.enter(name, doc)
    }
  }

  /** Repeats a change that stands in the log already. */
  apply(change: Change): void {
    if ('put' in change) this.insert(frozenCopy(change.put as T))
    else if ('delete' in change) this.remove(change.delete)
  }

  seal(): void {
    this.sealedDocs = new Map(this.docs)
  }

  reset(): void {
    this.membership++
    this.docs = new Map(this.sealedDocs)
    for (const [name, index] of this.indexes) {
      index.ids.clear()
      for (const doc of this.docs.values()) this.enter(name, doc)
    }
  }

  *sealedChanges(): Generator<Change> {
    for (const put of this.sealedDocs.values()) yield { in: this.name, put }
  }

  *laterChanges(): Generator<Change> {
    for (const id of this.sealedDocs.keys()) if (!this.docs.has(id)) yield { in: this.name, delete: id }
    for (const [id, put] of this.docs) if (this.sealedDocs.get(id) !== put) yield { in: this.name, put }
  }

  private refuseDuplicate(doc: T): void {
    for (const [name, { keyOf, ids }] of this.indexes) {
      const value = keyOf(doc)
      const holder = value === undefined ? undefined : ids.get(value)
      if (holder !== undefined && holder !== doc.id) throw new DuplicateKey(this.name, name, value ?? '', holder)
    }
  }

  private insert(doc: T): void {
    const old = this.docs.get(doc.id)
    if (!old || this.movesInIndexes(old, doc)) this.membership++
    this.leaveIndexes(doc.id)
    this.docs.set(doc.id, doc)
    for (const name of this.indexes.keys()) this.enter(name, doc)
  }

  private remove(id: string): void {
    this.membership++
    this.leaveIndexes(id)
    this.docs.delete(id)
  }

  private movesInIndexes(old: T, doc: T): boolean {
    return [...this.indexes.values()].some(({ keyOf }) => keyOf(old) !== keyOf(doc))
  }

  private enter(name: string, doc: T): void {
    const index = this.indexes.get(name)
    const value = index?.keyOf(doc)
    if (value !== undefined) index?.ids.set(value, doc.id)
  }

  private leaveIndexes(id: string): void {
    const old = this.docs.get(id)
    if (!old) return
    for (const { keyOf, ids } of this.indexes.values()) {
      const value = keyOf(old)
      if (value !== undefined && ids.get(value) === id) ids.delete(value)
    }
  }
}

/** A copy as JSON would give it back (no undefined members), frozen all through; long texts are shared, not copied. */
function frozenCopy<V>(value: V): V {
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => frozenCopy(item === undefined ? null : item))) as V
  if (value === null || typeof value !== 'object') return value
  const copy: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue
    if (key === '__proto__') Object.defineProperty(copy, key, { value: frozenCopy(member as unknown), enumerable: true })
    else copy[key] = frozenCopy(member as unknown)
  }
  return Object.freeze(copy) as V
}
