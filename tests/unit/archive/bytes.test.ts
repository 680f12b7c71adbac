import * as fs from 'fs'
import * as path from 'path'
import fc from 'fast-check'
import { ByteReader, LineCutter, fileBytes, fileLines } from '../../../src/archive/bytes'
import { collect, tempDir } from '../../support/archives'

let dir: string
beforeAll(() => {
  dir = tempDir()
})
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

async function* pieces(...parts: (string | Buffer)[]) {
  for (const part of parts) yield Buffer.from(part)
}

describe('lines', () => {
  it('are the same however the bytes come in pieces', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '🎉', '\r', '\u2028') })), fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (lines, sizes) => {
      const cutter = new LineCutter()
      let rest = Buffer.from(lines.map((line) => `${line}\n`).join(''))
      const found: string[] = []
      for (const size of sizes) {
        if (rest.length === 0) break
        for (const line of cutter.push(rest.subarray(0, size))) found.push(line.toString())
        rest = rest.subarray(size)
      }
      cutter.end()
      expect(found).toEqual(lines)
    }))
  })

  it('of 40 MB come out of a file whole', async () => {
    const file = path.join(dir, 'long')
    const long = Buffer.alloc(40 << 20, 'é')
    fs.writeFileSync(file, Buffer.concat([Buffer.from('a\n'), long, Buffer.from('\n\nb\n')]))
    const lines = await collect(fileLines(file))
    expect(lines.map((line) => line.length)).toEqual([1, long.length, 0, 1])
    expect(lines[1]?.equals(long)).toBe(true)
  })

  it('want a line feed at the end', async () => {
    const file = path.join(dir, 'open')
    fs.writeFileSync(file, 'a\nb')
    await expect(collect(fileLines(file))).rejects.toMatchObject({ problem: 'bad-item' })
  })
})

describe('a reader of bytes', () => {
  it('takes exact counts across pieces, and fewer only at the end', async () => {
    const reader = new ByteReader(pieces('ab', '', 'cde', 'f'))
    expect((await reader.take(3)).toString()).toBe('abc')
    expect((await reader.take(0)).toString()).toBe('')
    expect((await reader.take(2)).toString()).toBe('de')
    expect((await reader.take(5)).toString()).toBe('f')
    expect((await reader.take(1)).toString()).toBe('')
  })

  it('gives the rest', async () => {
    const reader = new ByteReader(pieces('abc', 'def'))
    await reader.take(2)
    expect(Buffer.concat(await collect(reader.rest())).toString()).toBe('cdef')
  })

  it('closes the file when it is closed in the middle', async () => {
    const file = path.join(dir, 'closed')
    fs.writeFileSync(file, Buffer.alloc(1 << 20))
    const open = () => fs.readdirSync('/proc/self/fd').length
    const reader = new ByteReader(fileBytes(file))
    await reader.take(10)
    const before = open()
    await reader.close()
    expect(open()).toBe(before - 1)
  })
})
