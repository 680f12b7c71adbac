/** An archive that a run has already is used again: what it does not hold, and whose it is, must not be passed over. */
import { exportOnce, planStage, verifyStage } from '../../src/engine'
import { KINDS } from '../../src/kinds'
import { startMigration, type Migration } from '../support/migration'

let m: Migration
beforeEach(async () => {
  m = await startMigration()
})
afterEach(() => m.end())

test('kinds that it was made without are named by plan and verify', async () => {
  const context = await m.context()
  await exportOnce(context, m.settings({ only: ['keys'] }))
  expect((await exportOnce(context, m.settings())).data).toMatchObject({ resumed: true })
  const others = KINDS.map(({ name }) => name).filter((name) => name !== 'keys')
  const line = `not looked at: ${others.join(', ')}: the archive was made without them`
  expect((await planStage(context, m.settings())).summary).toContain(line)
  expect((await verifyStage(context, m.settings())).summary).toContain(line)
  expect((await verifyStage(context, m.settings({ only: ['keys'] }))).summary).not.toContain(line)
})

test('of another source than the one that is named now is refused', async () => {
  const context = await m.context()
  await exportOnce(context, m.settings({ only: ['keys'] }))
  const other = { ...context, source: { ...context.source!, id: 'another', url: 'https://another.example' } }
  await expect(exportOnce(other, m.settings())).rejects.toMatchObject({ exit: 2, message: 'run r1 has the archive of another instance than https://another.example' })
})
