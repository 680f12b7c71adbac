import * as fs from 'fs'
import * as path from 'path'
import fc from 'fast-check'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { openArchive } from '../../../src/archive/read'
import { collect, makeArchive, MANIFEST, tempDir } from '../../support/archives'

let dir: string
beforeEach(() => {
  dir = tempDir()
})
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

const CONTENT = {
  items: { keys: [{ identity: 'system:b', value: '2' }, { identity: 'system:a', value: '1' }], configs: [] },
  files: { 'packs/demo.bundle': Buffer.from([0, 255, 10, 13]), 'kv_file.json': '[]\n' },
}

describe('an archive', () => {
  it('gives back its items sorted, its members and its manifest', async () => {
    const made = await makeArchive(dir, CONTENT)
    const archive = await openArchive(made.path, {}, dir)
    expect(await collect(archive.items('keys'))).toEqual([
      { identity: 'system:a', value: '1' },
      { identity: 'system:b', value: '2' },
    ])
    expect(await collect(archive.items('configs'))).toEqual([])
    expect(await collect(archive.items('rules'))).toEqual([])
    expect(archive.members('packs/')).toEqual(['packs/demo.bundle'])
    expect(fs.readFileSync(archive.member('packs/demo.bundle') as string)).toEqual(CONTENT.files['packs/demo.bundle'])
    expect(archive.member('packs/other.bundle')).toBeUndefined()
    expect(archive.sha256).toBe(made.sha256)
    expect(archive.manifest).toMatchObject({ format: '1.1.0', sealed: 'plain', kinds: { keys: { count: 2 }, configs: { count: 0 } } })
    await archive.close()
    expect(fs.readdirSync(dir)).toEqual(['a.st2.tar.gz'])
  })

  it('is private, and has the same bytes when it is made again', async () => {
    const one = await makeArchive(dir, CONTENT)
    expect(fs.statSync(one.path).mode & 0o777).toBe(0o600)
    const other = tempDir()
    const two = await makeArchive(other, { ...CONTENT, items: { configs: [], keys: [...CONTENT.items.keys].reverse() } })
    expect(fs.readFileSync(two.path)).toEqual(fs.readFileSync(one.path))
    fs.rmSync(other, { recursive: true })
  })

  it('opens for each of its recipients, with one identity of several', async () => {
    const [mine, other, wrong] = await Promise.all([generateIdentity(), generateIdentity(), generateIdentity()])
    const made = await makeArchive(dir, CONTENT, { recipients: [await identityToRecipient(mine), await identityToRecipient(other)] })
    expect(made.path).toMatch(/\.age$/)
    expect(fs.readFileSync(made.path).includes('system:a')).toBe(false)
    for (const identities of [[wrong, mine], [other]]) {
      const archive = await openArchive(made.path, { identities }, dir)
      expect(archive.manifest.sealed).toBe('recipients')
      expect(await collect(archive.items('keys'))).toHaveLength(2)
      await archive.close()
    }
  })

  it('opens with its passphrase', async () => {
    const made = await makeArchive(dir, CONTENT, { passphrase: 'correct horse' })
    const archive = await openArchive(made.path, { passphrase: 'correct horse' }, dir)
    expect(archive.manifest.sealed).toBe('passphrase')
    await archive.close()
  })

  it('keeps what a newer minor added to the manifest', async () => {
    const made = await makeArchive(dir, CONTENT, undefined, { ...MANIFEST, extra: { a: [1] } } as typeof MANIFEST)
    const archive = await openArchive(made.path, {}, dir)
    expect(archive.manifest).toMatchObject({ extra: { a: [1] } })
    await archive.close()
  })

  it('gives any items and any bytes back equal', async () => {
    const item = fc.record({ identity: fc.string({ unit: 'binary', minLength: 1 }), value: fc.jsonValue() })
    const name = fc.array(fc.tuple(fc.constantFrom('a', 'é', '名', '.x', 'long-'), fc.integer({ min: 1, max: 50 })).map(([text, times]) => text.repeat(times)), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('-/') + '~')
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(item, { selector: (one) => one.identity }), fc.dictionary(name, fc.uint8Array({ maxLength: 2000 })), async (items, files) => {
        const place = fs.mkdtempSync(path.join(dir, 'p-'))
        const named = Object.fromEntries(Object.entries(files).map(([file, bytes]) => [`files/${file}`, Buffer.from(bytes)]))
        const made = await makeArchive(place, { items: { keys: items }, files: named })
        const archive = await openArchive(made.path, {}, place)
        const sorted = [...items].sort((a, b) => Buffer.compare(Buffer.from(a.identity), Buffer.from(b.identity)))
        expect(await collect(archive.items('keys'))).toEqual(JSON.parse(JSON.stringify(sorted)))
        expect(Object.fromEntries(archive.members('files/').map((member) => [member, fs.readFileSync(archive.member(member) as string)]))).toEqual(named)
      }),
      // The first name is one whose cut in a plain tar header ends with a slash.
      { numRuns: 25, examples: [[[], { [`${'.x'.repeat(26)}-/${'.x'.repeat(42)}-/名~`]: Uint8Array.from([]) }]] },
    )
  })
})
