import { Faults } from '../../../src/sandbox/faults'
import { faultSettings, parseFault } from '../../../src/sandbox/faults/settings'

describe('faults', () => {
  it('are written as words', () => {
    expect(parseFault('status=503,rate=0.1,retry-after=2,on=write,path=/keys')).toEqual({ what: 'status', status: 503, rate: 0.1, retryAfter: 2, on: 'write', path: '/keys', after: false })
    expect(parseFault('die,at=17,after')).toEqual({ what: 'die', at: 17, on: 'any', after: true })
    expect(parseFault('slow,bytes-per-second=100')).toEqual({ what: 'slow', bytesPerSecond: 100, on: 'any', after: false })
  })

  it.each([
    ['after', 'does not say what happens'],
    ['slow', 'needs bytes-per-second'],
    ['drop,often', 'nobody knows: often'],
    ['status=many', 'nobody knows: status=many'],
    ['drop,on=sunday', 'nobody knows: on=sunday'],
  ])('%s is refused: %s', (text, why) => {
    expect(() => parseFault(text)).toThrow(why)
  })

  it('refuses a limit that was never measured', () => {
    expect(() => faultSettings({ limit: 'fast' })).toThrow('quiet, busy or none')
    expect(faultSettings({ limit: 'none' }).limit).toBeUndefined()
    expect(faultSettings({ limit: 'quiet' }).limit).toEqual({ writeMs: 18, spacingMs: 10 })
  })

  it('strike the requests that they are for, as often as they say', () => {
    const faults = new Faults(faultSettings({ faults: ['status=503,count=2,on=write', 'drop,at=2,on=read', 'status=500,path=/nope'] }))
    const met = (isWrite: boolean, path = '/v1/keys'): unknown => faults.meet(isWrite, path).before?.what
    expect([met(true), met(true), met(true)]).toEqual(['status', 'status', undefined])
    expect([met(false), met(false), met(false)]).toEqual([undefined, 'drop', undefined])
    expect(faults.meet(false, '/v1/nope').before?.status).toBe(500)
    expect(faults.counts).toEqual({ requests: 7, writes: 3 })
  })

  it('take the first of two that strike; the second keeps its turn', () => {
    const faults = new Faults(faultSettings({ faults: ['status=503,count=1', 'drop,count=1', 'die,count=1,after'] }))
    expect(faults.meet(true, '/')).toMatchObject({ before: { what: 'status' }, after: { what: 'die' } })
    expect(faults.meet(true, '/')).toMatchObject({ before: { what: 'drop' } })
    expect(faults.meet(true, '/')).toEqual({})
  })

  it('begin to count anew when they are set', () => {
    const faults = new Faults(faultSettings({ faults: ['drop,at=1'] }))
    expect(faults.meet(true, '/').before?.what).toBe('drop')
    faults.set(faultSettings({ faults: ['drop,at=1'] }))
    expect(faults.meet(true, '/').before?.what).toBe('drop')
    faults.set(faultSettings())
    expect(faults.meet(true, '/')).toEqual({})
  })
})

describe('the limit of writes', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => jest.useRealTimers())

  /** When, in milliseconds, each of these many writes that come at once is done. */
  async function ends(limit: string, count: number): Promise<number[]> {
    const faults = new Faults(faultSettings({ limit }))
    const start = Date.now()
    const done: number[] = []
    for (let i = 0; i < count; i++) void faults.delay(true).then(() => done.push(Date.now() - start))
    await jest.advanceTimersByTimeAsync(10_000)
    return done
  }

  it('is that of a quiet and of a busy instance', async () => {
    expect(await ends('quiet', 1)).toEqual([18])
    expect(await ends('quiet', 5)).toEqual([18, 28, 38, 48, 58])
    const busy = await ends('busy', 4)
    expect(busy[0]).toBe(70)
    expect(Math.round((busy[3] ?? 0) - (busy[0] ?? 0))).toBeLessThanOrEqual(102)
    expect(Math.round((busy[3] ?? 0) - (busy[0] ?? 0))).toBeGreaterThanOrEqual(98)
  })

  it('does not hold reads', async () => {
    const faults = new Faults(faultSettings({ limit: 'busy', readMs: 5 }))
    let done = false
    void faults.delay(false).then(() => (done = true))
    await jest.advanceTimersByTimeAsync(5)
    expect(done).toBe(true)
  })
})
