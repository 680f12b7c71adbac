/** A source is quiesced: off and kept, exported as it was before, carried once more, taken back. */
import * as fs from 'fs'
import * as path from 'path'
import { activateStage, applyStage, exportStage, planStage, quiesceStage, verifyStage, type StageContext, type StageSettings } from '../../src/engine'
import { acting, ACTING_KINDS, seedActing, switches } from '../support/acting'
import { startMigration, type Migration } from '../support/migration'

jest.setTimeout(120_000)
let m: Migration
beforeEach(async () => {
  m = await startMigration()
  await seedActing(m)
})
afterEach(() => m.end())

const context = async (run: string): Promise<StageContext> => ({ ...(await m.context({ run })), kinds: ACTING_KINDS })
const settings = (run: string, more: Partial<StageSettings> = {}): StageSettings => m.settings({ run, landing: 'quiet', servePacks: true, ...more })

async function moved(run: string): Promise<{ c: StageContext; writes: unknown }> {
  const c = await context(run)
  await exportStage(c, settings(run))
  await planStage(c, settings(run))
  return { c, writes: (await applyStage(c, settings(run))).data.writes }
}
const onOld = async (): Promise<string[]> => acting(await switches(m, 'old')).filter((name) => !name.startsWith('actionalias'))

test('off and kept; the last pass carries only what changed, with the states from before; taken back, it is as it was', async () => {
  const before = await switches(m, 'old')
  await moved('r1')
  await m.on('old').putKey({ name: 'late', scope: 'system', value: 'x' })
  const c = await context('q1')
  const quiesced = await quiesceStage(c, settings('q1'))
  expect([quiesced.exit, quiesced.summary[0]]).toEqual([0, expect.stringMatching(/^\d+ rules and sensors switched off on .*, their state is kept; nothing runs any more$/)])
  expect(quiesced.summary.slice(-2)).toEqual([expect.stringMatching(/--take-back$/), expect.stringMatching(/^next: st2upgrade migrate --on-conflict overwrite /)])
  expect(await onOld()).toEqual([])
  expect(await quiesceStage(c, settings('q1'))).toMatchObject({ exit: 0, data: { switched_off: quiesced.data.switched_off } })
  await expect(quiesceStage(await context('q2'), settings('q2'))).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('q1') })

  const last = await moved('r2')
  expect(last.writes).toBe(1)
  expect((await activateStage(last.c, settings('r2'))).exit).toBe(0)
  expect(await switches(m, 'new')).toEqual(before)
  expect((await verifyStage(last.c, settings('r2'))).exit).toBe(0)

  const back = await quiesceStage(c, settings('q1', { takeBack: true }))
  expect([back.exit, back.data.switched_on]).toEqual([0, quiesced.data.switched_off])
  expect(await switches(m, 'old')).toEqual(before)
  expect(await quiesceStage(c, settings('q1', { takeBack: true }))).toMatchObject({ exit: 0, data: { switched_on: 0 } })
  expect(await m.on('old').key('st2upgrade.quiesced', 'system')).toBeUndefined()
})

test('an export elsewhere does not take the off of a quiesce for the source\'s own', async () => {
  const c = await context('q1')
  await quiesceStage(c, settings('q1'))
  fs.rmSync(path.join(m.stateDir, 'runs', 'q1'), { recursive: true })
  await expect(exportStage(await context('r1'), settings('r1'))).rejects.toMatchObject({ exit: 5, message: expect.stringContaining('quiesced by run q1') })
})

test('waits for what runs, as long as it may, and lists what still does', async () => {
  const started = await m.on('old').post<{ id: string }>('/v1/executions', { action: 'core.local', parameters: { cmd: 'sleep 3' } })
  const c = await context('q1')
  const impatient = await quiesceStage(c, settings('q1'))
  expect(impatient.exit).toBe(3)
  expect(impatient.summary[impatient.summary.length - 1]).toBe('next: st2upgrade quiesce --run q1 --wait 600')
  expect(impatient.summary.join('\n')).toMatch(new RegExp(`still runs: ${started.id} core.local of st2admin, \\w+ since `))
  expect(await quiesceStage(c, settings('q1', { wait: 30 }))).toMatchObject({ exit: 0, data: { running_total: 0 } })
  expect((await m.on('old').get<{ status: string }>(`/v1/executions/${started.id}`)).status).toBe('succeeded')
})
