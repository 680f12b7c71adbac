/** What happens to the plan's file while an apply is under way does not matter to it. */
import * as fs from 'fs'
import * as path from 'path'
import { applyStage, exportStage, planStage } from '../../src/engine'
import { keys } from '../../src/kinds/keys'
import type { Kind } from '../../src/kinds/kind'
import { startMigration, type Migration } from '../support/migration'

let m: Migration
beforeEach(async () => {
  m = await startMigration()
})
afterEach(() => m.end())

test('a plan that is made anew meanwhile does not change what is written, nor what the journal and the ledger say', async () => {
  await m.on('old').putKey({ name: 'a', value: '1', scope: 'system' })
  await m.on('old').putKey({ name: 'b', value: '2', scope: 'system' })
  const context = { ...(await m.context()), kinds: [keys] as readonly Kind[] }
  const settings = m.settings()
  await exportStage(context, settings)
  await planStage(context, settings)
  const plan = path.join(m.stateDir, 'runs', settings.run, 'plan.jsonl')
  const meddling: Kind = {
    ...(keys as Kind),
    list: async function* (reading) {
      yield* keys.list(reading)
      const lines = fs.readFileSync(plan, 'utf8').split('\n')
      fs.writeFileSync(plan, lines.filter((line) => !line.includes('st2kv.system:a')).join('\n'))
    },
  }
  const applied = await applyStage({ ...context, kinds: [meddling] }, settings)
  expect(applied).toMatchObject({ exit: 0, data: { writes: 2 } })
  expect(m.ledger().map(({ identity, outcome }) => [identity, outcome])).toEqual([
    ['st2kv.system:a', 'carried'],
    ['st2kv.system:b', 'carried'],
  ])
})
