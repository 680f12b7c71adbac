import { cronIsDue, type CronParameters } from '../../../../src/sandbox/executions/rules/cron'

/** Due in the second of this time, and not in the one before. */
const dueAt = (parameters: CronParameters, time: string): boolean => {
  const at = Date.parse(time)
  return cronIsDue(parameters, at - 1, at) && !cronIsDue(parameters, at - 1001, at - 1)
}

it.each<[CronParameters, string]>([
  [{ timezone: 'UTC', hour: 2, minute: 30, second: 0 }, '2026-03-04T02:30:00Z'],
  [{ hour: 2 }, '2026-03-04T02:00:00Z'],
  [{ day_of_week: 'mon', hour: 6 }, '2026-03-02T06:00:00Z'],
  [{ day_of_week: 0, hour: 6 }, '2026-03-02T06:00:00Z'],
  [{ day_of_week: 'mon-fri', hour: '3', minute: '15' }, '2026-03-06T03:15:00Z'],
  [{ month: 'feb', day: 'last' }, '2028-02-29T00:00:00Z'],
  [{ day: '2nd tue', hour: 1 }, '2026-03-10T01:00:00Z'],
  [{ day: 'last fri', hour: 1 }, '2026-03-27T01:00:00Z'],
  [{ week: 1, day_of_week: 'thu' }, '2026-01-01T00:00:00Z'],
  [{ minute: '*/20' }, '2026-03-04T02:40:00Z'],
  [{ minute: '10-50/20' }, '2026-03-04T02:30:00Z'],
  [{ hour: '1,2,5-7', minute: 1 }, '2026-03-04T06:01:00Z'],
  [{ second: '30' }, '2026-03-04T02:40:30Z'],
  [{ timezone: 'Europe/Prague', hour: 3 }, '2026-07-04T01:00:00Z'],
  [{ timezone: 'Europe/Prague', hour: 3 }, '2026-01-04T02:00:00Z'],
  [{ year: 2031 }, '2031-01-01T00:00:00Z'],
])('%j is due at %s', (parameters, time) => expect(dueAt(parameters, time)).toBe(true))

it.each<[CronParameters, string, string]>([
  [{ hour: 2 }, '2026-03-04T02:00:00Z', '2026-03-05T01:59:59Z'],
  [{ day_of_week: 'sat-sun' }, '2026-03-02T00:00:00Z', '2026-03-06T23:59:59Z'],
  [{ month: '6-8' }, '2026-03-01T00:00:00Z', '2026-05-30T00:00:00Z'],
  [{ timezone: 'Nowhere/At_All', minute: '*' }, '2026-03-02T00:00:00Z', '2026-03-02T01:00:00Z'],
])('%j is not due after %s until %s', (parameters, from, to) => expect(cronIsDue(parameters, Date.parse(from), Date.parse(to))).toBe(false))

it('finds the one time in a window that holds it', () => {
  expect(cronIsDue({ timezone: 'UTC', hour: 2, minute: 30, second: 0 }, Date.parse('2026-03-04T02:30:00Z'), Date.parse('2026-03-05T02:30:00Z'))).toBe(true)
})
