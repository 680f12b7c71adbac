/** The records of the past that an archive holds, newest first, without opening more of it than is asked for. */
import { gzipLines } from '../../archive/gzip-lines'
import { ArchiveError } from '../../archive/errors'
import type { OpenMembers } from '../../archive/read'
import type { KeptMember, Manifest } from '../../archive/types'
import type { HistoryRecord, RecordKind } from '../../kinds/kept'

/** From one time on, up to before another. */
export interface Span {
  since?: string
  until?: string
}

/** The members of a kind that may hold records of a span, newest first. */
export function membersOf({ kept = {} }: Manifest, { name }: RecordKind, { since, until }: Span = {}): KeptMember[] {
  const outside = ({ from, to }: KeptMember): boolean => (since !== undefined && to !== undefined && to < since) || (until !== undefined && from !== undefined && from >= until)
  return (kept[name]?.members ?? []).filter((member) => !outside(member)).sort((a, b) => ((a.to ?? '') > (b.to ?? '') ? -1 : 1))
}

/** The records of one member, oldest first; `fits` sees each line before it is read as JSON. */
export async function* recordsIn(open: OpenMembers, { member, count }: KeptMember, fits: (line: Buffer) => boolean = () => true): AsyncGenerator<HistoryRecord> {
  const file = open.member(member)
  if (file === undefined) throw new ArchiveError('missing-member', `The member ${member} is missing.`)
  let lines = 0
  for await (const line of gzipLines(file, member)) {
    lines++
    if (fits(line)) yield parsed(line, `${member}, line ${lines}`)
  }
  if (lines !== count) throw new ArchiveError('bad-manifest', `The manifest counts ${count} records in ${member}, which holds ${lines}.`)
}

function parsed(line: Buffer, where: string): HistoryRecord {
  try {
    return JSON.parse(line.toString('utf8')) as HistoryRecord
  } catch {
    throw new ArchiveError('bad-item', `${where} is no JSON.`)
  }
}
