/**
 * Undo, for every kind of the registry: the target is afterwards as it was before the apply, whatever stood there, wherever the
 * apply or the undo itself was cut off; and what a person changed in between is left.
 */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { applyStage, exportStage, planStage, undoStage, type Stage, type StageContext, type StageResult, type StageSettings } from '../../src/engine'
import { KINDS } from '../../src/kinds'
import { seedEstate, type Estate } from '../../src/sandbox/estate'
import { startMigration, type Migration } from '../support/migration'
import { changesBetween, snapshotOf, type Snapshot } from '../support/snapshot'

jest.setTimeout(300_000)
let m: Migration
let estate: Estate
let workDir: string
let archive: string | undefined

beforeAll(async () => {
  workDir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-undo-'))
  m = await startMigration({ old: { ttlSweepMs: 3_600_000 } })
  estate = await seedEstate({ apiUrl: m.old.apiUrl, authUrl: m.old.authUrl, root: m.old.sandbox.paths.root }, { size: 'small', workDir })
  await run(exportStage, settings('source'))
  archive = (JSON.parse(fs.readFileSync(path.join(m.stateDir, 'runs', 'source', 'run.json'), 'utf8')) as { archive: string }).archive
})
afterAll(async () => {
  await estate.close()
  await m.end()
  fs.rmSync(workDir, { recursive: true, force: true })
})

const settings = (run: string, more: Partial<StageSettings> = {}) => m.settings({ run, allowActive: true, servePacks: true, users: ['alice', 'bob'], ...(archive !== undefined && { archive }), ...more })

/** What an apply could not do; kinds that are put in place by activate do not count. */
const STAGED = KINDS.filter(({ staged }) => staged).map(({ name }) => name)
const failed = ({ data }: StageResult): unknown[] => (data.for_person as { kind: string; outcome: string }[]).filter(({ kind, outcome }) => outcome === 'failed' && !STAGED.includes(kind))

/** No API deletes a key of this name. */
const NULL_KEY = expect.objectContaining({ identity: 'st2kv.system:null', state: 'manual' }) as unknown
const unlike = (before: Snapshot, after: Snapshot): string[] => changesBetween(before, after).filter((change) => !change.startsWith('keys st2kv.system:null:'))

/** One stage as a command of its own. */
async function run(stage: Stage, settings: StageSettings, more: Partial<StageContext> = {}): Promise<StageResult> {
  const context = await m.context({ run: settings.run })
  try {
    return await stage({ ...context, ...more }, settings)
  } finally {
    await m.closeInstances()
  }
}

async function target(): Promise<Snapshot> {
  const { target: instance } = await m.context({ run: 'look', source: false })
  const found = await snapshotOf(instance!)
  await m.closeInstances()
  return found
}

test('everything that an apply created goes', async () => {
  const u1 = settings('u1')
  const before = await target()
  await run(planStage, u1)
  expect(failed(await run(applyStage, u1))).toEqual([])
  expect(changesBetween(before, await target()).length).toBeGreaterThan(100)
  const undone = await run(undoStage, u1)
  expect(undone.data.for_person).toEqual([NULL_KEY])
  expect(unlike(before, await target())).toEqual([])
  for (const { name, staged } of KINDS) if (!staged) expect(Object.keys(undone.data.counts as object)).toContain(name)
})
