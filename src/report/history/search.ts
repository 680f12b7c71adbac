/** Looks for records by what is known of them. Memory holds the rows that are shown, and one record. */
import type { OpenMembers } from '../../archive/read'
import { globFits } from '../../core/glob'
import { timeOf, type HistoryRecord, type RecordKind } from '../../kinds/kept'
import type { Stop } from '../../system/ports'
import { membersOf, recordsIn, type Span } from './records'

export interface Asked extends Span {
  /** Pattern of refs. */
  action?: string
  user?: string
  status?: string
  /** Anywhere in the record, in upper or lower case. */
  text?: string
  /** Rows at most. */
  last: number
}

export interface HistoryRow {
  kind: string
  time: string
  id: string
  name: string
  user?: string
  status?: string
  seconds?: number
}

/** The newest rows of these kinds that fit, newest first; `more` when older ones fit too. */
export async function search(open: OpenMembers, kinds: readonly RecordKind[], asked: Asked, stop: Pick<Stop, 'check'>): Promise<{ rows: HistoryRow[]; more: boolean }> {
  const found: HistoryRow[] = []
  for (const kind of kinds) found.push(...(await newest(open, kind, asked, stop)))
  found.sort((a, b) => (a.time === b.time ? (a.id < b.id ? 1 : -1) : a.time < b.time ? 1 : -1))
  return { rows: found.slice(0, asked.last), more: found.length > asked.last }
}

/** One more than are shown, to tell whether there are more. */
async function newest(open: OpenMembers, kind: RecordKind, asked: Asked, stop: Pick<Stop, 'check'>): Promise<HistoryRow[]> {
  const found: HistoryRow[] = []
  for (const member of membersOf(open.manifest, kind, asked)) {
    const ofMember: HistoryRow[] = []
    const wanted = asked.last + 1 - found.length
    if (wanted <= 0) break
    for await (const record of recordsIn(open, member, holding(asked.text))) {
      stop.check()
      const row = rowOf(kind, record)
      if (fits(row, kind, record, asked)) ofMember.push(row)
      if (ofMember.length > wanted) ofMember.shift()
    }
    found.push(...ofMember.reverse())
  }
  return found
}

export function rowOf(kind: RecordKind, record: HistoryRecord): HistoryRow {
  const { name, user, status, seconds } = kind.tell(record)
  return { kind: kind.name, time: timeOf(kind, record) ?? '', id: String(record.id), name, ...(user !== undefined && { user }), ...(status !== undefined && { status }), ...(seconds !== undefined && { seconds }) }
}

function fits(row: HistoryRow, kind: RecordKind, record: HistoryRecord, { action, user, status, since, until }: Asked): boolean {
  if ((since !== undefined && row.time < since) || (until !== undefined && row.time >= until)) return false
  if ((user !== undefined && row.user !== user) || (status !== undefined && row.status !== status)) return false
  return action === undefined || (kind.tell(record).actions ?? []).some((ref) => globFits(action, ref))
}

/** Lines that cannot hold the text are not read as JSON. The text stands in a line as JSON writes it. */
function holding(text: string | undefined): (line: Buffer) => boolean {
  if (text === undefined) return () => true
  const wanted = JSON.stringify(text).slice(1, -1).toLowerCase()
  return (line) => line.toString('utf8').toLowerCase().includes(wanted)
}
