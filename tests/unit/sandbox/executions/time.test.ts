import { cutTime, now, parseTime, secondsBetween } from '../../../../src/sandbox/executions/time'

test('times have microseconds and are never the same twice', () => {
  const times = Array.from({ length: 50 }, now)
  expect(new Set(times).size).toBe(50)
  expect([...times].sort()).toEqual(times)
  expect(times[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  expect(Math.abs(Date.parse(times[0] ?? '') - Date.now())).toBeLessThan(2000)
})

test('times in a query', () => {
  expect(parseTime('2026-11-22T16:36:02.717785Z')).toBe('2026-11-22T16:36:02.717785Z')
  expect(parseTime('2026-11-22 16:36:02.717+00:00')).toBe('2026-11-22T16:36:02.717000Z')
  expect(parseTime('2026-11-22T16:36:02Z')).toBe('2026-11-22T16:36:02.000000Z')
  for (const bad of ['rubbish', '2020-01-01', '2026-11-22T16:36:02', '2026-11-22T16:36:02.1Z', '2026-11-22T16:36:02+01:00']) expect(parseTime(bad)).toBeUndefined()
})

test('logs keep fewer digits; differences are in seconds', () => {
  expect(cutTime('2026-11-22T16:36:02.717785Z', 3)).toBe('2026-11-22T16:36:02.717000Z')
  expect(cutTime('2026-11-22T16:36:02.717785Z', 0)).toBe('2026-11-22T16:36:02.000000Z')
  expect(secondsBetween('2026-11-22T16:36:02.871575Z', '2026-11-22T16:36:04.306869Z')).toBe(1.435294)
})
