import * as fs from 'fs'
import * as path from 'path'
import fc from 'fast-check'
import { realDisk, type Disk } from '../../../src/archive/disk'
import { createSorter } from '../../../src/archive/sorter'
import { canonicalJson, sha256 } from '../../../src/core/canonical'
import type { Item } from '../../../src/core/model'
import { compareIdentity } from '../../../src/core/order'
import { tempDir } from '../../support/archives'

let dir: string
beforeEach(() => {
  dir = tempDir()
})
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

/** A disk that counts what goes through it. */
function counting() {
  const created: string[] = []
  const disk: Disk = { ...realDisk, create: (file) => (created.push(path.basename(file)), realDisk.create(file)) }
  return { disk, created }
}

async function sort(items: Item[], budget: number, disk = realDisk) {
  const place = fs.mkdtempSync(path.join(dir, 's-'))
  const options = { file: path.join(place, 'items.jsonl'), scratch: path.join(place, 'runs'), disk, budget }
  const sorter = createSorter('keys', options)
  for (const item of items) await sorter.write(item)
  const summary = await sorter.close()
  expect(fs.readdirSync(place)).toEqual(['items.jsonl'])
  return { summary, text: fs.readFileSync(options.file, 'utf8') }
}

const expected = (items: Item[]) =>
  [...items].sort((a, b) => compareIdentity(a.identity, b.identity)).map((item) => `${canonicalJson(item)}\n`).join('')

describe('the sorter', () => {
  it('gives the same bytes in memory and over many runs', async () => {
    const odd = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '🎉', '\ue000', '\ud800', '"', '\n'), minLength: 1, maxLength: 6 })
    const items = fc.uniqueArray(fc.record({ identity: odd, value: fc.string({ maxLength: 60 }) }), { selector: (item) => item.identity, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(items, fc.constantFrom(1, 100, 1000, 1 << 20), async (some, budget) => {
        const { summary, text } = await sort(some, budget)
        expect(text).toBe(expected(some))
        expect(summary).toEqual({ count: some.length, fingerprint: sha256(text) })
      }),
      { numRuns: 60 },
    )
  })

  it('joins runs when there are more than it opens at a time', async () => {
    const { disk, created } = counting()
    const items = Array.from({ length: 200 }, (_, n) => ({ identity: `key ${(n * 37) % 200}`, value: 'x'.repeat(n) }))
    const { text } = await sort(items, 1, disk)
    expect(text).toBe(expected(items))
    expect(created.filter((name) => name.endsWith('.run')).length).toBeGreaterThan(200)
  })

  it('takes items that are larger than its budget', async () => {
    const items = ['b', 'a', 'c'].map((identity) => ({ identity, value: identity.repeat(3 << 20) }))
    expect((await sort(items, 1 << 20)).text === expected(items)).toBe(true)
  })

  it('takes writers that do not wait for each other', async () => {
    const file = path.join(dir, 'items.jsonl')
    const sorter = createSorter('keys', { file, scratch: path.join(dir, 'runs'), disk: realDisk, budget: 500 })
    const items = Array.from({ length: 100 }, (_, n) => ({ identity: `${99 - n}`, value: 'x'.repeat(n) }))
    await Promise.all(items.map((item) => sorter.write(item)))
    await sorter.close()
    expect(fs.readFileSync(file, 'utf8')).toBe(expected(items))
  })

  it.each([1, 1 << 20])('names an identity that is there twice (budget %d)', async (budget) => {
    const twice = ['a', 'system:x', 'b', 'system:x'].map((identity) => ({ identity }))
    await expect(sort(twice, budget)).rejects.toMatchObject({ problem: 'duplicate-identity', message: 'keys holds "system:x" twice.' })
  })

  it('refuses an item without identity, and one that comes too late', async () => {
    const sorter = createSorter('keys', { file: path.join(dir, 'f'), scratch: path.join(dir, 'r'), disk: realDisk })
    await expect(sorter.write({ identity: '' })).rejects.toThrow(/no identity/)
    await sorter.close()
    await expect(sorter.write({ identity: 'a' })).rejects.toThrow(/closed/)
  })

  it('goes over what a killed run left', async () => {
    fs.mkdirSync(path.join(dir, 'runs'))
    fs.writeFileSync(path.join(dir, 'runs', '1.run'), 'old')
    fs.writeFileSync(path.join(dir, 'f'), 'old')
    const sorter = createSorter('keys', { file: path.join(dir, 'f'), scratch: path.join(dir, 'runs'), disk: realDisk, budget: 1 })
    for (const identity of ['b', 'a']) await sorter.write({ identity })
    await sorter.close()
    expect(fs.readFileSync(path.join(dir, 'f'), 'utf8')).toBe('{"identity":"a"}\n{"identity":"b"}\n')
    expect(fs.existsSync(path.join(dir, 'runs'))).toBe(false)
  })
})
