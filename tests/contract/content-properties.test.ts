/**
 * Properties over generated instances, of all kinds that are made through the API or are files of a pack: apply then verify is empty,
 * apply again writes nothing, activate then verify is empty, and undo gives the former snapshot, whatever stood on the target.
 */
import * as fc from 'fast-check'
import { activateStage, applyStage, exportStage, planStage, undoStage, verifyStage, type Stage, type StageResult, type StageSettings } from '../../src/engine'
import { KINDS } from '../../src/kinds'
import { anyContent, fillBoth, type Content } from '../support/any-content'
import { startMigration, type Migration } from '../support/migration'
import { changesBetween, snapshotOf, type Snapshot } from '../support/snapshot'

jest.setTimeout(240_000)
/** The pack itself is the same on both; files of the host have suites of their own. */
const kinds = KINDS.filter(({ name }) => !['packs', 'rbac', 'host_files'].includes(name))

let m: Migration
beforeAll(async () => {
  m = await startMigration()
})
afterAll(() => m.end())

async function run(stage: Stage, settings: StageSettings): Promise<StageResult> {
  const context = await m.context({ run: settings.run })
  return stage({ ...context, kinds }, settings).finally(() => m.closeInstances())
}

async function target(): Promise<Snapshot> {
  const { target: instance } = await m.context({ run: 'look', source: false })
  return snapshotOf(instance!).finally(() => m.closeInstances())
}

let serial = 0

async function holds(content: Content, landing: StageSettings['landing']): Promise<void> {
  await fillBoth(m, content)
  const before = await target()
  const settings = m.settings({ run: `p${++serial}`, landing, allowActive: true, onConflict: 'overwrite', users: ['alice'] })
  for (const stage of [exportStage, planStage, applyStage, verifyStage]) expect(told(await run(stage, settings))).toEqual(NOTHING)
  expect((await run(applyStage, settings)).data.writes).toBe(0)
  for (const stage of [activateStage, verifyStage]) expect(told(await run(stage, settings))).toEqual(NOTHING)
  for (const stage of [applyStage, activateStage]) expect((await run(stage, settings)).data.writes).toBe(0)
  expect(told(await run(undoStage, settings))).toEqual(NOTHING)
  expect(changesBetween(plain(before), plain(await target())).filter((change) => !stays(change))).toEqual([])
}

/** Without what any registration makes anew: the order of a pack's files, and what the API alone fills into an action's output schema. */
const plain = (snapshot: Snapshot): Snapshot => Object.fromEntries(Object.entries(snapshot).map(([name, text]) => [name, /^row (packs|actions) lab/.test(name) ? JSON.stringify({ ...(JSON.parse(text) as object), files: 0, output_schema: 0 }) : text]))

const NOTHING = { exit: 0, differing: [], for_person: [] }
const told = ({ exit, data: { differing = [], for_person = [] } }: StageResult): unknown => ({ exit, differing, for_person })

/** Of a configuration that was not there before the record stays, empty: no API deletes it, and its pack was there before. */
const stays = (change: string): boolean => /^(configs|row configs) lab: absent -> .*"values":\{\}/.test(change)

const NONE: Content = { keys: [], keyNames: [], apiKeys: [], triggerTypes: [], actions: [], rules: [], policies: [], aliases: [], config: {}, overrides: {}, globals: {}, switched: {} }
const RULE = { trigger: 1, criteria: {}, parameters: {}, enabled: true }
const FOUND: Content[] = [
  // Empty descriptions of the target's came back as none.
  {
    ...NONE,
    triggerTypes: [{ name: 'A', pack: 'lab', old: { description: 'x', parameters: true, payload_schema: {} }, new: { description: '', parameters: true, payload_schema: {} } }],
    rules: [{ name: 'dot.ted', pack: 'lab', old: RULE, new: { ...RULE, description: '' } }],
  },
  // A trigger type that the run had brought, for a rule of the target's own that it overwrote, was left behind.
  {
    ...NONE,
    triggerTypes: [{ name: 't', pack: 'default', old: { parameters: false, payload_schema: {} } }],
    rules: [{ name: 'r', pack: 'default', old: { ...RULE, trigger: 2 }, new: { ...RULE, trigger: 2 } }],
  },
]

test('any source over any target: everything arrives, nothing is written twice, and all of it can be taken back', async () => {
  const landing = fc.constantFrom('active' as const, 'quiet' as const)
  // To make a found case smaller takes minutes: without endOnFailure it is done.
  await fc.assert(fc.asyncProperty(anyContent, landing, holds), { numRuns: 10, endOnFailure: true, examples: FOUND.map((content) => [content, 'quiet']) })
})
