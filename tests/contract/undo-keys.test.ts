/** Undo of datastore keys: the target's own keys are as they were, whatever the apply did, wherever it or the undo was cut off. */
import * as fc from 'fast-check'
import { applyStage, exportStage, planStage, undoStage, type StageResult, type StageSettings } from '../../src/engine'
import { keys } from '../../src/kinds/keys'
import type { KeyToWrite } from '../../src/st2/port'
import { jsonLines, startMigration, type Migration } from '../support/migration'
import { changesBetween, snapshotOf, type Snapshot } from '../support/snapshot'
import { anyStore } from '../support/stores'
import { testSystem } from '../support/system'

let m: Migration
beforeAll(async () => {
  m = await startMigration()
})
afterAll(() => m.end())

const fill = async (side: 'old' | 'new', made: KeyToWrite[]): Promise<void> => {
  m[side].sandbox.store.reset()
  for (const one of made) await m.on(side).putKey(one)
}
const target = async (): Promise<Snapshot> => {
  const found = await snapshotOf((await m.context({ run: 'look' })).target!)
  await m.closeInstances()
  return found
}
const context = async (run: string, options: Parameters<Migration['context']>[0] = {}) => ({ ...(await m.context({ run, ...options })), kinds: [keys] })

/** The stages of a run, each with instances of its own. */
async function run(stage: typeof undoStage, settings: StageSettings, options?: Parameters<Migration['context']>[0]): Promise<StageResult> {
  try {
    return await stage(await context(settings.run, options), settings)
  } finally {
    await m.closeInstances()
  }
}

let serial = 0
async function planned(source: KeyToWrite[], there: KeyToWrite[]): Promise<{ settings: StageSettings; before: Snapshot }> {
  await fill('old', source)
  await fill('new', there)
  const settings = m.settings({ run: `u${++serial}`, onConflict: 'overwrite' })
  const before = await target()
  await run(exportStage, settings)
  await run(planStage, settings)
  return { settings, before }
}
async function applied(source: KeyToWrite[], there: KeyToWrite[]): Promise<{ settings: StageSettings; before: Snapshot }> {
  const made = await planned(source, there)
  expect(await run(applyStage, made.settings)).toMatchObject({ exit: 0 })
  return made
}
const sys = (name: string, value: string, more: Partial<KeyToWrite> = {}): KeyToWrite => ({ name, value, scope: 'system', ...more })
const backAs = async (before: Snapshot): Promise<void> => expect(changesBetween(before, await target())).toEqual([])

test('what was created goes, what was overwritten comes back as it was, and run twice there is nothing to do', async () => {
  const source = [sys('new', 'n'), sys('same', 's'), sys('other', 'ours', { ttl: 7200 }), sys('secret', 'ours', { secret: true }), sys('described', 'v'), sys('hers', 'a', { scope: 'user' })]
  const there = [sys('same', 's'), sys('other', 'theirs'), sys('secret', 'theirs', { secret: true }), sys('described', 'v', { description: 'why', ttl: 9000 }), sys('own', 'o')]
  const { settings, before } = await applied(source, there)
  expect(changesBetween(before, await target()).length).toBe(5)
  const dry = await run(undoStage, { ...settings, dryRun: true })
  expect(dry).toMatchObject({ exit: 0, data: { dry_run: true, would: { keys: { remove: 2, clear: 0, restore: 3 } } } })
  expect(changesBetween(before, await target()).length).toBe(5)
  expect(await run(undoStage, settings)).toMatchObject({ exit: 0, data: { counts: { keys: { removed: 2, restored: 3 } } } })
  await backAs(before)
  const writes = m.new.counts.writes
  expect(await run(undoStage, settings)).toMatchObject({ exit: 0, summary: [expect.stringMatching(/nothing of run .* \(it was taken back at /)] })
  expect(m.new.counts.writes).toBe(writes)
})

test('a secret comes back as the very ciphertext that it was', async () => {
  const { settings } = await planned([sys('secret', 'ours', { secret: true })], [sys('secret', 'theirs', { secret: true })])
  const old = (await m.on('new').key('secret', 'system'))!.value
  await run(applyStage, settings)
  expect((await m.on('new').key('secret', 'system'))!.value).not.toBe(old)
  await run(undoStage, settings)
  expect((await m.on('new').key('secret', 'system'))!.value).toBe(old)
})

test('what a person changed, made again or deleted since is left and listed; put right, the next undo takes it back', async () => {
  const { settings, before } = await applied([sys('a', '1'), sys('b', '1'), sys('c', '1'), sys('d', '1')], [sys('b', '0'), sys('c', '0')])
  const admin = m.on('new')
  await admin.putKey(sys('a', 'theirs'))
  await admin.putKey(sys('b', 'theirs'))
  await admin.deleteKey('c', 'system')
  await admin.deleteKey('d', 'system')
  const undone = await run(undoStage, settings)
  expect(undone.exit).toBe(3)
  expect(undone.data.left).toBe(3)
  expect((undone.data.for_person as { identity: string; note: string }[]).map(({ identity, note }) => [identity, note])).toEqual([
    ['st2kv.system:a', 'it was changed since: value'],
    ['st2kv.system:b', 'it was changed since: value'],
    ['st2kv.system:c', 'it was overwritten by this run, and somebody deleted it since'],
  ])
  expect((await admin.key('a', 'system'))!.value).toBe('theirs')
  await admin.putKey(sys('a', '1'))
  await admin.putKey(sys('b', '1'))
  await admin.putKey(sys('c', '0'))
  expect(await run(undoStage, settings)).toMatchObject({ exit: 0 })
  await backAs(before)
})

test('a key that expired since brings the one before it back; one that would have expired by now does not come back', async () => {
  const { settings } = await applied([sys('short', 'ours', { ttl: 7200 }), sys('long', 'ours')], [sys('short', 'theirs'), sys('long', 'theirs', { ttl: 7200 })])
  const { clock } = m.system
  const later = testSystem({ clock: { ...clock, now: () => new Date(Date.now() + 3 * 3_600_000) } })
  const undone = await undoStage({ ...(await context(settings.run)), system: later }, settings)
  await m.closeInstances()
  expect(undone).toMatchObject({ exit: 0, data: { remarks: [expect.stringMatching(/^keys st2kv.system:long: what stood there before has expired meanwhile/)] } })
  expect((await m.on('new').key('short', 'system'))!.value).toBe('theirs')
  expect(await m.on('new').key('long', 'system')).toBeUndefined()
})

test('several plans of one run are taken back to what was there before the first', async () => {
  const { settings, before } = await applied([sys('a', '1'), sys('b', '1')], [sys('b', '0')])
  await m.on('new').putKey(sys('b', 'between'))
  await m.on('old').putKey(sys('c', '1'))
  const again = { ...settings, out: `${m.stateDir}/${settings.run}-again.tar.gz` }
  for (const stage of [exportStage, planStage, applyStage]) await run(stage, again)
  expect(await run(undoStage, settings)).toMatchObject({ exit: 0, data: { counts: { keys: { removed: 2, restored: 1 } } } })
  await backAs(before)
})

test('after an undo the run can be applied again, and a later undo goes back to what was there then', async () => {
  const { settings } = await applied([sys('a', '1'), sys('b', '1')], [sys('b', '0')])
  await run(undoStage, settings)
  await m.on('new').putKey(sys('b', 'later'))
  await run(planStage, settings)
  await run(applyStage, settings)
  expect(await run(undoStage, settings)).toMatchObject({ exit: 0 })
  expect((await m.on('new').key('b', 'system'))!.value).toBe('later')
  expect(await m.on('new').key('a', 'system')).toBeUndefined()
})

test('without the crypto key of the source nobody can tell whether a secret was changed: it is left', async () => {
  const { settings } = await applied([sys('secret', 'ours', { secret: true }), sys('plain', 'p')], [])
  const undone = await run(undoStage, settings, { source: false })
  expect(undone).toMatchObject({ exit: 3, data: { for_person: [{ identity: 'st2kv.system:secret', note: expect.stringContaining('cannot be told'), advice: expect.stringContaining('source_crypto_key_file') }] } })
  expect(await run(undoStage, settings)).toMatchObject({ exit: 0, data: { counts: { keys: { removed: 1 } } } })
})

test('a run that wrote nothing, or to another instance, is refused', async () => {
  const { settings } = await planned([sys('a', '1')], [])
  await expect(run(undoStage, settings)).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('has written nothing') })
  await run(applyStage, settings)
  const other = await context(settings.run)
  await expect(undoStage({ ...other, target: { ...other.target!, id: 'f'.repeat(24) } }, settings)).rejects.toMatchObject({ exit: 2, message: expect.stringContaining('another instance') })
})

/** Asks for a stop after so many items. */
const stoppingAfter = (items: number) => {
  const system = testSystem()
  let seen = 0
  system.progress = { ...system.progress, step: () => void (++seen === items && system.stop.request('a test')) }
  return system
}

test('a journal with an intent alone: a key that is not as it was before, nor half as it was to be, is left to a person', async () => {
  const { settings, before } = await planned([sys('a', '1'), sys('b', '1'), sys('c', '1')], [sys('b', '0'), sys('c', '0', { ttl: 9000 })])
  await run(applyStage, settings)
  const file = `${m.stateDir}/runs/${settings.run}/journal.jsonl`
  const { writeFileSync } = jest.requireActual<typeof import('fs')>('fs')
  writeFileSync(file, (jsonLines(file) as { state?: string }[]).filter(({ state }) => state === undefined || state === 'intent').map((line) => `${JSON.stringify(line)}\n`).join(''))
  await m.on('new').putKey(sys('b', 'theirs'))
  // As the first of the two steps of a write leaves it: the new value, with the expiry that only a deletion clears.
  await m.on('new').putKey(sys('c', '1', { ttl: 9000 }))
  const undone = await run(undoStage, settings)
  expect(undone).toMatchObject({ exit: 3, data: { for_person: [{ identity: 'st2kv.system:b', state: 'left' }] } })
  await m.on('new').putKey(sys('b', '0'))
  await backAs(before)
})

test('any source over any target, stopped anywhere: undone it is as before', async () => {
  await fc.assert(
    fc.asyncProperty(anyStore, anyStore, fc.nat(30), fc.nat(30), async (source, there, first, second) => {
      const mixed = there.map((k, i) => (i % 2 === 0 && source[i] ? { ...k, name: source[i].name, scope: source[i].scope } : k))
      const { settings, before } = await planned(source, mixed.filter((k, i, all) => all.findIndex((o) => o.name === k.name && o.scope === k.scope) === i))
      const cut = async (stage: typeof undoStage, items: number): Promise<void> => {
        await stage({ ...(await context(settings.run)), system: stoppingAfter(items) }, settings).catch((error: unknown) => expect(error).toMatchObject({ name: 'Interrupted' }))
        await m.closeInstances()
      }
      await cut(applyStage, first)
      const began = (await run(undoStage, { ...settings, dryRun: true }).catch(() => undefined)) !== undefined
      if (!began) return backAs(before)
      await cut(undoStage, second)
      expect(await run(undoStage, settings)).toMatchObject({ exit: 0 })
      await backAs(before)
      expect((await run(undoStage, settings)).summary[0]).toMatch(/nothing of run/)
    }),
    { numRuns: 10 },
  )
})
