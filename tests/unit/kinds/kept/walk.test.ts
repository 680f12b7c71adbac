/** Walks over lists that change while they are read. */
import * as fc from 'fast-check'
import { exactTime, shifted } from '../../../../src/core/moments'
import { EXECUTIONS, TRACES, TRIGGER_INSTANCES, type HistoryRecord, type RecordKind } from '../../../../src/kinds/kept/record-kind'
import { walk } from '../../../../src/kinds/kept/walk'
import type { ListOptions, Query } from '../../../../src/st2/port'
import { byId, pagedList, rowId } from '../../../../src/st2/lists'
import { collect } from '../../../support/archives'
import { testSystem } from '../../../support/system'
import { Readable } from 'stream'

const START = '2026-11-22T10:00:00.000000Z'
const at = (microseconds: number): string => shifted(START, microseconds)
const id = (n: number): string => n.toString(16).padStart(24, '0')

/** A list as StackStorm pages it; `meanwhile` is called before each page. */
class Server {
  pages = 0
  largestOffset = 0
  constructor(
    private readonly kind: RecordKind,
    public records: HistoryRecord[],
    private readonly meanwhile: (server: Server) => void = () => undefined,
    /** Digits of a second that are shown. */
    private readonly digits = 6,
  ) {}

  private found({ limit, offset = 0, sort_asc: ascending, ...query }: Query): HistoryRecord[] {
    const [after = '', before = ''] = this.kind.bounds ?? []
    const { time } = this.kind
    const fits = (record: HistoryRecord): boolean =>
      (query[after] === undefined || String(record[time]) > String(query[after])) && (query[before] === undefined || String(record[time]) < String(query[before]))
    const sorted = this.records.filter(fits).sort((a, b) => (String(a[time]) < String(b[time]) === (ascending === 'True') ? -1 : 1))
    this.largestOffset = Math.max(this.largestOffset, Number(offset))
    return sorted.slice(Number(offset), Number(offset) + Number(limit)).map((record) => ({ ...record, [time]: `${String(record[time]).slice(0, 20)}${String(record[time]).slice(20, 20 + this.digits).padEnd(6, '0')}Z` }))
  }

  get api() {
    const ask = async (query: Query) => {
      this.pages++
      this.meanwhile(this)
      const body = Readable.from([Buffer.from(JSON.stringify(this.found(query)))])
      return { body, total: undefined, broken: () => undefined, asked: {} } as never
    }
    const tools = { ask, clock: testSystem().clock, random: () => 0, path: this.kind.path }
    return {
      get: async (_path: string, query: Query) => this.found(query) as never,
      list: (_path: string, { query }: ListOptions = {}) => pagedList(tools, query ?? {}, byId(rowId), 7) as never,
    }
  }
}

const records = (kind: RecordKind, times: number[]): HistoryRecord[] => times.map((time, n) => ({ id: id(n + 1), [kind.time]: at(time) }))
const idsOf = async (rows: AsyncIterable<HistoryRecord>): Promise<string[]> => (await collect(rows)).map((row) => String(row.id))
const sorted = (ids: string[]): string[] => [...ids].sort()

const times = fc.array(fc.integer({ min: 0, max: 20_000_000 }), { maxLength: 60 })

describe.each([EXECUTIONS, TRIGGER_INSTANCES, TRACES])('$name', (kind) => {
  test('each record once, however many are of one moment, while new ones arrive', async () => {
    await fc.assert(
      fc.asyncProperty(times, fc.integer({ min: 1, max: 9 }), kind.tick === 1 ? fc.constant(6) : fc.constantFrom(0, 3, 6), async (given, stretch, digits) => {
        const there = records(kind, given)
        let made = 0
        const arrive = (server: Server): void => void server.records.push({ id: id(1000 + made), [kind.time]: at(30_000_000 + made++) })
        const server = new Server(kind, [...there], arrive, digits)
        expect(sorted(await idsOf(walk(server.api, kind, { stretch })))).toEqual(there.map((one) => one.id))
      }),
    )
  })

  test('records that are purged meanwhile cost none of the others', async () => {
    const there = records(kind, Array.from({ length: 60 }, (_, n) => n * 1_500_000))
    const purged = new Set([5, 6, 7, 40, 41].map((n) => there[n]!.id))
    const purge = (server: Server): void => void (server.pages === 3 && (server.records = server.records.filter((one) => !purged.has(one.id))))
    const found = await idsOf(walk(new Server(kind, [...there], purge).api, kind, { stretch: 10 }))
    expect(found).toHaveLength(new Set(found).size)
    expect(found).toEqual(expect.arrayContaining(there.filter((one) => !purged.has(one.id)).map((one) => one.id)))
  })

  test('nothing older than since, while new ones arrive', async () => {
    await fc.assert(
      fc.asyncProperty(times, fc.integer({ min: 0, max: 20_000_000 }), async (given, bound) => {
        const there = records(kind, given)
        const wanted = there.filter((one) => String(one[kind.time]) >= at(bound)).map((one) => one.id)
        let made = 0
        const arrive = (server: Server): void => void server.records.push({ id: id(1000 + made), [kind.time]: at(30_000_000 + made++) })
        expect(sorted(await idsOf(walk(new Server(kind, [...there], arrive).api, kind, { since: at(bound), stretch: 5 })))).toEqual(wanted)
      }),
    )
  })
})

test('records that arrive within the last second that is shown do not end the walk', async () => {
  const there = records(TRIGGER_INSTANCES, Array.from({ length: 12 }, (_, n) => n * 90_000))
  let made = 0
  const server = new Server(TRIGGER_INSTANCES, [...there], (one) => void (made < 30 && one.records.push({ id: id(1000 + made), occurrence_time: at(990_001 + made++ * 100) })), 0)
  const found = await idsOf(walk(server.api, TRIGGER_INSTANCES, { stretch: 4 }))
  expect(found).toHaveLength(new Set(found).size)
  expect(found).toEqual(expect.arrayContaining(there.map((one) => one.id)))
})

test('offsets stay small in a long list', async () => {
  const server = new Server(EXECUTIONS, records(EXECUTIONS, Array.from({ length: 500 }, (_, n) => n * 700_000)))
  expect(await idsOf(walk(server.api, EXECUTIONS, { stretch: 20 }))).toHaveLength(500)
  expect(server.largestOffset).toBeLessThan(40)
})

test('a list whose filter is not known is read whole, and looked through', async () => {
  const deaf: RecordKind = { ...EXECUTIONS, bounds: ['x', 'y'] }
  const server = new Server({ ...EXECUTIONS, bounds: undefined }, records(EXECUTIONS, [0, 1_000_000, 2_000_000, 3_000_000]))
  expect(sorted(await idsOf(walk(server.api, deaf, { since: at(2_000_000) })))).toEqual([id(3), id(4)])
})

test('an instance without any', async () => expect(await idsOf(walk(new Server(EXECUTIONS, []).api, EXECUTIONS))).toEqual([]))

test('records without a time of their own are not lost', async () => {
  const odd = [{ id: 'odd' }, { id: id(2), start_timestamp: exactTime('2026-11-22') }]
  const api = { get: async () => odd.slice(0, 1) as never, list: () => (async function* () { yield* odd })() as never }
  expect(await idsOf(walk(api, EXECUTIONS))).toEqual(['odd', id(2)])
})
