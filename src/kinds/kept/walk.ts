/**
 * Every record that there is when the walk begins, each once, while the instance goes on making new ones and purging old ones.
 * Lists come newest first, so that offsets shift with every new record: the walk is bounded by the newest record that it found,
 * and begins afresh below the last one read before offsets grow large (the database walks over all that it skips).
 */
import { shifted } from '../../core/moments'
import { isSt2Error } from '../../st2/errors'
import type { Query, StackStorm } from '../../st2/port'
import { timeOf, type HistoryRecord, type RecordKind } from './record-kind'

/** Records that are read by offset before the walk begins afresh. */
const STRETCH = 5000

/** How often a stretch is begun again, a second later each time, after the list changed within its bounds. */
const ATTEMPTS = 5

/** For a list whose newest record tells no time. */
const AT_ALL = '9999-01-01T00:00:00.000000Z'

interface Walk {
  /** Nothing that began before. */
  since?: string
  /** Further filters of the list. */
  query?: Query
  stretch?: number
  /** Waits for so many milliseconds. */
  sleep?: (ms: number) => Promise<void>
}

export async function* walk(api: Pick<StackStorm, 'get' | 'list'>, kind: RecordKind, { since, query, stretch = STRETCH, sleep = async () => undefined }: Walk = {}): AsyncGenerator<HistoryRecord> {
  const asked = { ...kind.query, ...query }
  const newest = await newestTime(api, kind, asked)
  if (newest === undefined) return
  const rows = kind.bounds ? bounded(api, kind, asked, { newest, since, stretch, sleep }) : unbounded(api, kind, asked, newest, since)
  for await (const record of rows) {
    const time = timeOf(kind, record)
    // No filter is trusted without a look: an unknown parameter is dropped in silence.
    if (time !== undefined && (time > newest || (since !== undefined && time < since))) continue
    yield record
  }
}

/** As the list shows it, in its own clock: the machine's may differ. */
async function newestTime(api: Pick<StackStorm, 'get'>, kind: RecordKind, query: Query): Promise<string | undefined> {
  const [newest] = await api.get<HistoryRecord[]>(kind.path, { ...query, limit: 1 })
  return newest && (timeOf(kind, newest) ?? AT_ALL)
}

interface Bounds {
  newest: string
  since?: string
  stretch: number
  sleep: (ms: number) => Promise<void>
}

async function* bounded(api: Pick<StackStorm, 'list'>, kind: RecordKind, query: Query, { newest, since, stretch, sleep }: Bounds): AsyncGenerator<HistoryRecord> {
  const [after, before] = kind.bounds!
  let [seen, attempt] = [new Set<unknown>(), 1]
  for (let below = shifted(newest, kind.tick); ; ) {
    const next = { more: false, below, ids: new Set<unknown>() }
    const bounds = { [before]: below, ...(since !== undefined && { [after]: shifted(since, -1) }) }
    try {
      for await (const record of api.list<HistoryRecord>(kind.path, { query: { ...query, ...bounds } })) {
        // As long as all are of one moment there is nowhere to begin afresh.
        next.more = next.ids.size >= stretch && next.below < below
        if (next.more) break
        const floor = shifted(timeOf(kind, record) ?? next.below, kind.tick)
        if (floor < next.below) next.below = floor
        next.ids.add(record.id)
        if (!seen.has(record.id)) yield record
      }
    } catch (error) {
      // Where times are cut, records of the last second still arrive; and old ones may be purged.
      if (!isSt2Error(error, 'mismatch') || attempt++ >= ATTEMPTS) throw error
      next.ids.forEach((id) => seen.add(id))
      await sleep(1000)
      continue
    }
    if (!next.more) return
    ;[below, seen, attempt] = [next.below, next.ids, 1]
  }
}

/**
 * Traces: from the oldest on, where new ones come behind those that are there. With a bound in time from the newest on, up to
 * the first that is older, so that what is older is not read.
 */
async function* unbounded(api: Pick<StackStorm, 'get' | 'list'>, kind: RecordKind, query: Query, newest: string, since = ''): AsyncGenerator<HistoryRecord> {
  // Only this word means it (st2api compares with Python's text of True).
  const upwards: Query = { ...query, sort_asc: 'True' }
  const [oldest] = await api.get<HistoryRecord[]>(kind.path, { ...upwards, limit: 1 })
  const up = oldest === undefined || (timeOf(kind, oldest) ?? '') >= since
  for await (const record of api.list<HistoryRecord>(kind.path, { query: up ? upwards : query })) {
    const time = timeOf(kind, record)
    if (time !== undefined && (up ? time > newest : time < since)) return
    yield record
  }
}
