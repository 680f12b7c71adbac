/** Properties over generated datastores: apply then verify is empty, apply again writes nothing, whatever stood on the target. */
import * as fc from 'fast-check'
import { applyStage, exportStage, planStage, verifyStage } from '../../src/engine'
import { keys } from '../../src/kinds/keys'
import type { KeyToWrite } from '../../src/st2/port'
import { startMigration, type Migration } from '../support/migration'
import { anyStore as store } from '../support/stores'

let m: Migration
beforeAll(async () => {
  m = await startMigration()
})
afterAll(() => m.end())

let serial = 0
const fill = async (side: 'old' | 'new', made: KeyToWrite[]): Promise<void> => {
  m[side].sandbox.store.reset()
  const api = m.on(side)
  for (const one of made) await api.putKey(one)
}

test('any source over any target: everything arrives, nothing is lost or written twice', async () => {
  await fc.assert(
    fc.asyncProperty(store, store, async (source, target) => {
      await fill('old', source)
      // Half of the target's names are the source's, so that differences and equal values come up too.
      await fill('new', target.map((k, i) => (i % 2 === 0 && source[i] ? { ...k, name: source[i].name, scope: source[i].scope } : k)).filter((k, i, all) => all.findIndex((o) => o.name === k.name && o.scope === k.scope) === i))
      const settings = m.settings({ run: `p${++serial}`, onConflict: 'overwrite' })
      const context = { ...(await m.context({ run: settings.run })), kinds: [keys] }
      await exportStage(context, settings)
      await planStage(context, settings)
      await applyStage(context, settings)
      const verified = await verifyStage(context, settings)
      expect([verified.exit, verified.data.differing]).toEqual([0, []])
      const total = verified.data.total as Record<string, number>
      expect(total.carried! + total.identical! + total.transformed!).toBe(source.length)
      expect((await applyStage(context, settings)).data.writes).toBe(0)
      await planStage(context, { ...settings, onConflict: 'fail' })
      expect((await applyStage(context, settings)).data.writes).toBe(0)
      await m.closeInstances()
    }),
    { numRuns: 12 },
  )
})
