/** Keys in the store: found by scope and stored name, listed in the order of their names without sorting each time. */
import { compareIdentity } from '../../core/order'
import type { Collection, Sandbox, Store } from '../types'

export interface KeyDoc {
  id: string
  /** `st2kv.system` or `st2kv.user`. */
  scope: string
  /** In user scope `<user>:<name>`. */
  name: string
  /** Ciphertext when `secret`. */
  value: string
  secret: boolean
  description?: string
  /** Milliseconds since 1970. */
  expiry?: number
}

/** A write that a client made; without `after` it was a delete. */
export interface KeyChange {
  before?: KeyDoc
  after?: KeyDoc
}

const opened = new WeakMap<Store, KeyStore>()

/** The keys of a sandbox. */
export function keysOf({ store }: Sandbox): KeyStore {
  let keys = opened.get(store)
  if (!keys) opened.set(store, (keys = new KeyStore(store)))
  return keys
}

export class KeyStore {
  private readonly keys: Collection<KeyDoc>
  private readonly sorted = new Map<string, { membership: number; docs: { id: string; name: string }[] }>()

  /** Told of what clients write; set by who wants to know. */
  changed: (change: KeyChange) => void = () => undefined

  constructor(store: Store) {
    this.keys = store.collection<KeyDoc>('keys', { ref: (doc) => refOf(doc.scope, doc.name) })
  }

  find(scope: string, name: string): KeyDoc | undefined {
    return this.keys.by('ref', refOf(scope, name))
  }

  get(id: string): KeyDoc | undefined {
    return this.keys.get(id)
  }

  /** Of one scope, in the order of insertion. */
  inScope(scope: string): KeyDoc[] {
    return this.keys.all().filter((doc) => doc.scope === scope)
  }

  /** The ids of one scope in the order of stored names, of those that begin with `prefix`. */
  idsByName(scope: string, prefix: string): string[] {
    const docs = this.byName(scope)
    const first = lowerBound(docs, prefix)
    let end = first
    while (docs[end]?.name.startsWith(prefix)) end++
    return docs.slice(first, end).map(({ id }) => id)
  }

  put(doc: KeyDoc): KeyDoc {
    return this.keys.put(doc)
  }

  delete(id: string): boolean {
    return this.keys.delete(id)
  }

  /** Removes what has expired; returns how many. */
  sweep(now: number): number {
    const expired = this.keys.all().filter(({ expiry }) => expiry !== undefined && expiry <= now)
    for (const { id } of expired) this.keys.delete(id)
    return expired.length
  }

  private byName(scope: string): { id: string; name: string }[] {
    const known = this.sorted.get(scope)
    if (known?.membership === this.keys.membership) return known.docs
    const docs = this.inScope(scope).map(({ id, name }) => ({ id, name }))
    docs.sort((a, b) => compareIdentity(a.name, b.name))
    this.sorted.set(scope, { membership: this.keys.membership, docs })
    return docs
  }
}

const refOf = (scope: string, name: string): string => `${scope}\0${name}`

function lowerBound(docs: { name: string }[], name: string): number {
  let [low, high] = [0, docs.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareIdentity(docs[middle]?.name ?? '', name) < 0) low = middle + 1
    else high = middle
  }
  return low
}
