import * as fc from 'fast-check'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { openStore } from '../../../src/sandbox/store'
import { DuplicateKey, type Collection, type Doc } from '../../../src/sandbox/types'

interface Thing extends Doc {
  name: string
  note?: string
}

let dir: string
beforeEach(() => (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'store-'))))
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

const things = (store: ReturnType<typeof openStore>): Collection<Thing> => store.collection<Thing>('things', { name: (doc) => doc.name })
const logFile = (): string => path.join(dir, 'store.jsonl')
const names = (collection: Collection<Thing>): string[] => collection.all().map(({ name }) => name)

describe('the store', () => {
  it('finds by id and by unique value, in the order of insertion', () => {
    const collection = things(openStore(dir))
    for (const name of ['b', 'a', 'c']) collection.put({ id: `id-${name}`, name })
    expect(collection.get('id-a')?.name).toBe('a')
    expect(collection.by('name', 'c')?.id).toBe('id-c')
    expect(names(collection)).toEqual(['b', 'a', 'c'])
    collection.put({ id: 'id-b', name: 'z' })
    expect(collection.by('name', 'b')).toBeUndefined()
    expect(names(collection)).toEqual(['z', 'a', 'c'])
  })

  it('refuses a unique value that another document has, and leaves both as they were', () => {
    const collection = things(openStore(dir))
    collection.put({ id: '1', name: 'a' })
    collection.put({ id: '2', name: 'b' })
    expect(() => collection.put({ id: '2', name: 'a' })).toThrow(DuplicateKey)
    expect(names(collection)).toEqual(['a', 'b'])
    expect(collection.put({ id: '1', name: 'a', note: 'x' }).note).toBe('x')
  })

  it('holds what it gave back against changes from outside', () => {
    const collection = store()
    const given = { id: '1', name: 'a', note: 'x' }
    collection.put(given)
    given.name = 'changed'
    expect(collection.get('1')?.name).toBe('a')
    expect(() => {
      const doc = collection.get('1') as Thing
      doc.name = 'changed'
    }).toThrow(TypeError)
  })
  const store = (): Collection<Thing> => things(openStore(dir))

  it('is the same after a start with the same folder, whatever was done', () => {
    const step = fc.record({ id: fc.constantFrom('1', '2', '3', '4'), name: fc.string({ unit: 'binary', maxLength: 3 }), isDelete: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        fs.rmSync(logFile(), { force: true })
        const first = openStore(dir)
        for (const { id, name, isDelete } of steps) {
          if (isDelete) things(first).delete(id)
          else if ((things(first).by('name', name)?.id ?? id) === id) things(first).put({ id, name })
        }
        const before = things(first).all()
        first.close()
        const second = openStore(dir)
        expect(things(second).all().map((doc) => ({ ...doc })).sort(byId)).toEqual(before.map((doc) => ({ ...doc })).sort(byId))
        second.close()
      }),
      { numRuns: 40 },
    )
  })
  const byId = (a: Doc, b: Doc): number => (a.id < b.id ? -1 : 1)

  it('forgets a line that was cut while it was written, and goes on', () => {
    const first = openStore(dir)
    things(first).put({ id: '1', name: 'whole' })
    first.close()
    fs.appendFileSync(logFile(), '{"in":"things","put":{"id":"2","na')
    const second = openStore(dir)
    expect(names(things(second))).toEqual(['whole'])
    things(second).put({ id: '3', name: 'later' })
    second.close()
    expect(names(things(openStore(dir)))).toEqual(['whole', 'later'])
  })

  it('is compacted at the start', () => {
    const first = openStore(dir)
    for (let i = 0; i < 100; i++) things(first).put({ id: '1', name: `n${i}` })
    first.close()
    openStore(dir).close()
    expect(fs.readFileSync(logFile(), 'utf8').trim().split('\n')).toHaveLength(1)
  })

  it.each([false, true])('comes back to its seal, also for a later process: %s', (restart) => {
    let store = openStore(dir)
    for (const name of ['a', 'b', 'c']) things(store).put({ id: name, name })
    store.seal()
    things(store).put({ id: 'a', name: 'A' })
    things(store).delete('b')
    things(store).put({ id: 'd', name: 'd' })
    if (restart) {
      store.close()
      store = openStore(dir)
      expect(things(store).by('name', 'A')?.id).toBe('a')
      expect(store.sealed).toBe(true)
    }
    store.reset()
    expect(names(things(store))).toEqual(['a', 'b', 'c'])
    expect(things(store).by('name', 'A')).toBeUndefined()
    store.close()
    expect(names(things(openStore(dir)))).toEqual(['a', 'b', 'c'])
  })

  it('makes ids that begin with the time and grow', () => {
    const store = openStore(dir)
    const ids = Array.from({ length: 50 }, () => store.newId())
    expect(ids.every((id) => /^[0-9a-f]{24}$/.test(id))).toBe(true)
    expect(new Set(ids).size).toBe(50)
    expect(Math.abs(parseInt(ids[0]?.slice(0, 8) ?? '', 16) - Date.now() / 1000)).toBeLessThan(5)
  })

  it('writes nothing once it is closed', () => {
    const store = openStore(dir)
    const collection = things(store)
    store.close()
    expect(() => collection.put({ id: '1', name: 'late' })).toThrow('closed')
  })

  it('keeps large values and members of every name', () => {
    const store = openStore(dir)
    const odd = JSON.parse('{"id":"1","name":"a","__proto__":{"x":1}}') as Thing
    things(store).put({ ...odd, note: 'ž'.repeat(3_000_000) })
    store.close()
    expect(things(openStore(dir)).get('1')?.note).toHaveLength(3_000_000)
  })
})
