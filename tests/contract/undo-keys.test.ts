/** Undo of datastore keys: the target's own keys are as they were, whatever the apply did, wherever it or the undo was cut off. */
import * as fc from 'fast-check'
import { applyStage, exportStage, planStage, undoStage } from '../../src/engine'
import { keys } from '../../src/kinds/keys'
import type { KeyToWrite } from '../../src/st2/port'
import { startMigration, type Migration } from '../support/migration'
import { changesBetween, snapshotOf, type Snapshot } from '../support/snapshot'

let m: Migration
beforeAll(async () => {
  m = await startMigration()
})
afterAll(() => m.end())

let serial = 0
const fill = async (side: 'old' | 'new', made: KeyToWrite[]): Promise<void> => {
  m[side].sandbox.store.reset()
  for (const one of made) await m.on(side).putKey(one)
}
const target = async (run: string): Promise<Snapshot> => snapshotOf((await m.context({ run })).target!)

async function applied(source: KeyToWrite[], there: KeyToWrite[]) {
  await fill('old', source)
  await fill('new', there)
  const settings = m.settings({ run: `u${++serial}`, onConflict: 'overwrite' })
  const context = { ...(await m.context({ run: settings.run })), kinds: [keys] }
  const before = await target(settings.run)
  await exportStage(context, settings)
  await planStage(context, settings)
  expect(await applyStage(context, settings)).toMatchObject({ exit: 0 })
  return { settings, context, before }
}
const sys = (name: string, value: string, more: Partial<KeyToWrite> = {}): KeyToWrite => ({ name, value, scope: 'system', ...more })

test('what was created goes, what was overwritten comes back as it was', async () => {
  const source = [sys('new', 'n'), sys('same', 's'), sys('other', 'ours', { ttl: 7200 }), sys('secret', 'ours', { secret: true }), sys('described', 'v'), sys('hers', 'a', { scope: 'user' })]
  const there = [sys('same', 's'), sys('other', 'theirs'), sys('secret', 'theirs', { secret: true }), sys('described', 'v', { description: 'why', ttl: 9000 }), sys('own', 'o')]
  const { settings, context, before } = await applied(source, there)
  expect(changesBetween(before, await target(settings.run)).length).toBe(5)
  const undone = await undoStage(context, settings)
  expect(undone).toMatchObject({ exit: 0, data: { counts: { keys: { removed: 2, restored: 3 } } } })
  expect(changesBetween(before, await target(settings.run))).toEqual([])
  const writes = m.new.counts.writes
  expect(await undoStage(context, settings)).toMatchObject({ exit: 0, summary: [expect.stringMatching(/nothing of run .* to take back/)] })
  expect(m.new.counts.writes).toBe(writes)
})
