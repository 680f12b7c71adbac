import * as fs from 'fs'
import * as path from 'path'
import { writeKvFile } from '../../../src/archive/kv-file'
import { encrypt, generateKeyFile, parseKeyFile } from '../../../src/core/datastore-cipher'
import type { Item } from '../../../src/core/model'
import { tempDir } from '../../support/archives'

let dir: string
beforeEach(() => {
  dir = tempDir()
})
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

const crypto = parseKeyFile(generateKeyFile())
const key = (name: string, more: { scope?: string; user?: string; value?: string; secret?: boolean; expires?: string; description?: string } = {}): Item => ({
  identity: `${more.scope ?? 'system'}:${name}`,
  scope: 'system',
  name,
  value: 'v',
  secret: false,
  ...more,
})

async function made(items: Item[], withKey?: typeof crypto) {
  const file = path.join(dir, 'kv_file.json')
  async function* source() {
    yield* items
  }
  const leftOut = await writeKvFile(file, source(), 'st2admin', withKey)
  const text = fs.readFileSync(file, 'utf8')
  return { leftOut, text, entries: JSON.parse(text) as Record<string, unknown>[] }
}

describe('kv_file.json', () => {
  it('has one key a line, in order, in the shape of `st2 key list -j`', async () => {
    const secret = encrypt('plain', crypto)
    const { text, leftOut } = await made([key('a'), key('b', { secret: true, value: secret }), key('mine', { scope: 'user', user: 'st2admin' })])
    expect(text).toBe(
      `[\n{"name":"a","value":"v","scope":"st2kv.system"},\n{"name":"b","value":"${secret}","scope":"st2kv.system","secret":true,"encrypted":true},\n{"name":"mine","value":"v","scope":"st2kv.user"}\n]\n`,
    )
    expect(leftOut).toEqual([])
  })

  it('takes a secret as large as StackStorm holds one', async () => {
    const secret = encrypt('x'.repeat(7.9 * 1024 * 1024), crypto)
    const { leftOut, entries } = await made([key('big', { secret: true, value: secret })], crypto)
    expect([leftOut, entries.length]).toEqual([[], 1])
  })

  it.each([
    ['est#h', 'est%23h'],
    ['est?q', 'est%3Fq'],
    ['per%41cent', 'per%2541cent'],
    ['a b', 'a%20b'],
    ['ü', '%C3%BC'],
    ['a.b-c_d:e@f', 'a.b-c_d:e@f'],
    ['{{ x }}', '%7B%7B%20x%20%7D%7D'],
  ])('writes the name %s as %s', async (name, written) => {
    expect((await made([key(name)])).entries).toEqual([expect.objectContaining({ name: written })])
  })

  it.each([
    ['another user’s', key('hers', { scope: 'user', user: 'alice' }), /user who loads/],
    ['an expiring one', key('x', { expires: '2030-01-01T00:00:00.000Z' }), /permanent/],
    ['one with a description', key('x', { description: 'd' }), /description/],
    ['null', key('null'), /read back/],
    ['NULL', key('NULL'), /read back/],
    ['a slash', key('a/b'), /slash/],
    ['two dots', key('a..b'), /dots/],
    ['a name outside Latin-1', key('名'), /Latin-1/],
    ['a line feed', key('a\nb'), /nginx/],
    ['a name that is too long', key('x'.repeat(5000)), /long/],
    ['what is no ciphertext', key('x', { secret: true, value: 'AB' }), /ciphertext/],
    ['a ciphertext that is cut', key('x', { secret: true, value: encrypt('plain', crypto).slice(2) }), /ciphertext/],
  ])('leaves out %s, and says why', async (_what, item, reason) => {
    const { entries, leftOut } = await made([key('a'), item, key('z')])
    expect(entries.map(({ name }) => name)).toEqual(['a', 'z'])
    expect(leftOut).toEqual([{ identity: item.identity, reason: expect.stringMatching(reason) as string }])
  })

  it('leaves out a secret of another crypto key, when the key is known', async () => {
    const other = key('x', { secret: true, value: encrypt('plain', parseKeyFile(generateKeyFile())) })
    expect((await made([other])).leftOut).toEqual([])
    expect((await made([other], crypto)).leftOut).toEqual([{ identity: 'system:x', reason: expect.stringMatching(/crypto key/) as string }])
  })

  it('keeps a null of the user scope, and is a list when there is nothing', async () => {
    expect((await made([key('null', { scope: 'user', user: 'st2admin' })])).entries).toHaveLength(1)
    expect((await made([])).text).toBe('[]\n')
  })

  it('names an item that is no key, without its value', async () => {
    await expect(made([{ identity: 'bad', value: 'hush' }])).rejects.toThrow(/^bad is no datastore key: scope, name, secret$/)
  })

  it('is private', async () => {
    await made([key('a')])
    expect(fs.statSync(path.join(dir, 'kv_file.json')).mode & 0o777).toBe(0o600)
  })
})
