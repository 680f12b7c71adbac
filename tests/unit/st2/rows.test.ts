import fc from 'fast-check'
import { NotRows, RowSplitter, rowsOf } from '../../../src/st2/rows'

/** The bytes of `text` in pieces of the given sizes, over and over. */
async function* pieces(text: string, sizes: number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text, 'utf8')
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}
async function read(text: string, sizes = [1]): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const { value } of rowsOf(pieces(text, sizes))) rows.push(value)
  return rows
}
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })

describe('rowsOf', () => {
  test('gives the rows of any array, compact or indented by 4, however its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), sizes, fc.constantFrom(0, 4), async (rows, cuts, indent) => {
        const text = JSON.stringify(rows, null, indent)
        expect(await read(text, cuts)).toEqual(JSON.parse(text))
      }),
      { numRuns: 300 },
    )
  })

  test('gives strings with brackets, quotes, commas and characters of several bytes', async () => {
    const rows = [{ a: '[{"]},', b: 'klíč 名前 🔑' }, '\\', '"\\"', { deep: [[['x', { y: ']' }]]] }]
    for (let size = 1; size < 9; size++) expect(await read(JSON.stringify(rows), [size])).toEqual(rows)
  })

  test('an empty list has no rows', async () => {
    expect(await read(' [ \n ] \n')).toEqual([])
  })

  test('an end in the middle is told apart from a wrong form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.dictionary(fc.string(), fc.string()), { minLength: 1 }), fc.nat(), async (rows, cut) => {
        const text = JSON.stringify(rows)
        const error = await read(Buffer.from(text).subarray(0, cut % Buffer.byteLength(text)).toString('latin1')).catch((e: unknown) => e)
        expect(error).toBeInstanceOf(NotRows)
        expect((error as NotRows).truncated).toBe(true)
      }),
    )
  })

  test.each(['{"faultstring": "x"}', '<html>', '"text"', '[1,,2]', '[1,]', '[,1]', '[1] 2', '[1] [2]', '[x]', '[{]'])('refuses %s', async (text) => {
    await expect(read(text)).rejects.toMatchObject({ name: 'NotRows' })
  })

  test('keeps no more than the row it is in', () => {
    const splitter = new RowSplitter()
    const row = Buffer.from(`{"v":"${'x'.repeat(1000)}"},`)
    splitter.push(Buffer.from('['))
    for (let i = 0; i < 1000; i++) {
      expect(splitter.push(row.subarray(0, 500))).toHaveLength(0)
      expect(splitter.push(row.subarray(500))).toHaveLength(1)
      const kept = (splitter as unknown as { kept: Buffer[] }).kept
      expect(kept.reduce((sum, piece) => sum + piece.length, 0)).toBe(0)
    }
  })
})
