/** Rows of history in columns. Pure. */
import type { HistoryRow } from './search'

/** A name may be long; the others have their length. */
const WIDEST = 60

/** Lines of a table with a head; none for no rows. `kinds`: each row says of which kind it is. */
export function table(rows: readonly HistoryRow[], kinds: boolean): string[] {
  if (rows.length === 0) return []
  const head = ['time', ...(kinds ? ['kind'] : []), 'id', 'name', 'user', 'status', 'seconds']
  const cells = rows.map((row) => [shortTime(row.time), ...(kinds ? [row.kind] : []), row.id, row.name, row.user ?? '', row.status ?? '', row.seconds === undefined ? '' : row.seconds.toFixed(1)])
  const used = head.map((_, column) => cells.some((row) => row[column] !== ''))
  const widths = head.map((title, column) => Math.min(WIDEST, Math.max(title.length, ...cells.map((row) => row[column]!.length))))
  const line = (row: string[]): string => row.flatMap((cell, column) => (used[column] ? [cell.padEnd(widths[column]!)] : [])).join('  ').trimEnd()
  return [head, ...cells].map(line)
}

/** To the second. */
const shortTime = (time: string): string => (time === '' ? 'unknown' : `${time.slice(0, 19).replace('T', ' ')}Z`)
