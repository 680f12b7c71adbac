import { St2Error, type St2ErrorCode } from '../../../src/st2/errors'
import { createRetry, pauseMs } from '../../../src/st2/retry'
import { retryAfterMs } from '../../../src/st2/faults'
import { fakeClock } from '../../support/clock'

const error = (code: St2ErrorCode, retryMs?: number) => new St2Error('x', 'y', { code, retryAfterMs: retryMs })
function setUp(deadlineMs = 60_000, random = 0.5) {
  const clock = fakeClock()
  const told: string[] = []
  const retry = createRetry({ clock, deadlineMs, random: () => random, onRetry: (e, wait, n) => told.push(`${e.code} ${wait} ${n}`) })
  return { clock, retry, told }
}
/** Fails with these, then succeeds with the number of the attempt. */
function failing(...errors: Error[]) {
  return jest.fn(async (n: number) => {
    const failure = errors[n - 1]
    if (failure) throw failure
    return n
  })
}

describe('createRetry', () => {
  test.each(['unreachable', 'timeout', 'interrupted_answer', 'rate_limited', 'unavailable'] as const)('tries again after %s, with growing pauses', async (code) => {
    const { retry, clock, told } = setUp()
    expect(await retry(failing(error(code), error(code), error(code)), true)).toBe(4)
    expect(clock.slept).toEqual([225, 450, 900])
    expect(told).toEqual([`${code} 225 1`, `${code} 450 2`, `${code} 900 3`])
  })

  test.each(['unauthorized', 'forbidden', 'not_found', 'bad_request', 'server', 'tls', 'too_large', 'conflict', 'not_stackstorm'] as const)('does not try again after %s', async (code) => {
    const { retry } = setUp()
    const attempt = failing(error(code))
    await expect(retry(attempt, true)).rejects.toMatchObject({ code })
    expect(attempt).toHaveBeenCalledTimes(1)
  })

  test('never repeats what may not be repeated', async () => {
    const { retry } = setUp()
    const attempt = failing(error('unavailable'))
    await expect(retry(attempt, false)).rejects.toMatchObject({ code: 'unavailable' })
    expect(attempt).toHaveBeenCalledTimes(1)
  })

  test('waits as long as the server asks, when that is longer', async () => {
    const { retry, clock } = setUp()
    await retry(failing(error('rate_limited', 7000), error('rate_limited', 10)), true)
    expect(clock.slept).toEqual([7000, 450])
  })

  test('gives up with the last error when the next attempt would come after the deadline', async () => {
    const { retry, clock } = setUp(5000)
    const attempt = jest.fn(async () => Promise.reject(error('unavailable')))
    await expect(retry(attempt, true)).rejects.toMatchObject({ code: 'unavailable' })
    expect(clock.slept.reduce((a, b) => a + b)).toBeLessThanOrEqual(5000)
    expect(attempt).toHaveBeenCalledTimes(clock.slept.length + 1)
    expect(clock.slept.length).toBeGreaterThan(3)
    await expect(setUp(5000).retry(failing(error('rate_limited', 6000)), true)).rejects.toMatchObject({ code: 'rate_limited' })
  })

  test('a stop during the pause ends it', async () => {
    const { retry, clock } = setUp()
    clock.sleep = () => Promise.reject(new Error('stopped'))
    await expect(retry(failing(error('timeout')), true)).rejects.toThrow('stopped')
  })
})

test('a pause lies between half and the whole of its step, and never over 20 s', () => {
  expect(pauseMs(1, 0)).toBe(150)
  expect(pauseMs(1, 1)).toBe(300)
  expect(pauseMs(50, 1)).toBe(20_000)
})

test('Retry-After is seconds or a date', () => {
  const now = Date.parse('2024-01-02T03:04:05Z')
  expect(retryAfterMs('12', now)).toBe(12_000)
  expect(retryAfterMs('Tue, 02 Jan 2024 03:05:05 GMT', now)).toBe(60_000)
  expect(retryAfterMs('Tue, 02 Jan 2024 03:00:00 GMT', now)).toBe(0)
  expect(retryAfterMs('soon', now)).toBeUndefined()
  expect(retryAfterMs(undefined, now)).toBeUndefined()
})
