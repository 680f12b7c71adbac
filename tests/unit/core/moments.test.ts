/** Times in one form, what people type, and steps of microseconds. */
import * as fc from 'fast-check'
import { dayOf, exactTime, momentBefore, shifted, timeOfId } from '../../../src/core/moments'

test.each([
  ['2026-11-22T16:50:30.273000Z', '2026-11-22T16:50:30.273000Z'],
  ['2026-11-22T16:50:30Z', '2026-11-22T16:50:30.000000Z'],
  ['2026-11-22 16:50', '2026-11-22T16:50:00.000000Z'],
  ['2026-11-22', '2026-11-22T00:00:00.000000Z'],
  ['2026-11-22T16:50:30.5+00:00', '2026-11-22T16:50:30.500000Z'],
])('%s is a time', (text, exact) => expect(exactTime(text)).toBe(exact))

test.each(['', 'yesterday', '2026-11-31', '2026-11-22T25:00:00Z', '2026-11-22T10:00:00+02:00', 17, undefined, null])('%p is no time in UTC', (text) => expect(exactTime(text)).toBeUndefined())

const NOW = new Date('2026-03-10T12:00:00.000Z')

test.each([
  ['30d', '2026-02-08T12:00:00.000000Z'],
  ['45m', '2026-03-10T11:15:00.000000Z'],
  ['12h', '2026-03-10T00:00:00.000000Z'],
  ['2w', '2026-02-24T12:00:00.000000Z'],
  ['2026-01-01', '2026-01-01T00:00:00.000000Z'],
])('%s before a moment', (text, exact) => expect(momentBefore(text, NOW)).toBe(exact))

test.each(['d', '-1d', '1y', '1.5h', '999999w', 'now'])('%s is not understood', (text) => expect(momentBefore(text, NOW)).toBeUndefined())

const micros = fc.integer({ min: 0, max: 3_000_000_000_000 }).map((ms) => exactTime(new Date(ms).toISOString())!)

test('a step forth and back is where it was, and texts are in the order of time', () => {
  fc.assert(
    fc.property(micros, fc.integer({ min: 1, max: 5_000_000_000 }), (time, step) => {
      const later = shifted(time, step)
      expect(exactTime(later)).toBe(later)
      expect(later > time).toBe(true)
      expect(shifted(later, -step)).toBe(time)
    }),
  )
})

test('a database id tells when its document was made', () => {
  expect(timeOfId('6b0319f23a341c19f9816e24')).toBe('2026-11-22T16:36:02.000000Z')
  expect(timeOfId('nope')).toBeUndefined()
  expect(dayOf('2026-11-22T16:36:02.000000Z')).toBe('2026-11-22')
})
