/**
 * Timers that rules wait for. They run only where the sandbox was started with `timers`, or when time is made to pass through the
 * control port: what acts by itself would make tests depend on the hour. Knowledge: running-on-stackstorm.md section 4.
 */
import { triggers, type TriggerDoc } from '../../content/documents'
import type { Sandbox } from '../../types'
import { cronIsDue, type CronParameters } from './cron'
import { dispatch } from './dispatch'

const SECONDS: Record<string, number> = { weeks: 604_800, days: 86_400, hours: 3600, minutes: 60, seconds: 1 }

type IsDue = (trigger: TriggerDoc, from: number, to: number) => boolean

const TIMERS: Record<string, IsDue> = {
  'core.st2.IntervalTimer': ({ id, parameters }, from, to) => {
    const [start, step] = [madeAt(id), Number(parameters.delta) * (SECONDS[String(parameters.unit)] ?? NaN) * 1000]
    const rounds = Math.floor((to - start) / step)
    return rounds >= 1 && start + rounds * step > from
  },
  'core.st2.DateTimer': ({ parameters }, from, to) => {
    const date = dateOf(String(parameters.date))
    return date > from && date <= to
  },
  'core.st2.CronTimer': ({ parameters }, from, to) => cronIsDue(parameters as CronParameters, from, to),
}

/** An id begins with the second in which it was given. */
const madeAt = (id: string): number => parseInt(id.slice(0, 8), 16) * 1000

/** Without a zone of its own a date is one of UTC here. */
const dateOf = (text: string): number => Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(' ', 'T')}Z`)

/** Fires each timer that is due after `from` and not after `to` (milliseconds since 1970), once: rounds that were missed count as one. Answers how many. */
export function fireTimers(sandbox: Sandbox, from: number, to: number): number {
  const due = triggers(sandbox).all().filter((trigger) => TIMERS[trigger.type]?.(trigger, from, to))
  for (const trigger of due) {
    const executed_at = new Date(to).toISOString().replace('T', ' ').replace('Z', '000+00:00')
    dispatch(sandbox, trigger, { executed_at, schedule: null }, `${trigger.type.replace('core.', '')}-${trigger.name}`)
  }
  return due.length
}
