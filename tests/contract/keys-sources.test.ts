/** Keys of other sorts of instances: RBAC on, StackStorm 3.4.1 with its mangled names, a datastore that changes while it is read. */
import { applyStage, checkStage, exportStage, openInstance, planStage, verifyStage } from '../../src/engine'
import { keys } from '../../src/kinds/keys'
import { collect, startMigration, type Migration } from '../support/migration'

let m: Migration
afterEach(() => m.end())

async function way(settings = m.settings()) {
  const context = { ...(await m.context({ run: settings.run })), kinds: [keys] }
  await exportStage(context, settings)
  const planned = await planStage(context, settings)
  await applyStage(context, settings)
  const verified = await verifyStage(context, settings)
  await m.closeInstances()
  return { planned, verified, ledger: m.ledger(settings.run) }
}

describe('RBAC on', () => {
  beforeEach(async () => {
    m = await startMigration({ old: { version: '3.9.0', rbac: true } })
    await m.on('old', 'alice').putKey({ name: 'hers', scope: 'user', value: 'a', secret: true })
    await m.on('old').putKey({ name: 'system', scope: 'system', value: 's' })
  })

  test('an admin reads other users by name, without any temporary API key', async () => {
    const { verified, ledger } = await way(m.settings({ users: ['alice'] }))
    expect(verified.exit).toBe(0)
    expect(ledger.map((e) => e.identity).sort()).toEqual(['st2kv.system:system', 'st2kv.user:alice:hers'])
    expect(await m.on('new', 'alice').key('hers', 'user', { decrypt: true })).toMatchObject({ value: 'a' })
  })

  test('a user without rights is refused: the lists would look like an empty instance', async () => {
    const open = openInstance({ side: 'source', api: m.on('old', 'alice'), system: m.system, stateDir: m.stateDir, run: 'r1', otherUsers: false })
    await expect(open).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('RBAC'), advice: expect.stringContaining('admin') })
  })
})

describe('from StackStorm 3.4.1', () => {
  beforeEach(async () => {
    m = await startMigration({ old: { version: '3.4.1' } })
  })

  test('names that it lists mangled arrive under their real name', async () => {
    await m.on('old').putKey({ name: 'klíč', scope: 'system', value: 'not Latin-1' })
    await m.on('old').putKey({ name: 'ünï', scope: 'system', value: 'Latin-1', secret: true })
    const listed = (await collect(m.on('old').list<{ name: string }>('/v1/keys', { query: { scope: 'system' } }))).map((k) => k.name)
    expect(listed).toContain('Ã¼nÃ¯')
    const { verified, ledger } = await way()
    expect(ledger.find((e) => e.identity === 'st2kv.system:ünï')).toMatchObject({ outcome: 'transformed', note: expect.stringContaining('real name') })
    expect(ledger.find((e) => e.identity === 'st2kv.system:klíč')).toMatchObject({ outcome: 'left', note: expect.stringContaining('Latin-1') })
    expect(verified.exit).toBe(0)
    expect(await m.on('new').key('ünï', 'system', { decrypt: true })).toMatchObject({ value: 'Latin-1' })
  })

  test('through its API alone, a secret of such a name is opened too', async () => {
    await m.on('old').putKey({ name: 'ünï', scope: 'system', value: 'hush', secret: true })
    const settings = m.settings()
    const context = { ...(await m.context({ files: false })), kinds: [keys] }
    await exportStage(context, settings)
    await planStage(context, settings)
    await applyStage(context, settings)
    expect((await verifyStage(context, settings)).exit).toBe(0)
    expect((await m.on('new').key('ünï', 'system', { decrypt: true }))!.value).toBe('hush')
  })
})

test('what changes during an export is read again, and said', async () => {
  m = await startMigration()
  const admin = m.on('old')
  for (let i = 0; i < 5; i++) await admin.putKey({ name: `k${i}`, scope: 'system', value: 'before' })
  const context = { ...(await m.context()), kinds: [keys] }
  let listings = 0
  const meddled = {
    ...keys,
    list: async function* (reading: Parameters<typeof keys.list>[0]) {
      yield* keys.list(reading)
      if (++listings === 1) {
        await admin.putKey({ name: 'k1', scope: 'system', value: 'after' })
        await admin.deleteKey('k2', 'system')
        await admin.putKey({ name: 'k9', scope: 'system', value: 'new' })
      }
    },
  }
  const exported = await exportStage({ ...context, kinds: [meddled] }, m.settings())
  const notes = (exported.data.notes as string[]).filter((note) => note.includes('changed during the export'))
  expect(notes.map((note) => note.split(' ')[0])).toEqual(['st2kv.system:k1', 'st2kv.system:k2', 'st2kv.system:k9'])
  expect(exported.data.counts).toEqual({ keys: 5 })
  await planStage(context, m.settings())
  await applyStage(context, m.settings())
  expect(await m.on('new').key('k1', 'system')).toMatchObject({ value: 'after' })
  expect(await m.on('new').key('k2', 'system')).toBeUndefined()
})

test('one instance under two URLs is refused by its id, and so is a target older than the source', async () => {
  m = await startMigration({ old: { version: '3.9.0' }, new: { version: '3.8.1' } })
  const context = await m.context()
  const twin = { ...context, target: { ...context.source!, side: 'target' as const, url: 'https://other.example/api' }, kinds: [keys] }
  const checked = await checkStage(twin, m.settings())
  expect(checked).toMatchObject({ exit: 5, summary: expect.arrayContaining([expect.stringContaining('are the same instance')]) })
  await exportStage({ ...context, kinds: [keys] }, m.settings())
  await expect(planStage(twin, m.settings())).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('same instance') })
  await expect(planStage({ ...context, kinds: [keys] }, m.settings())).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('older than') })
  expect((await planStage({ ...context, kinds: [keys] }, m.settings({ allowOlder: true }))).exit).toBe(0)
})

test('an export that would hold plain secrets asks for a seal before it reads anything', async () => {
  m = await startMigration()
  const context = { ...(await m.context()), kinds: [{ ...keys, plainSecrets: true }] }
  await expect(exportStage(context, m.settings({ plainArchive: false }))).rejects.toMatchObject({ exit: 2, advice: expect.stringContaining('plain_archive=true') })
})

test('the plan of another archive, another target or a lock held by another run: refused before the first write', async () => {
  m = await startMigration()
  await m.on('old').putKey({ name: 'a', scope: 'system', value: 'a' })
  const context = { ...(await m.context()), kinds: [keys] }
  await exportStage(context, m.settings())
  await planStage(context, m.settings())
  const other = await exportStage(context, m.settings({ run: 'r2' }))
  await expect(applyStage(context, m.settings({ archive: String(other.data.archive) }))).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('another archive') })
  const elsewhere = { ...context, target: { ...context.target!, id: 'f'.repeat(24) } }
  await expect(applyStage(elsewhere, m.settings())).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('another target') })
  await m.on('new').putKey({ name: 'st2upgrade.lock', scope: 'system', value: JSON.stringify({ run: 'other', host: 'h' }), ttl: 60 })
  await expect(applyStage(context, m.settings())).rejects.toMatchObject({ exit: 7, message: expect.stringContaining('run other on h holds the lock') })
  expect(await m.on('new').key('a', 'system')).toBeUndefined()
  await m.on('new').putKey({ name: 'st2upgrade.lock', scope: 'system', value: JSON.stringify({ run: 'r1', host: 'h' }), ttl: 60 })
  expect((await applyStage(context, m.settings())).exit).toBe(0)
})
