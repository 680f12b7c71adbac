/**
 * Joins streams that are sorted by identity, holding one item of each: how plans, applies and proofs look at any number
 * of items in constant memory.
 */
import { compareIdentity } from './order'

interface Named {
  identity: string
}
type Streams = Record<string, AsyncIterable<Named>>
export type Joined<S extends Streams> = { identity: string } & {
  [name in keyof S]?: S[name] extends AsyncIterable<infer T> ? T : never
}

/** One row per identity that any stream has, in identity order. Every stream must be in identity order, without repeats. */
export async function* joinByIdentity<S extends Streams>(streams: S): AsyncGenerator<Joined<S>> {
  const heads = await Promise.all(
    Object.entries(streams).map(async ([name, stream]) => {
      const iterator = stream[Symbol.asyncIterator]()
      return { name, iterator, head: await iterator.next() }
    }),
  )
  try {
    for (;;) {
      const open = heads.filter((h) => !h.head.done)
      if (open.length === 0) return
      const identity = open.map((h) => (h.head.value as Named).identity).reduce((a, b) => (compareIdentity(a, b) <= 0 ? a : b))
      const row: Record<string, unknown> = { identity }
      for (const h of open) {
        if ((h.head.value as Named).identity !== identity) continue
        row[h.name] = h.head.value
        h.head = await h.iterator.next()
      }
      yield row as Joined<S>
    }
  } finally {
    for (const h of heads) await h.iterator.return?.(undefined)
  }
}

/** The items of a list as a stream, for rows that are already in memory. */
export async function* streamOf<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}
