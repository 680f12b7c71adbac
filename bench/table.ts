/** The rows that measures give, and the table that people read. Pure. */

export interface Row {
  what: string
  /** Absent: for information. */
  wanted?: string
  measured: string
  met?: boolean
}

/** A ratio held against a limit; `most` or `least` tells on which side. */
export function ratio(what: string, value: number, limit: { least: number } | { most: number }, of: string): Row {
  const met = 'least' in limit ? value >= limit.least : value <= limit.most
  const wanted = 'least' in limit ? `at least ${limit.least}` : `at most ${limit.most}`
  return { what, wanted, measured: `${value.toFixed(2)} (${of})`, met }
}

export const fact = (what: string, measured: string): Row => ({ what, measured })

const VERDICT = (row: Row): string => (row.met === undefined ? 'for information' : row.met ? 'met' : '**MISSED**')

export function markdown(rows: readonly Row[]): string {
  const lines = rows.map((row) => `| ${row.what} | ${row.wanted ?? ''} | ${row.measured} | ${VERDICT(row)} |`)
  return ['| what | wanted | measured | verdict |', '|---|---|---|---|', ...lines].join('\n')
}

export const rate = (count: number, seconds: number): string => `${(count / seconds).toFixed(0)}/s`
export const inSeconds = (seconds: number): string => `${seconds.toFixed(1)} s`
