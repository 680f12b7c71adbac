/**
 * Times as StackStorm tells and takes them: UTC, six digits of a second, `2026-11-22T16:50:30.273000Z`. In that form their
 * texts are in the order of time. Pure.
 */

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?)?(?:Z|\+00:?00)?$/
const SPAN = /^(\d{1,6})([mhdw])$/
const MINUTES: Record<string, number> = { m: 1, h: 60, d: 24 * 60, w: 7 * 24 * 60 }

/** A time in the one form; a date alone is its midnight. Undefined for what is no time, or not in UTC. */
export function exactTime(text: unknown): string | undefined {
  const [, day, clock = '00:00:00', digits = ''] = (typeof text === 'string' && TIME.exec(text)) || []
  if (day === undefined) return undefined
  const seconds = clock.length === 5 ? `${clock}:00` : clock
  const exact = `${day}T${seconds}.${digits.slice(0, 6).padEnd(6, '0')}Z`
  return isReal(day, seconds) ? exact : undefined
}

/** Neither a 30th of February nor a 25th hour. */
function isReal(day: string, clock: string): boolean {
  const time = Date.parse(`${day}T${clock}Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(`${day}T${clock}`)
}

/** What people type: a time in UTC, a date, or how long ago (`45m`, `12h`, `30d`, `2w`). Undefined for anything else. */
export function momentBefore(text: string, now: Date): string | undefined {
  const [, count, unit] = SPAN.exec(text) ?? []
  if (count === undefined || unit === undefined) return exactTime(text)
  const time = now.getTime() - Number(count) * MINUTES[unit]! * 60_000
  return time < 0 ? undefined : exactTime(new Date(time).toISOString())
}

/** A time so many microseconds later (or earlier, when negative). */
export function shifted(exact: string, microseconds: number): string {
  const [milliseconds, rest] = [Date.parse(`${exact.slice(0, 23)}Z`), Number(exact.slice(23, 26)) + microseconds]
  const carry = Math.floor(rest / 1000)
  return `${new Date(milliseconds + carry).toISOString().slice(0, 23)}${String(rest - carry * 1000).padStart(3, '0')}Z`
}

/** When a document was made, to the second: a database id begins with it. Undefined for what is no such id. */
export function timeOfId(id: unknown): string | undefined {
  if (typeof id !== 'string' || !/^[0-9a-f]{24}$/i.test(id)) return undefined
  return exactTime(new Date(parseInt(id.slice(0, 8), 16) * 1000).toISOString())
}

/** The day of a time, `2026-11-22`. */
export const dayOf = (exact: string): string => exact.slice(0, 10)
