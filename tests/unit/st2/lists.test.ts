import fc from 'fast-check'
import { Readable } from 'stream'
import { St2Error } from '../../../src/st2/errors'
import type { HttpAnswer } from '../../../src/st2/http'
import { byId, nextSize, pagedList, rowId, sortedBy, wholeList, type ListTools } from '../../../src/st2/lists'
import type { Query } from '../../../src/st2/port'
import { fakeClock } from '../../support/clock'

interface Thing {
  id: string
  name: string
  fill?: string
}
const thing = (n: number): Thing => ({ id: `id${n}`, name: String(n).padStart(6, '0') })
const things = (count: number): Thing[] => Array.from({ length: count }, (_, i) => thing(i))
const asked = { method: 'GET', path: '/v1/things', url: 'http://x' }

function answer(rows: unknown, total?: number, bytes = Infinity): HttpAnswer {
  const text = Buffer.from(JSON.stringify(rows))
  async function* body() {
    yield text.subarray(0, Math.min(bytes, text.length))
    if (bytes < text.length) throw Object.assign(new Error('gone'), { code: 'ECONNRESET' })
  }
  return { status: 200, contentType: 'application/json', total, body: Readable.from(body(), { objectMode: false }), asked, broken: () => undefined }
}

interface Behaviour {
  total?: boolean
  ignoresOffset?: boolean
  /** Called before each answer; may change `rows`, or throw. */
  before?: (n: number, query: Query) => void
  /** Bytes after which the n-th answer breaks. */
  cut?: (n: number) => number | undefined
  /** Rows of a page at most, whatever is asked for. */
  cap?: number
}
function server(rows: Thing[], behaviour: Behaviour = {}): ListTools & { queries: Query[] } {
  const queries: Query[] = []
  return {
    queries,
    path: '/v1/things',
    clock: fakeClock(),
    random: () => 0.5,
    ask: async (query) => {
      queries.push({ ...query })
      behaviour.before?.(queries.length, query)
      const offset = behaviour.ignoresOffset ? 0 : Number(query.offset ?? 0)
      const limit = Math.min(behaviour.cap ?? Infinity, query.limit === -1 || query.limit === undefined ? Infinity : Number(query.limit))
      return answer(rows.slice(offset, offset + limit), behaviour.total ? rows.length : undefined, behaviour.cut?.(queries.length))
    },
  }
}
async function names(list: AsyncIterable<Thing>): Promise<string[]> {
  const found: string[] = []
  for await (const row of list) found.push(row.name)
  return found
}
const sorted = (tools: ListTools, most?: number) => names(pagedList<Thing>(tools, { sort: 'name' }, sortedBy((row) => row.name), most))

describe('pagedList, sorted', () => {
  test.each([0, 1, 2, 99, 100, 101, 1234])('gives all of %i rows once, in order', async (count) => {
    expect(await sorted(server(things(count)))).toEqual(things(count).map(({ name }) => name))
  })

  test('is not cut short by a server that caps its pages', async () => {
    expect(await sorted(server(things(350), { cap: 30 }))).toHaveLength(350)
  })

  test('loses no row and repeats none when others come and go meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 400 }), fc.array(fc.tuple(fc.boolean(), fc.nat(999)), { maxLength: 40 }), fc.integer({ min: 2, max: 30 }), async (count, plannedChanges, most) => {
        const changes = [...plannedChanges]
        const rows = things(count * 2 + 1).filter((_, i) => i > 0 && i % 2 === 0)
        const always = new Set(rows.map(({ name }) => name))
        const before = () => {
          for (const [remove, at] of changes.splice(0, 3)) {
            const i = at % (rows.length + 1)
            if (remove) rows.splice(i, 1).forEach(({ name }) => always.delete(name))
            else {
              const n = Number(rows[i]?.name ?? count * 2 + 2) - 1
              if (!rows.some(({ name }) => name === thing(n).name)) rows.splice(i, 0, thing(n))
            }
          }
        }
        const found = await sorted(server(rows, { before }), most)
        expect(found).toEqual([...new Set(found)].sort())
        const seen = new Set(found)
        expect([...always].filter((name) => !seen.has(name))).toEqual([])
      }),
      { numRuns: 300, examples: [[40, [[true, 0], [true, 0], [false, 0], [false, 2], [false, 0], [true, 0], [true, 0], [true, 0]], 20]] },
    )
  })

  test('rows too large for two on a page come all the same', async () => {
    const rows = things(12).map((row) => ({ ...row, fill: 'x'.repeat(5 * 1024 * 1024) }))
    expect(await sorted(server(rows))).toHaveLength(12)
  })

  test('goes on behind the last whole row when the connection breaks, with smaller pages', async () => {
    const tools = server(things(500), { cut: (n) => (n % 2 === 0 ? 900 : undefined) })
    expect(await sorted(tools)).toEqual(things(500).map(({ name }) => name))
    const limits = tools.queries.map(({ limit }) => Number(limit))
    expect(limits.some((limit, i) => i > 0 && limit < limits[i - 1]!)).toBe(true)
  })

  test('gives up when the connection breaks again and again at the same place', async () => {
    await expect(sorted(server(things(500), { cut: () => 5 }))).rejects.toMatchObject({ code: 'interrupted_answer' })
  })

  test('an order other than the one asked for is an error, not a loss', async () => {
    await expect(sorted(server([thing(2), thing(1)]))).rejects.toMatchObject({ code: 'mismatch' })
  })

  test('a list that ignores offset is an error, not a loop', async () => {
    await expect(sorted(server(things(2000), { ignoresOffset: true }))).rejects.toMatchObject({ code: 'mismatch', message: expect.stringContaining('/v1/things') })
  })

  test('a list that ignores offset and cuts its pages short is an error, not a loss', async () => {
    await expect(sorted(server(things(200), { ignoresOffset: true, cap: 100 }))).rejects.toMatchObject({ code: 'mismatch' })
  })

  test('a count that does not agree is an error; one that changes meanwhile is not', async () => {
    const rows = things(150)
    const tools = server(rows, { total: true })
    const ask = tools.ask.bind(tools)
    tools.ask = async (query) => ({ ...(await ask(query)), total: 151 })
    await expect(sorted(tools)).rejects.toMatchObject({ code: 'mismatch', message: expect.stringContaining('151') })
    expect(await sorted(server(rows, { total: true, before: (n) => void (n === 2 && rows.unshift(thing(-1))) }))).toHaveLength(150)
  })

  test('takes pages of 100 where more is not allowed', async () => {
    const tools = server(things(700), {
      before: (_, { limit }) => {
        if (Number(limit) > 100) throw new St2Error('limit', 'x', { code: 'forbidden', status: 403 })
      },
    })
    expect(await sorted(tools)).toHaveLength(700)
  })

  test('page sizes follow the size of the rows', () => {
    expect(nextSize(100, 100, 100 * 200, 1000)).toBe(400)
    expect(nextSize(400, 400, 400 * 200, 1000)).toBe(1000)
    expect(nextSize(100, 100, 100 * 1024 * 1024, 1000)).toBe(4)
    expect(nextSize(100, 1, 16 * 1024 * 1024, 1000)).toBe(1)
    expect(nextSize(100, 0, 0, 1000)).toBe(100)
  })
})

describe('pagedList, by id', () => {
  const byIds = (tools: ListTools, most = 50) => names(pagedList<Thing>(tools, {}, byId(rowId), most))

  test('new rows in front (histories are newest first) are not taken for others', async () => {
    const rows = things(220)
    let added = 1000
    const found = await byIds(server(rows, { before: (n) => void (n > 1 && n < 5 && rows.unshift(thing(++added))) }))
    expect(found).toEqual(things(220).map(({ name }) => name))
  })

  test('rows that vanish in front do not take others with them', async () => {
    const rows = things(220)
    const found = await byIds(server(rows, { before: (n) => void (n === 3 && rows.splice(0, 7)) }))
    expect(new Set(found).size).toBe(found.length)
    expect(found).toEqual(things(220).map(({ name }) => name))
  })
})

describe('wholeList', () => {
  const whole = (tools: ListTools) => names(wholeList<Thing>(tools, { limit: -1 }))

  test('is one request', async () => {
    const tools = server(things(105), { total: true })
    expect(await whole(tools)).toHaveLength(105)
    expect(tools.queries).toEqual([{ limit: -1 }])
  })

  test('is read again after a break, without repeating rows', async () => {
    const tools = server(things(300), { total: true, cut: (n) => (n < 3 ? n * 2000 : undefined) })
    expect(await whole(tools)).toEqual(things(300).map(({ name }) => name))
  })

  test('fewer rows than X-Total-Count are an error that names both counts', async () => {
    const tools = server(things(100), { total: true, cap: 60 })
    await expect(whole(tools)).rejects.toMatchObject({ code: 'mismatch', message: 'The list /v1/things holds 100 rows by its X-Total-Count, but 60 came.' })
    expect(tools.queries).toHaveLength(2)
  })

  test('an object instead of a list is not StackStorm', async () => {
    const tools = server([])
    tools.ask = async () => answer({ hello: 'world' })
    await expect(whole(tools)).rejects.toMatchObject({ code: 'not_stackstorm' })
  })
})

test('a row without an id is known by what it has', () => {
  expect(rowId({ id: 'a', ref: 'b' })).toBe('a')
  expect(rowId({ uid: 'u' })).toBe('u')
  expect(rowId({ x: 1 })).toBe('{"x":1}')
})
