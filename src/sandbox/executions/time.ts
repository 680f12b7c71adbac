/** Times as StackStorm keeps them: UTC with microseconds. */

let last = 0

/** The present time, `2026-11-22T16:36:02.657272Z`; never twice the same, so that executions have an order. */
export function now(): string {
  const micro = Number((process.hrtime.bigint() / BigInt(1000)) % BigInt(1000))
  last = Math.max(Date.now() * 1000 + micro, last + 1)
  return format(last)
}

function format(microseconds: number): string {
  const seconds = new Date(Math.floor(microseconds / 1e6) * 1000).toISOString().slice(0, 19)
  return `${seconds}.${String(microseconds % 1e6).padStart(6, '0')}Z`
}

const TIME = /^(\d{4}-\d{2}-\d{2})(?:\s|T)(\d{2}:\d{2}:\d{2})(?:\.(\d{3,6}))?(?:Z|\+00|\+0000|\+00:00)$/

/** A time in a query in the form of {@link now}, so that texts can be compared; undefined when StackStorm refuses it. */
export function parseTime(text: string): string | undefined {
  const parts = TIME.exec(text)
  return parts ? `${parts[1]}T${parts[2]}.${(parts[3] ?? '').padEnd(6, '0')}Z` : undefined
}

/** A time with `digits` of its microseconds kept and zeros after: entries of a log lose precision in the database. */
export function cutTime(time: string, digits: number): string {
  return `${time.slice(0, 20 + digits)}${'0'.repeat(6 - digits)}Z`
}

/** Seconds between two times. */
export function secondsBetween(start: string, end: string): number {
  return Number(((microseconds(end) - microseconds(start)) / 1e6).toFixed(6))
}

const microseconds = (time: string): number => Date.parse(`${time.slice(0, 19)}Z`) * 1000 + Number(time.slice(20, 26))
