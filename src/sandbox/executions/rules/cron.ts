/**
 * When a CronTimer is due. Its fields are those of APScheduler, which StackStorm uses: one that is not given means every value, except
 * that of what is finer than the finest given one only the first counts. Pure.
 */

export type CronParameters = Record<string, string | number | undefined>

/** From the coarsest to the finest, each with its first value. */
const FIELDS: readonly [name: string, first: number | '*'][] = [
  ['year', 1970],
  ['month', 1],
  ['day', 1],
  ['week', '*'],
  ['day_of_week', '*'],
  ['hour', 0],
  ['minute', 0],
  ['second', 0],
]
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const COARSE = ['year', 'month', 'day', 'week', 'day_of_week', 'hour']
const MINUTE_MS = 60_000
const QUARTER_MS = 15 * MINUTE_MS
const DAY_MS = 86_400_000

/** True when the timer is due at least once after `from` and not after `to` (milliseconds since 1970). A time zone that nobody knows is never due. */
export function cronIsDue(parameters: CronParameters, from: number, to: number): boolean {
  const clock = clockIn(parameters.timezone)
  const wanted = expressions(parameters)
  const fits = (time: WallTime, fields: readonly string[]): boolean => fields.every((field) => fitsField(field, wanted[field] as string, time))
  // Offsets of time zones are whole quarters: an hour that does not fit is over at the next one at the earliest.
  const toNext = (time: number): number => (fits(clock!(time), COARSE) ? MINUTE_MS : QUARTER_MS - modulo(time, QUARTER_MS))
  for (let minute = from - modulo(from, MINUTE_MS); clock && minute <= to; minute += toNext(minute)) {
    if (!fits(clock(minute), [...COARSE, 'minute'])) continue
    for (let second = 0; second < 60; second++) {
      const at = minute + second * 1000
      if (at > from && at <= to && fits({ ...clock(minute), second }, ['second'])) return true
    }
  }
  return false
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by

function expressions(parameters: CronParameters): Record<string, string> {
  const finest = Math.max(...FIELDS.map(([name], i) => (parameters[name] === undefined ? -1 : i)))
  return Object.fromEntries(FIELDS.map(([name, first], i) => [name, String(parameters[name] ?? (i > finest ? first : '*'))]))
}

interface WallTime extends Record<string, number> {
  year: number
  month: number
  day: number
}

type Clock = (time: number) => WallTime

/** What clocks show in a time zone, to the minute. */
function clockIn(timezone: CronParameters[string]): Clock | undefined {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: timezone === undefined ? 'UTC' : String(timezone), hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' })
  } catch {
    return undefined
  }
  return (time) => {
    const shown = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)])) as unknown as WallTime & { hour: number; minute: number }
    const day = Date.UTC(shown.year, shown.month - 1, shown.day)
    return { year: shown.year, month: shown.month, day: shown.day, week: isoWeek(day), day_of_week: weekdayOf(day), hour: shown.hour, minute: shown.minute, second: 0 }
  }
}

/** Monday is 0. */
const weekdayOf = (day: number): number => modulo(Math.floor(day / DAY_MS) + 3, 7)

/** A week belongs to the year of its Thursday. */
function isoWeek(day: number): number {
  const thursday = day + (3 - weekdayOf(day)) * DAY_MS
  return Math.floor((thursday - Date.UTC(new Date(thursday).getUTCFullYear(), 0)) / (7 * DAY_MS)) + 1
}

function fitsField(field: string, expression: string, time: WallTime): boolean {
  return expression.split(',').some((part) => fitsPart(field, part.trim().toLowerCase(), time))
}

function fitsPart(field: string, part: string, time: WallTime): boolean {
  const value = time[field] as number
  const range = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/.exec(part)
  if (field === 'day' && part === 'last') return value === daysIn(time)
  const ordinal = field === 'day' ? /^(1st|2nd|3rd|4th|5th|last) +([a-z]{3})$/.exec(part) : null
  if (ordinal) return fitsOrdinal(ordinal[1] as string, ordinal[2] as string, time)
  if (!range) return false
  const [, from = '*', to, step] = range
  const first = from === '*' ? (FIRST[field] ?? 0) : numberOf(field, from)
  const last = to !== undefined ? numberOf(field, to) : from === '*' || step !== undefined ? Infinity : first
  return value >= first && value <= last && (step === undefined || (value - first) % Number(step) === 0)
}

/** Where steps of `*` are counted from. */
const FIRST: Record<string, number> = { year: 1970, month: 1, day: 1, week: 1 }

function numberOf(field: string, word: string): number {
  const names = field === 'month' ? MONTHS : WEEKDAYS
  const named = names.indexOf(word)
  return named < 0 ? Number(word) : named + (field === 'month' ? 1 : 0)
}

const daysIn = ({ year, month }: WallTime): number => new Date(Date.UTC(year, month, 0)).getUTCDate()

/** `2nd tue`, `last fri` of a month. */
function fitsOrdinal(which: string, weekday: string, time: WallTime): boolean {
  if (weekdayOf(Date.UTC(time.year, time.month - 1, time.day)) !== WEEKDAYS.indexOf(weekday)) return false
  return which === 'last' ? time.day + 7 > daysIn(time) : Math.ceil(time.day / 7) === Number(which[0])
}
