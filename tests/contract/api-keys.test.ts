/** The kind `api_keys` through the whole way: keys go on working with the same secret, and no key of the target is ever overwritten by accident. */
import * as fs from 'fs'
import * as path from 'path'
import { applyStage, exportStage, planStage, undoStage, verifyStage, type StageContext, type StageSettings } from '../../src/engine'
import { apiKeys } from '../../src/kinds/api-keys'
import type { ApiKeyItem } from '../../src/kinds/api-keys'
import type { Kind } from '../../src/kinds/kind'
import { connect } from '../../src/st2/client'
import { collect, startMigration, type Migration } from '../support/migration'

interface Made {
  id: string
  key: string
}
interface Row {
  id: string
  user: string
  key_hash: string
  metadata: Record<string, unknown>
  enabled: boolean
}

const ONLY: readonly Kind[] = [apiKeys]
let m: Migration
beforeEach(async () => {
  m = await startMigration()
})
afterEach(() => m.end())

const context = async (): Promise<StageContext> => ({ ...(await m.context()), kinds: ONLY })
const make = (side: 'old' | 'new', body: object): Promise<Made> => m.on(side).post<Made>('/v1/apikeys', body)
const rows = (side: 'old' | 'new'): Promise<Row[]> => collect(m.on(side).list<Row>('/v1/apikeys', { query: { show_secrets: true } }))
const content = (found: Row[]) => found.map(({ user, key_hash, metadata, enabled }) => ({ user, key_hash, metadata, enabled })).sort((a, b) => (a.key_hash < b.key_hash ? -1 : 1))

async function way(settings: StageSettings = m.settings()) {
  const c = await context()
  await exportStage(c, settings)
  const planned = await planStage(c, settings)
  const applied = await applyStage(c, settings)
  return { planned, applied, verified: await verifyStage(c, settings) }
}

async function whoIs(side: 'old' | 'new', apiKey: string): Promise<string> {
  const client = connect({ url: m[side].apiUrl, credentials: { apiKey }, clock: m.system.clock })
  try {
    return (await client.whoAmI()).username
  } finally {
    client.close()
  }
}

test('sixty keys of seven users arrive, disabled ones disabled, and each works as its user with the same secret', async () => {
  const users = ['st2admin', 'alice', 'bob', 'ci', 'monitoring', 'portal', 'backup']
  const made: (Made & { user: string; enabled: boolean })[] = []
  for (let i = 0; i < 60; i++) {
    const about = { user: users[i % users.length]!, enabled: i % 5 !== 3 }
    made.push({ ...about, ...(await make('old', { ...about, metadata: { used_by: `program ${i}`, 'a.b': [1, { c: null }] } })) })
  }
  const { verified } = await way()
  expect(verified).toMatchObject({ exit: 0, data: { differences: 0, counts: { api_keys: { carried: 60 } } } })
  expect(content(await rows('new'))).toEqual(content(await rows('old')))
  expect((await rows('new')).map(({ id }) => id).sort()).toEqual(made.map(({ id }) => id).sort())
  for (const { key, user, enabled } of made.slice(0, 8)) {
    if (enabled) expect(await whoIs('new', key)).toBe(user)
    else await expect(whoIs('new', key)).rejects.toMatchObject({ reason: 'disabled_api_key' })
  }
  expect((await way(m.settings({ run: 'r2' }))).applied.data.writes).toBe(0)
  expect(fs.readFileSync(path.join(m.stateDir, 'runs/r1/ledger.jsonl'), 'utf8')).toContain('created_at')
})

test('an id that another key of the target has is left to that key, and the ledger tells the new one', async () => {
  const ours = await make('old', { user: 'alice', metadata: { n: 1 } })
  const theirs = await make('new', { id: ours.id, user: 'bob', metadata: { precious: true } })
  const { verified } = await way()
  expect(verified).toMatchObject({ exit: 0 })
  expect(await whoIs('new', theirs.key)).toBe('bob')
  expect(await whoIs('new', ours.key)).toBe('alice')
  expect(m.ledger()).toEqual([expect.objectContaining({ outcome: 'transformed', note: expect.stringContaining(`its id ${ours.id} belongs to another`) })])
})

test('the same key under another user is a conflict until it is decided', async () => {
  const ours = await make('old', { user: 'alice' })
  const [row] = await rows('old')
  await make('new', { user: 'bob', key_hash: row!.key_hash, metadata: { theirs: 1 }, enabled: false })
  const c = await context()
  await exportStage(c, m.settings())
  expect((await planStage(c, m.settings())).data).toMatchObject({ conflicts: 1 })
  const settings = m.settings({ onConflict: 'overwrite' })
  await planStage(c, settings)
  expect(await applyStage(c, settings)).toMatchObject({ exit: 0 })
  expect(await verifyStage(c, settings)).toMatchObject({ exit: 0 })
  expect(await whoIs('new', ours.key)).toBe('alice')
  expect(await rows('new')).toHaveLength(1)
})

test('nothing that is told or logged holds a hash, a key or what metadata says', async () => {
  const ours = await make('old', { user: 'alice', metadata: { password: 'hush-hush' } })
  const [row] = await rows('old')
  await make('new', { user: 'bob', key_hash: row!.key_hash, metadata: { password: 'other' } })
  const c = await context()
  const told: unknown[] = [await exportStage(c, m.settings()), await planStage(c, m.settings()), await applyStage(c, m.settings()).catch((e: Error & { details?: string[] }) => [e.message, e.details]), await verifyStage(c, m.settings())]
  const files = ['plan.jsonl', 'ledger.jsonl'].map((name) => fs.readFileSync(path.join(m.stateDir, 'runs/r1', name), 'utf8'))
  for (const text of [JSON.stringify(told), ...files, m.system.said.join('\n')]) {
    for (const secret of [row!.key_hash, row!.key_hash.slice(0, 24), ours.key, 'hush-hush']) expect(text).not.toContain(secret)
  }
})

test('a stored mask is left with its reason; an instance that masks its list is refused', async () => {
  await make('old', { user: 'alice', key_hash: '********' })
  await make('old', { user: 'bob' })
  const { verified } = await way()
  expect(verified.exit).toBe(0)
  expect(m.ledger()).toContainEqual(expect.objectContaining({ identity: 'alice:********', outcome: 'left' }))
  expect(await rows('new')).toHaveLength(1)
  const c = await context()
  const masking = Object.create(c.source!.api, { list: { value: () => c.source!.api.list('/v1/apikeys') } }) as StageContext['source']
  const source = { ...c.source!, api: masking as never }
  await expect(exportStage({ ...c, source }, m.settings({ run: 'masked' }))).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('masked') })
})

test('temporary keys of this tool are never listed', async () => {
  await make('old', { user: 'alice', metadata: { st2upgrade: 'some run' } })
  const c = await context()
  expect((await exportStage(c, m.settings())).data.counts).toEqual({ api_keys: 0 })
})

test('a write that stopped half-way goes on, and a key whose answer was lost is not made twice', async () => {
  for (let i = 0; i < 6; i++) await make('old', { user: 'alice', metadata: { i } })
  const c = await context()
  await exportStage(c, m.settings())
  await planStage(c, m.settings())
  const [first] = await rows('old')
  await make('new', { id: first!.id, user: first!.user, key_hash: first!.key_hash, metadata: first!.metadata })
  m.new.setFaults({ faults: ['drop,on=write,path=/apikeys,after,count=2'] })
  expect(await applyStage(c, m.settings())).toMatchObject({ exit: 0, data: { writes: 5 } })
  expect(content(await rows('new'))).toEqual(content(await rows('old')))
})

test('a key with a dot in its metadata does not go to 3.4.1 and is for a person; others cross from 3.4.1', async () => {
  await m.end()
  m = await startMigration({ old: { version: '3.9.0' }, new: { version: '3.4.1' } })
  await make('old', { user: 'alice', metadata: { 'a.b': 1 } })
  await make('old', { user: 'bob', metadata: { plain: 1 } })
  await way(m.settings({ allowOlder: true }))
  expect(m.ledger().map(({ identity, outcome }) => [identity.split(':')[0], outcome])).toEqual([['alice', 'manual'], ['bob', 'carried']])
  await m.end()
  m = await startMigration({ old: { version: '3.4.1' }, new: { version: '3.9.0' } })
  const { key } = await make('old', { user: 'alice', metadata: { plain: 1 } })
  expect((await way()).verified.exit).toBe(0)
  expect(await whoIs('new', key)).toBe('alice')
})

test('undo hooks: what was made is deleted, what was changed is put back, also when it is gone', async () => {
  await make('old', { user: 'alice', metadata: { v: 2 } })
  const [row] = await rows('old')
  await make('new', { id: row!.id, user: 'alice', key_hash: row!.key_hash, metadata: { v: 1 }, enabled: false })
  const c = await context()
  const writing = { target: c.target! } as never
  const listed = async (): Promise<ApiKeyItem[]> => collect(apiKeys.list({ instance: c.target!, note: () => undefined, remark: () => undefined } as never))
  const [before] = await listed()
  await way(m.settings({ onConflict: 'overwrite' }))
  const [now] = await listed()
  expect(now).toMatchObject({ metadata: { v: 2 }, enabled: true })
  await apiKeys.restore!(before!, now, writing)
  expect((await listed())[0]).toMatchObject({ metadata: { v: 1 }, enabled: false, id: before!.id })
  await apiKeys.remove!(now!, writing)
  expect(await listed()).toEqual([])
  await apiKeys.restore!(before!, undefined, writing)
  expect((await listed())[0]).toMatchObject({ metadata: { v: 1 }, enabled: false, id: before!.id, key_hash: before!.key_hash })
})

test('the stage undo takes away the keys that were brought and puts back the one that was changed', async () => {
  for (let i = 0; i < 5; i++) await make('old', { user: 'alice', metadata: { i } })
  const [row] = await rows('old')
  await make('new', { user: 'bob', key_hash: row!.key_hash, metadata: { theirs: 1 }, enabled: false })
  const own = await make('new', { user: 'bob', metadata: { precious: true } })
  const was = content(await rows('new'))
  const settings = m.settings({ onConflict: 'overwrite' })
  expect((await way(settings)).verified.exit).toBe(0)
  expect(await undoStage(await context(), settings)).toMatchObject({ exit: 0 })
  expect(content(await rows('new'))).toEqual(was)
  expect(await whoIs('new', own.key)).toBe('bob')
})
