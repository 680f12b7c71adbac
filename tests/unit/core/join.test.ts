import * as fc from 'fast-check'
import { joinByIdentity, streamOf } from '../../../src/core/join'
import { compareIdentity } from '../../../src/core/order'

const named = (names: string[]) => [...new Set(names)].sort(compareIdentity).map((identity) => ({ identity }))

async function join(a: string[], b: string[]) {
  const rows = []
  for await (const row of joinByIdentity({ a: streamOf(named(a)), b: streamOf(named(b)) })) rows.push(row)
  return rows
}

test('each identity of any stream comes once, in order, with the items that have it', async () => {
  expect(await join(['x', 'a'], ['a', 'b'])).toEqual([
    { identity: 'a', a: { identity: 'a' }, b: { identity: 'a' } },
    { identity: 'b', b: { identity: 'b' } },
    { identity: 'x', a: { identity: 'x' } },
  ])
})

test('for any two sets of names: the union, sorted, each row naming exactly the sides that hold it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.string({ unit: 'binary' })), async (a, b) => {
      const rows = await join(a, b)
      expect(rows.map((r) => r.identity)).toEqual(named([...a, ...b]).map((n) => n.identity))
      for (const row of rows) {
        expect(row.a !== undefined).toBe(a.includes(row.identity))
        expect(row.b !== undefined).toBe(b.includes(row.identity))
      }
    }),
  )
})

test('a reader that stops early closes every stream', async () => {
  let closed = 0
  async function* counted() {
    try {
      for (let i = 0; i < 9; i++) yield { identity: `${i}` }
    } finally {
      closed++
    }
  }
  for await (const row of joinByIdentity({ a: counted(), b: counted() })) if (row.identity === '3') break
  expect(closed).toBe(2)
})
