import { EventEmitter } from 'events'
import { createClock } from '../../../src/system/clock'
import { createStop, Interrupted, stopOnSignals } from '../../../src/system/stop'

describe('createStop', () => {
  test('is asked for once; the first reason stays', () => {
    const stop = createStop()
    const heard = jest.fn()
    stop.onStop(heard)
    expect(stop.requested).toBe(false)
    stop.check()
    stop.request('first')
    stop.request('second')
    expect(heard).toHaveBeenCalledTimes(1)
    expect(stop.requested).toBe(true)
    expect(() => stop.check()).toThrow(Interrupted)
    expect(() => stop.check()).toThrow('Stopped: first.')
  })

  test('who comes late is told at once', () => {
    const stop = createStop()
    stop.request('x')
    const heard = jest.fn()
    stop.onStop(heard)
    expect(heard).toHaveBeenCalledTimes(1)
  })

  test('Interrupted ends with exit 130 and says how to go on', () => {
    expect(new Interrupted('x')).toMatchObject({ exit: 130, advice: expect.stringContaining('again') })
  })
})

describe('stopOnSignals', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s asks for a stop', (signal) => {
    const [signals, stop, atOnce] = [new EventEmitter(), createStop(), jest.fn()]
    stopOnSignals(signals, stop, atOnce)
    signals.emit(signal)
    expect(stop.requested).toBe(true)
    expect(atOnce).not.toHaveBeenCalled()
  })

  test('a second Ctrl-C ends at once', () => {
    const [signals, stop, atOnce] = [new EventEmitter(), createStop(), jest.fn()]
    stopOnSignals(signals, stop, atOnce)
    signals.emit('SIGINT')
    signals.emit('SIGINT')
    expect(atOnce).toHaveBeenCalledTimes(1)
  })
})

describe('createClock', () => {
  test('sleeps, and tells the time', async () => {
    const clock = createClock()
    const before = clock.now().getTime()
    await clock.sleep(5)
    expect(clock.now().getTime()).toBeGreaterThanOrEqual(before + 4)
  })

  test('a stop ends every sleep at once, and none begins after it', async () => {
    const stop = createStop()
    const clock = createClock(stop)
    const sleeping = [clock.sleep(1e6), clock.sleep(1e6)]
    stop.request('enough')
    for (const sleep of sleeping) await expect(sleep).rejects.toThrow('Stopped: enough.')
    await expect(clock.sleep(1e6)).rejects.toBeInstanceOf(Interrupted)
  })
})
