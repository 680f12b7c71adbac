/** The kind `keys` through the whole way, from an old sandbox to a new one with another crypto key. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { openArchive } from '../../src/archive/read'
import { exportStage, planStage, applyStage, undoStage, verifyStage, type StageContext, type StageSettings } from '../../src/engine'
import { keys } from '../../src/kinds/keys'
import type { Kind } from '../../src/kinds/kind'
import { sandboxSetValue } from '../../src/sandbox/run'
import type { KeyToWrite } from '../../src/st2/port'
import { collect, startMigration, wholeWay, type Migration } from '../support/migration'

const ONLY: readonly Kind[] = [keys]

let m: Migration
beforeEach(async () => {
  m = await startMigration()
})
afterEach(() => m.end())

const context = async (options?: Parameters<Migration['context']>[0]): Promise<StageContext> => ({ ...(await m.context(options)), kinds: ONLY })
const put = (side: 'old' | 'new', key: Partial<KeyToWrite> & { name: string }, user?: string) => m.on(side, user).putKey({ value: 'v', scope: 'system', ...key })
const get = (side: 'old' | 'new', name: string, user?: string) => m.on(side, user).key(name, user ? 'user' : 'system', { decrypt: true })

const way = async (settings: StageSettings, options?: Parameters<Migration['context']>[0]) => wholeWay(m, await context(options), settings)

test('plain, secret, described and expiring keys of three users arrive, and the ledger accounts for each', async () => {
  await put('old', { name: 'plain', value: 'one\r\ntwo\u0000\u2028 ' })
  await put('old', { name: 'secret', value: 'hush', secret: true })
  await put('old', { name: 'described', description: 'why it is here' })
  await put('old', { name: 'passing', ttl: 3600 })
  await put('old', { name: 'mine', scope: 'user' })
  await put('old', { name: 'hers', scope: 'user', value: 'a', secret: true }, 'alice')
  await put('old', { name: 'his', scope: 'user', value: 'b' }, 'bob')
  const { verified, ledger } = await way(m.settings({ users: ['alice', 'bob'] }))
  expect(verified.exit).toBe(0)
  expect(ledger.map((e) => [e.identity, e.outcome]).sort()).toEqual([
    ['st2kv.system:described', 'carried'],
    ['st2kv.system:passing', 'carried'],
    ['st2kv.system:plain', 'carried'],
    ['st2kv.system:secret', 'transformed'],
    ['st2kv.user:alice:hers', 'transformed'],
    ['st2kv.user:bob:his', 'carried'],
    ['st2kv.user:st2admin:mine', 'carried'],
  ])
  expect((await get('new', 'plain'))!.value).toBe('one\r\ntwo\u0000\u2028 ')
  expect(await get('new', 'secret')).toMatchObject({ value: 'hush', secret: true })
  expect((await get('new', 'described'))!.description).toBe('why it is here')
  const ahead = Date.parse((await get('new', 'passing'))!.expire_timestamp!) - Date.parse((await get('old', 'passing'))!.expire_timestamp!)
  expect(Math.abs(ahead)).toBeLessThan(30_000)
  expect(await get('new', 'hers', 'alice')).toMatchObject({ value: 'a', user: 'alice' })
  expect((await get('new', 'his', 'bob'))!.value).toBe('b')
})

test('no temporary API key stays behind, and other users are listed as not looked at without other_users', async () => {
  await put('old', { name: 'hers', scope: 'user' }, 'alice')
  const settings = m.settings({ otherUsers: false, users: ['alice'] })
  const { verified, ledger } = await way(settings, { otherUsers: false })
  expect(verified.exit).toBe(0)
  expect(ledger).toContainEqual(expect.objectContaining({ identity: 'st2kv.user:alice:*', outcome: 'left', note: expect.stringContaining('not looked at') }))
  expect(await get('new', 'hers', 'alice')).toBeUndefined()
  await way(m.settings({ run: 'r2', users: ['alice'] }), { run: 'r2' })
  for (const side of ['old', 'new'] as const) expect(await collect(m.on(side).list('/v1/apikeys'))).toEqual([])
})

test('with both crypto keys known and equal, ciphertext crosses byte for byte', async () => {
  await m.end()
  m = await startMigration()
  const keyFile = fs.readFileSync(m.old.sandbox.paths.cryptoKey)
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-same-key-'))
  fs.mkdirSync(path.join(root, 'etc/st2/keys'), { recursive: true })
  fs.writeFileSync(path.join(root, 'etc/st2/keys/datastore_key.json'), keyFile)
  await m.end()
  m = await startMigration({ old: { root: `${root}` }, new: { root: copyOf(root) } })
  await put('old', { name: 's', value: 'hush', secret: true })
  const { ledger } = await way(m.settings())
  expect(ledger).toEqual([{ kind: 'keys', identity: 'st2kv.system:s', outcome: 'carried' }])
  const raw = async (side: 'old' | 'new') => (await m.on(side).key('s', 'system'))!.value
  expect(await raw('new')).toBe(await raw('old'))

  function copyOf(from: string): string {
    const to = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-same-key-'))
    fs.mkdirSync(path.join(to, 'etc/st2/keys'), { recursive: true })
    fs.copyFileSync(path.join(from, 'etc/st2/keys/datastore_key.json'), path.join(to, 'etc/st2/keys/datastore_key.json'))
    return to
  }
})

test('through the API alone, from a third machine, secrets are opened one by one', async () => {
  await put('old', { name: 's', value: 'hush', secret: true })
  const { verified, ledger } = await way(m.settings(), { files: false })
  expect(verified.exit).toBe(0)
  expect(ledger[0]).toMatchObject({ outcome: 'transformed', note: expect.stringContaining('encrypted anew') })
  expect((await get('new', 's'))!.value).toBe('hush')
})

test('where neither the source nor its crypto key is at hand any more, a secret is not called different, but not compared', async () => {
  await put('old', { name: 'plain' })
  await put('old', { name: 's', value: 'hush', secret: true })
  await way(m.settings())
  const verified = await verifyStage(await context({ source: false }), m.settings())
  expect(verified.exit).toBe(3)
  expect(verified.summary[0]).toMatch(/^everything but 1 item that did not cross or could not be compared was read back/)
  expect(verified.summary.join('\n')).toMatch(/needs a person: keys st2kv\.system:s: it is there, but could not be compared.*source_crypto_key_file/)
  expect(m.ledger().map((e) => e.outcome)).toEqual(['carried', 'manual'])
})

test('through the API alone the ledger says that users without traces are not known', async () => {
  const file = (run: string) => fs.readFileSync(path.join(m.stateDir, 'runs', run, 'ledger.jsonl'), 'utf8')
  await put('old', { name: 'hers', scope: 'user' }, 'alice')
  await way(m.settings(), { files: false })
  expect(file('r1')).toContain('htpasswd) is not at hand')
  await way(m.settings({ run: 'r2' }), { run: 'r2' })
  expect(file('r2')).not.toContain('htpasswd) is not at hand')
})

test('one undecryptable secret is for a person, and the others arrive', async () => {
  await put('old', { name: 'good', value: 'hush', secret: true })
  const cipher = (await put('old', { name: 'bad', value: 'hush', secret: true })).value
  const spoiled = cipher.slice(0, -1) + (cipher.endsWith('0') ? '1' : '0')
  await sandboxSetValue(m.old.sandbox.paths.root, 'bad', spoiled)
  for (const [run, files] of [['r1', true], ['r2', false]] as const) {
    const { verified, ledger } = await way(m.settings({ run }), { run, files })
    expect(verified.exit).toBe(3)
    expect(ledger.find((e) => e.identity.endsWith(':bad'))).toMatchObject({ outcome: 'manual', advice: expect.stringContaining('by hand') })
    expect(ledger.find((e) => e.identity.endsWith(':good'))!.outcome).toMatch(run === 'r1' ? 'transformed' : 'identical')
  }
  expect((await get('new', 'good'))!.value).toBe('hush')
})

test('a permanent key goes over an expiring one, and a key without description over one with it', async () => {
  await put('old', { name: 'stays', value: 'x' })
  await put('old', { name: 'bare', value: 'x' })
  await put('new', { name: 'stays', value: 'x', ttl: 5000 })
  await put('new', { name: 'bare', value: 'x', description: 'old words' })
  const { verified, planned } = await way(m.settings({ onConflict: 'overwrite' }))
  expect(planned.summary[0]).toContain('2 to overwrite')
  expect(verified.exit).toBe(0)
  expect((await get('new', 'stays'))!.expire_timestamp).toBeUndefined()
  expect((await get('new', 'bare'))!.description).toBeUndefined()
})

test('a key named null is created once, and found again by the list', async () => {
  await put('old', { name: 'null', value: 'n' })
  await put('old', { name: 'NULL', value: 'N', scope: 'user' })
  const { planned, verified, ledger } = await way(m.settings())
  expect(verified.exit).toBe(0)
  const [stays, remedy] = ['undo cannot take it away', 'db.key_value_pair_d_b.deleteOne({ scope: "st2kv.system", name: "null" })']
  expect(planned.summary.filter((line) => line.startsWith('for good: '))).toEqual([expect.stringMatching(/^for good: keys st2kv\.system:null: .*undo cannot take it away \(leave it out.*except=keys:st2kv\.system:null/)])
  expect(ledger).toContainEqual({ kind: 'keys', identity: 'st2kv.system:null', outcome: 'carried', note: expect.stringContaining(stays), advice: expect.stringContaining(remedy) })
  expect(ledger.find(({ identity }) => identity.includes('NULL'))!.note).toBeUndefined()
  const again = await way(m.settings({ run: 'r2' }), { run: 'r2' })
  expect(again.applied.data.writes).toBe(0)
  expect(again.ledger.map((e) => e.outcome)).toEqual(['identical', 'identical'])
  const undone = await undoStage(await context(), m.settings())
  expect(undone.data.for_person).toEqual([expect.objectContaining({ state: 'manual', advice: expect.stringContaining(remedy) })])
  const without = await planStage(await context(), m.settings({ except: ['keys:st2kv.system:null'] }))
  expect(without.data.counts).toEqual({ keys: { leave: 1, create: 1 } })
})

test('a key named null that has another value on the target is for a person, whatever on_conflict says', async () => {
  await put('old', { name: 'null', value: 'n' })
  await put('new', { name: 'null', value: 'other' })
  const { verified, ledger } = await way(m.settings({ onConflict: 'overwrite' }))
  expect(verified.exit).toBe(3)
  expect(ledger).toEqual([expect.objectContaining({ outcome: 'manual', note: expect.stringContaining('never changed') })])
})

test('an expired key that is still listed is left, with the reason', async () => {
  await put('old', { name: 'gone', ttl: 1 })
  await new Promise((go) => setTimeout(go, 1500))
  const { verified, ledger } = await way(m.settings())
  expect(verified.exit).toBe(0)
  expect(ledger).toEqual([expect.objectContaining({ identity: 'st2kv.system:gone', outcome: 'left', note: expect.stringContaining('expired at') })])
})

test("this tool's own keys are never carried", async () => {
  await put('old', { name: 'st2upgrade.target_api_key', value: 'k', secret: true })
  await put('old', { name: 'other' })
  const { ledger } = await way(m.settings())
  expect(ledger.map((e) => e.identity)).toEqual(['st2kv.system:other'])
  expect(await get('new', 'st2upgrade.target_api_key')).toBeUndefined()
  expect(await get('new', 'st2upgrade.lock')).toBeUndefined()
})

describe('another value on the target', () => {
  beforeEach(async () => {
    await put('old', { name: 'a', value: 'source' })
    await put('old', { name: 'b', value: 'b' })
    await put('new', { name: 'a', value: 'target' })
  })

  test('is a conflict: nothing is written, exit 5', async () => {
    await expect(way(m.settings())).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('1 item has another value') })
    expect(await get('new', 'b')).toBeUndefined()
  })

  test('stays with on_conflict=skip, and the ledger says so', async () => {
    const { verified, ledger } = await way(m.settings({ onConflict: 'skip' }))
    expect(verified.exit).toBe(0)
    expect(ledger).toEqual([
      expect.objectContaining({ identity: 'st2kv.system:a', outcome: 'left', note: expect.stringContaining('another value stands on the target') }),
      expect.objectContaining({ identity: 'st2kv.system:b', outcome: 'carried' }),
    ])
    expect((await get('new', 'a'))!.value).toBe('target')
  })

  test('is replaced with on_conflict=overwrite', async () => {
    expect((await way(m.settings({ onConflict: 'overwrite' }))).verified.exit).toBe(0)
    expect((await get('new', 'a'))!.value).toBe('source')
  })
})

test('two exports of an unchanged instance hold byte-identical items', async () => {
  for (let i = 0; i < 30; i++) await put('old', { name: `k ${i}/`.replace('/', '#'), value: `v${i}`, secret: i % 3 === 0 })
  const c = await context()
  const items = []
  for (const run of ['x1', 'x2']) {
    const { data } = await exportStage(c, m.settings({ run }))
    const archive = await openArchive(String(data.archive), {}, m.stateDir)
    items.push(fs.readFileSync(archive.member('items/keys.jsonl')!))
    await archive.close()
  }
  expect(items[0]!.equals(items[1]!)).toBe(true)
})

test('an item that changed on the target since the plan stops the apply with exit 6 before the first write', async () => {
  await put('old', { name: 'a', value: 'source' })
  await put('old', { name: 'b', value: 'b' })
  await put('new', { name: 'a', value: 'then' })
  const c = await context()
  const settings = m.settings({ onConflict: 'overwrite' })
  await exportStage(c, settings)
  await planStage(c, settings)
  await put('new', { name: 'a', value: 'meanwhile' })
  await expect(applyStage(c, settings)).rejects.toMatchObject({ exit: 6, details: ['keys st2kv.system:a'] })
  expect(await get('new', 'b')).toBeUndefined()
})

test('a second apply of the same plan writes nothing', async () => {
  for (let i = 0; i < 20; i++) await put('old', { name: `k${i}` })
  await way(m.settings())
  const c = await context()
  expect((await applyStage(c, m.settings())).data).toMatchObject({ writes: 0, resumed: true })
})

test('verify names each item that was changed, removed or given another expiry afterwards, exit 4', async () => {
  for (const name of ['same', 'changed', 'removed']) await put('old', { name, value: name })
  await put('old', { name: 'sped', ttl: 5000 })
  await way(m.settings())
  await put('new', { name: 'changed', value: 'else' })
  await m.on('new').deleteKey('removed', 'system')
  await put('new', { name: 'sped', ttl: 100 })
  const verified = await verifyStage(await context(), m.settings())
  expect(verified.exit).toBe(4)
  expect(verified.data.differences).toBe(3)
  const failed = m.ledger().filter((e) => e.outcome === 'failed')
  expect(failed.map((e) => [e.identity, e.note!.split(':')[0]])).toEqual([
    ['st2kv.system:changed', 'value'],
    ['st2kv.system:removed', 'it is missing on the target'],
    ['st2kv.system:sped', 'expires'],
  ])
})

test('no secret value stands in plan, journal, ledger or result', async () => {
  await put('old', { name: 's', value: 'very-secret-text', secret: true })
  const results = await way(m.settings())
  const dir = path.join(m.stateDir, 'runs', 'r1')
  const text = fs.readdirSync(dir).filter((f) => f.endsWith('.jsonl') || f.endsWith('.json')).map((f) => fs.readFileSync(path.join(dir, f), 'utf8')).join('\n')
  expect(text.length).toBeGreaterThan(500)
  expect(text + JSON.stringify(results) + m.system.said.join()).not.toContain('very-secret-text')
})
