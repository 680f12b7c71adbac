import { runAdaptive } from '../../../src/st2/concurrency'
import { AdaptiveLimit } from '../../../src/st2/adaptive-limit'
import { createStop, Interrupted } from '../../../src/system/stop'
import type { Clock } from '../../../src/system/ports'

/** Virtual time: events run in order of their time, each after all that was waiting for the one before. */
class World {
  time = 0
  private events: { at: number; run: () => void }[] = []
  readonly clock: Clock = { now: () => new Date(this.time), sleep: (ms) => this.after(ms) }

  after(ms: number): Promise<void> {
    return new Promise((run) => {
      const at = this.time + ms
      let i = this.events.length
      while (i > 0 && this.events[i - 1]!.at > at) i--
      this.events.splice(i, 0, { at, run })
    })
  }
  async play<T>(result: Promise<T>): Promise<T> {
    let done = false
    void result.then(() => (done = true), () => (done = true))
    for (;;) {
      for (let i = 0; i < 12; i++) await Promise.resolve()
      if (done) return result
      const event = this.events.shift()
      if (!event) throw new Error('nothing happens any more')
      this.time = event.at
      event.run()
    }
  }
}

/** A server: each request takes `latency` ms and the server gives out `perSecond` at most; `penalty` is what each one beyond 8 at a time costs. */
class Server {
  inWork = 0
  most = 0
  count = 0
  private free = 0
  constructor(
    private readonly world: World,
    readonly latency: number,
    public perSecond: number,
    private readonly penalty = 0,
  ) {}
  async write(): Promise<void> {
    this.most = Math.max(this.most, ++this.inWork)
    const spacing = (1000 / this.perSecond) * (1 + this.penalty * Math.max(0, this.inWork - 8))
    this.free = Math.max(this.world.time, this.free) + spacing
    await this.world.after(Math.max(this.latency, this.free - this.world.time))
    this.inWork--
    this.count++
  }
}
async function* numbers(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i
}
const neverStops = createStop()

/** Milliseconds for `count` writes, at a fixed number at a time or adaptively. */
async function timed(count: number, make: (world: World) => Server, fixed?: number): Promise<{ ms: number; server: Server }> {
  const world = new World()
  const server = make(world)
  const work = () => server.write()
  if (fixed) {
    let left = count
    const worker = async () => {
      while (left-- > 0) await work()
    }
    await world.play(Promise.all(Array.from({ length: fixed }, worker)))
  } else await world.play(runAdaptive(numbers(count), work, { max: 32, system: { clock: world.clock, stop: neverStops } }))
  return { ms: world.time, server }
}
async function best(count: number, make: (world: World) => Server): Promise<number> {
  const times = []
  for (const n of [1, 2, 3, 4, 6, 8, 12, 16, 24, 32]) times.push((await timed(count, make, n)).ms)
  return Math.min(...times)
}

describe('runAdaptive reaches the best fixed concurrency', () => {
  test.each([
    ['a quiet live server: 18 ms, 100 a second', 18, 100, 0, 0.97],
    ['a busy one: 70 ms, 30 a second', 70, 30, 0, 0.97],
    ['one that suffers under many', 18, 100, 0.05, 0.95],
    ['one that is far away: 200 ms, 400 a second', 200, 400, 0, 0.8],
    ['a very fast one: 2 ms, 3000 a second', 2, 3000, 0, 0.8],
  ])('%s', async (_, latency, perSecond, penalty, share) => {
    const make = (world: World) => new Server(world, latency, perSecond, penalty)
    const { ms, server } = await timed(3000, make)
    expect(server.count).toBe(3000)
    expect((await best(3000, make)) / ms).toBeGreaterThanOrEqual(share)
  })

  test('stays low where more brings nothing, and never goes over the bound', async () => {
    const { server } = await timed(10_000, (world) => new Server(world, 18, 100))
    expect(server.most).toBeLessThanOrEqual(8)
    const far = await timed(10_000, (world) => new Server(world, 300, 1000))
    expect(far.server.most).toBe(32)
  })

  test('follows a server that becomes slow', async () => {
    const world = new World()
    const server = new Server(world, 200, 400)
    const work = async (n: number) => {
      if (n === 3000) server.perSecond = 20
      await server.write()
    }
    const seen: number[] = []
    const watched = async (n: number) => {
      await work(n)
      seen.push(server.inWork)
    }
    await world.play(runAdaptive(numbers(6000), watched, { max: 32, system: { clock: world.clock, stop: neverStops } }))
    expect(Math.max(...seen.slice(2000, 2900))).toBeGreaterThan(20)
    expect(Math.max(...seen.slice(-300))).toBeLessThan(16)
  })
})

describe('runAdaptive', () => {
  const idle = (world: World, stop = createStop()) => ({ max: 8, system: { clock: world.clock, stop } })

  test('halves when the server asks to slow down', async () => {
    const world = new World()
    let [pressure, inWork] = [0, 0]
    const seen: number[] = []
    const work = async (n: number) => {
      seen[n] = ++inWork
      await world.after(20)
      if (n === 100) pressure++
      inWork--
    }
    await world.play(runAdaptive(numbers(140), work, { ...idle(world), max: 4, pressure: () => pressure }))
    expect(Math.max(...seen.slice(80, 100))).toBe(4)
    expect(Math.max(...seen.slice(110, 130))).toBe(2)
  })

  test('takes no item before there is room for it', async () => {
    const world = new World()
    let [taken, done] = [0, 0]
    async function* counted() {
      for (; taken < 100; taken++) {
        expect(taken - done).toBeLessThanOrEqual(8)
        yield taken
      }
    }
    await world.play(
      runAdaptive(counted(), async () => {
        await world.after(10)
        done++
      }, idle(world)),
    )
    expect(done).toBe(100)
  })

  test('an error ends it after what is in work, and closes the source', async () => {
    const world = new World()
    let [done, closed] = [0, false]
    async function* source() {
      try {
        yield* numbers(1000)
      } finally {
        closed = true
      }
    }
    const work = async (n: number) => {
      await world.after(10 + n)
      if (n === 5) throw new Error('bad item')
      done++
    }
    await expect(world.play(runAdaptive(source(), work, idle(world)))).rejects.toThrow('bad item')
    expect(closed).toBe(true)
    expect(done).toBeGreaterThanOrEqual(5)
    expect(done).toBeLessThan(12)
  })

  test('a stop ends it after what is in work', async () => {
    const world = new World()
    const stop = createStop()
    let done = 0
    const work = async (n: number) => {
      if (n === 20) stop.request('asked')
      await world.after(10)
      done++
    }
    await expect(world.play(runAdaptive(numbers(1000), work, idle(world, stop)))).rejects.toBeInstanceOf(Interrupted)
    expect(done).toBeGreaterThan(20)
    expect(done).toBeLessThan(26)
  })

  test('nothing to do is done at once; a bound of 1 is one at a time', async () => {
    const world = new World()
    await runAdaptive(numbers(0), async () => undefined, idle(world))
    let [inWork, most] = [0, 0]
    await world.play(
      runAdaptive(numbers(50), async () => {
        most = Math.max(most, ++inWork)
        await world.after(5)
        inWork--
      }, { ...idle(world), max: 1 }),
    )
    expect(most).toBe(1)
  })
})

test('AdaptiveLimit begins at 4, or at the bound below it', () => {
  expect(new AdaptiveLimit(32).current).toBe(4)
  expect(new AdaptiveLimit(2).current).toBe(2)
})

test('items that end with an error leave nothing in work behind', async () => {
  const world = new World()
  let done = 0
  async function* breaking() {
    yield 1
    yield 2
    throw new Error('the list broke')
  }
  const work = async () => {
    await world.after(50)
    done++
  }
  await expect(world.play(runAdaptive(breaking(), work, { max: 4, system: { clock: world.clock, stop: createStop() } }))).rejects.toThrow('the list broke')
  expect(done).toBe(2)
})
