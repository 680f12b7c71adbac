/** Times in StackStorm's notation: UTC with six digits of a second. */

/** Now, with microseconds, for example `2026-11-22T15:44:52.290755Z`. */
export function nowWithMicroseconds(): string {
  return microseconds(new Date())
}

/** A time with random digits behind the milliseconds, as a fresh object in memory shows; what was stored has zeros there. */
export function microseconds(date: Date): string {
  return date.toISOString().replace('Z', `${String(Math.floor(Math.random() * 1000)).padStart(3, '0')}Z`)
}

/** A stored time: whole milliseconds. */
export function storedTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z')
}
