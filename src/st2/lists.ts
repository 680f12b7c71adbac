/**
 * Lists without their paging. Three habits of the API (recorded on 3.4.1, 3.8.1 and 3.9.0): keys page by offset and can be
 * sorted by name; histories page by offset in an order of their own; all others come whole with `limit=-1` (rules and
 * sensors even ignore `offset`), to be compared with X-Total-Count. Rows are handed on while the answer still arrives.
 */
import type { Clock } from '../system/ports'
import { St2Error, isSt2Error } from './errors'
import type { HttpAnswer } from './http'
import { interruptedAnswer } from './network-errors'
import type { Query } from './port'
import { pauseMs } from './retry'
import { NotRows, rowsOf, type Row } from './rows'

export interface ListTools {
  /** One page; throws St2Error. */
  ask(query: Query): Promise<HttpAnswer>
  clock: Clock
  random: () => number
  /** The path, for messages. */
  path: string
}

/** What tells rows apart and puts them in order. */
export interface RowOrder<T> {
  /** True for a row that was handed on already. */
  known(row: T): boolean
  remember(row: T): void
  /** False when `row` may not follow `before` on one page. */
  follows(before: T, row: T): boolean
  /** True when an unknown first row at offset 0 is nothing to worry about. */
  readonly total: boolean
}

const PAGE_BYTES = 4 * 1024 * 1024
const FIRST_PAGE = 100
/** What a user without admin rights may ask for (RBAC on). */
const PAGE_OF_NON_ADMINS = 100
const BREAKS_IN_A_ROW = 5
const IDS_KEPT = 100_000

/** Sorted by `keyOf`, by bytes as the database does. */
export function sortedBy<T>(keyOf: (row: T) => string): RowOrder<T> {
  let last: Buffer | undefined
  const bytes = (row: T) => Buffer.from(keyOf(row), 'utf8')
  return {
    total: true,
    known: (row) => last !== undefined && bytes(row).compare(last) <= 0,
    remember: (row) => void (last = bytes(row)),
    follows: (before, row) => bytes(before).compare(bytes(row)) < 0,
  }
}

/** In no order that can be relied on: rows are known by their id. */
export function byId<T>(idOf: (row: T) => string): RowOrder<T> {
  const seen = new Set<string>()
  return {
    total: false,
    known: (row) => seen.has(idOf(row)),
    remember: (row) => {
      seen.add(idOf(row))
      if (seen.size > IDS_KEPT) seen.delete(seen.values().next().value as string)
    },
    follows: () => true,
  }
}

/** A database id, else what comes next to it, else the whole row. */
export function rowId(row: unknown): string {
  const { id, uid, ref } = (row ?? {}) as { id?: string; uid?: string; ref?: string }
  return id ?? uid ?? ref ?? JSON.stringify(row)
}

/** The size of the next page, so that an answer has about 4 MiB. */
export function nextSize(size: number, rows: number, bytes: number, most: number): number {
  if (rows === 0) return size
  const wanted = Math.floor(PAGE_BYTES / Math.max(1, bytes / rows))
  return Math.max(1, Math.min(wanted, size * 4, most))
}

const lost = (path: string, what: string) =>
  new St2Error(`The list ${path} ${what}.`, 'Something changes there quickly, or a proxy alters the list; run again when it is quieter.', { code: 'mismatch', item: path })

/** Rows of one answer; a break of the connection becomes `interrupted_answer`, a wrong form `not_stackstorm`. */
async function* rowsOfAnswer<T>(answer: HttpAnswer): AsyncGenerator<Row<T>> {
  const rows = rowsOf<T>(answer.body as AsyncIterable<Buffer>)
  try {
    for (;;) {
      const next = await rows.next().catch((error: unknown) => {
        if (!(error instanceof NotRows) || error.truncated) throw interruptedAnswer(answer.broken() ? { code: answer.broken() } : error, answer.asked)
        throw new St2Error(`${answer.asked.url} answered ${answer.asked.method} ${answer.asked.path} with something else than a list.`, 'Check the URL, and what stands between here and StackStorm.', { code: 'not_stackstorm', status: answer.status, item: answer.asked.path })
      })
      if (next.done) return
      yield next.value
    }
  } finally {
    answer.body.destroy()
  }
}

/** Everything in one answer. After a break it is asked again, and rows known already are left out. */
export async function* wholeList<T>(tools: ListTools, query: Query, order: RowOrder<T> = byId<T>(rowId)): AsyncGenerator<T> {
  let count = 0
  let breaks = 0
  for (let reading = 1; ; ) {
    let total: number | undefined
    try {
      const answer = await tools.ask(query)
      total = answer.total
      for await (const { value } of rowsOfAnswer<T>(answer)) {
        if (order.known(value)) continue
        order.remember(value)
        count++
        yield value
      }
    } catch (error) {
      if (!isSt2Error(error, 'interrupted_answer', 'timeout') || ++breaks > BREAKS_IN_A_ROW) throw error
      await tools.clock.sleep(pauseMs(breaks, tools.random()))
      continue
    }
    if (total === undefined || total === count) return
    if (++reading > 2) throw lost(tools.path, `holds ${total} rows by its X-Total-Count, but ${count} came`)
  }
}

/** Where a paged reading stands. */
interface Place {
  size: number
  most: number
  /** Rows before this one, counted by the server, were handed on. */
  position: number
  /** How far the next page begins before `position`. */
  back: number
  count: number
  /** Breaks, and pages without anything new, in a row. */
  breaks: number
  idle: number
}
interface PageSeen {
  offset: number
  rows: number
  bytes: number
  fresh: number
  /** The page begins with a row that is not known: rows before it have vanished. */
  gap: boolean
  total?: number
}

/** One page, beginning a little before the place, and larger by as much; fills `seen` while it goes. */
async function* onePage<T>(tools: ListTools, query: Query, order: RowOrder<T>, place: Place, seen: PageSeen): AsyncGenerator<T> {
  const answer = await tools.ask({ ...query, limit: Math.min(place.size + place.position - seen.offset, place.most), offset: seen.offset })
  seen.total = answer.total
  let before: T | undefined
  for await (const { value, bytes } of rowsOfAnswer<T>(answer)) {
    seen.gap = seen.rows === 0 && place.count > 0 && !order.known(value) && !(seen.offset === 0 && order.total)
    if (seen.gap) return
    if (before !== undefined && !order.follows(before, value)) throw lost(tools.path, 'does not come in the order that was asked for')
    before = value
    seen.rows++
    seen.bytes += bytes
    if (order.known(value)) continue
    order.remember(value)
    seen.fresh++
    place.count++
    place.position = Math.max(place.position, seen.offset + seen.rows)
    yield value
  }
}

/** After a failed page: smaller pages from where it broke. Throws when that has no sense. */
async function recover(error: unknown, tools: ListTools, place: Place, seen: PageSeen): Promise<void> {
  if (isSt2Error(error, 'forbidden', 'bad_request') && place.size > PAGE_OF_NON_ADMINS) {
    place.size = place.most = PAGE_OF_NON_ADMINS
    return
  }
  place.breaks = seen.fresh > 0 ? 1 : place.breaks + 1
  if (!isSt2Error(error, 'interrupted_answer', 'timeout') || place.breaks > BREAKS_IN_A_ROW) throw error
  await tools.clock.sleep(pauseMs(place.breaks, tools.random()))
  place.size = Math.max(1, Math.ceil(place.size / 2))
}

/** After a whole page. True at the end of the list. */
function advance(path: string, place: Place, seen: PageSeen): boolean {
  const reached = seen.offset + seen.rows
  // An empty page behind rows that were read is a gap too: so many have vanished that the list ends before it.
  if (seen.gap || (seen.rows === 0 && seen.offset > 0)) {
    if (seen.offset === 0) throw lost(path, 'lost the rows read so far while it was read')
    place.back *= 2
    return false
  }
  if (seen.fresh === 0) {
    // Nothing but the row that overlaps: the end.
    if (seen.rows <= 1) return true
    // Having gone back further than a page holds, forward again to where unknown rows can be.
    if (reached <= place.position) {
      place.back = place.position - reached + 1
      return false
    }
    // More known rows than that were pushed here by others that were inserted before them.
    if (++place.idle > 3) throw lost(path, 'answers every page with the same rows')
  } else place.idle = 0
  place.back = 1
  place.breaks = 0
  place.position = reached
  place.size = nextSize(place.size, seen.rows, seen.bytes, place.most)
  return false
}

/**
 * By pages that overlap by one row: when the first row of a page is not one known already, rows before it have vanished
 * meanwhile, and the reading goes back. Rows that come again after an insertion are left out. The end is a page with
 * nothing new, so that a server that cuts pages short does not cut the list. `most` rows a page.
 */
export async function* pagedList<T>(tools: ListTools, query: Query, order: RowOrder<T>, most = 1000): AsyncGenerator<T> {
  const place: Place = { size: Math.min(FIRST_PAGE, most), most, position: 0, back: 1, count: 0, breaks: 0, idle: 0 }
  const totals = new Set<number>()
  for (;;) {
    const seen: PageSeen = { offset: Math.max(0, place.position - place.back), rows: 0, bytes: 0, fresh: 0, gap: false }
    try {
      yield* onePage(tools, query, order, place, seen)
    } catch (error) {
      await recover(error, tools, place, seen)
      continue
    }
    if (seen.total !== undefined) totals.add(seen.total)
    if (advance(tools.path, place, seen)) break
  }
  const [total] = totals
  if (total !== undefined && totals.size === 1 && total !== place.count) throw lost(tools.path, `holds ${total} rows by its X-Total-Count, but ${place.count} came`)
}
