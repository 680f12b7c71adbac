/** Gathers the records of one kind into the archive, by days. */
import type { KeptSummary } from '../../archive/types'
import type { Query } from '../../st2/port'
import { DayFiles } from './day-files'
import { pendingInquiries, remarkPending } from './inquiries'
import type { HistoryFilters, Keeping, KeptHistory } from './kept'
import { EXECUTIONS, INQUIRIES, RECORD_KINDS, type HistoryRecord, type RecordKind } from './record-kind'
import { remarkUnfinished, unfinishedExecutions } from './unfinished'
import { walk } from './walk'

/** The histories that lie behind lists of the API. */
export const RECORD_HISTORIES: readonly KeptHistory[] = RECORD_KINDS.map((kind) => ({
  name: kind.name,
  title: kind.title,
  keep: (keeping) => (kind === INQUIRIES ? keepInquiries(keeping) : keepRecords(kind, keeping)),
}))

async function keepRecords(kind: RecordKind, keeping: Keeping): Promise<KeptSummary> {
  const unfinished = kind === EXECUTIONS ? (await unfinishedExecutions(keeping)).filter((one) => !one.isInquiry) : []
  remarkUnfinished(unfinished, keeping)
  const { filters } = keeping
  const rows = walk(keeping.instance.api, kind, { since: filters.since, query: queryOf(kind, filters), sleep: (ms) => keeping.system.clock.sleep(ms) })
  return gather(kind, fitting(kind, rows, filters), new Set(unfinished.map(({ id }) => id)), keeping)
}

/** All that wait for an answer, whatever the filters say. */
async function keepInquiries(keeping: Keeping): Promise<KeptSummary> {
  const pending = await pendingInquiries(keeping)
  remarkPending(pending, keeping)
  return gather(INQUIRIES, pending, new Set(pending.map(({ id }) => String(id))), keeping)
}

/** Writes the records; `told` are those that stand in the remarks too. */
async function gather(kind: RecordKind, rows: AsyncIterable<HistoryRecord> | Iterable<HistoryRecord>, told: Set<string>, keeping: Keeping): Promise<KeptSummary> {
  const { system, stage, workDir } = keeping
  const files = new DayFiles(kind, { stage, scratch: workDir })
  let [count, listed] = [0, 0]
  try {
    for await (const record of rows) {
      system.stop.check()
      await files.add(record)
      count++
      if (told.has(String(record.id))) listed++
      system.progress.step()
    }
    return { count, listed, members: await files.close(), filters: filtersOf(kind, keeping.filters) }
  } catch (error) {
    await files.abandon()
    throw error
  }
}

/** The API takes one action and one status; several are looked for in all. */
function queryOf({ filtered }: RecordKind, { actions = [], statuses = [] }: HistoryFilters): Query {
  if (!filtered) return {}
  return { ...(actions.length === 1 && { action: actions[0] }), ...(statuses.length === 1 && { status: statuses[0] }) }
}

/** No filter of the API is trusted without a look: a parameter that it does not know is dropped in silence. */
async function* fitting(kind: RecordKind, rows: AsyncIterable<HistoryRecord>, { actions, statuses }: HistoryFilters): AsyncGenerator<HistoryRecord> {
  for await (const record of rows) {
    const { name, status } = kind.tell(record)
    if (kind.filtered && ((actions && !actions.includes(name)) || (statuses && !statuses.includes(status ?? '')))) continue
    yield record
  }
}

/** What was asked for, for the manifest. */
function filtersOf({ filtered, name }: RecordKind, { since, actions, statuses }: HistoryFilters): KeptSummary['filters'] {
  if (name === INQUIRIES.name) return {}
  return { ...(since !== undefined && { since }), ...(filtered && actions && { action: actions }), ...(filtered && statuses && { status: statuses }) }
}
