/**
 * Undo, for every kind of the registry: the target is afterwards as it was before the apply, whatever stood there, wherever the
 * apply or the undo itself was cut off; and what a person changed in between is left.
 */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { activateStage, applyStage, exportStage, planStage, undoStage, verifyStage, type Stage, type StageContext, type StageResult, type StageSettings } from '../../src/engine'
import { KINDS } from '../../src/kinds'
import { seedEstate, type Estate } from '../../src/sandbox/estate'
import { AppendLog } from '../../src/system/append-log'
import { FIXTURES } from '../fixtures/kinds'
import { jsonLines, startMigration, type Migration } from '../support/migration'
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
const NULL_KEY = 'st2kv.system:null'
const open = ({ data }: StageResult): unknown[] => (data.for_person as { identity: string }[]).filter(({ identity }) => identity !== NULL_KEY)
const unlike = (before: Snapshot, after: Snapshot): string[] => changesBetween(before, after).filter((change) => !change.startsWith(`keys ${NULL_KEY}:`))

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

/** Plan and apply of a run of its own; what the target was before. */
async function applied(name: string, more: Partial<StageSettings> = {}): Promise<{ before: Snapshot; mine: StageSettings }> {
  const before = await target()
  const mine = settings(name, more)
  await run(planStage, mine)
  expect(failed(await run(applyStage, mine))).toEqual([])
  return { before, mine }
}

/** As a killed command leaves one on the target. */
async function leftKey(user: string): Promise<void> {
  const { target: instance } = await m.context({ run: 'look', source: false })
  const { id } = await m.on('new').post<{ id: string }>('/v1/apikeys', { user })
  fs.appendFileSync(path.join(m.stateDir, 'borrowed.jsonl'), `${JSON.stringify({ id, user, state: 'intent', instance: instance!.id, run: 'killed' })}\n`)
  await m.closeInstances()
}

test('everything that an apply created goes', async () => {
  const { before, mine } = await applied('created')
  expect(changesBetween(before, await target()).length).toBeGreaterThan(100)
  await leftKey('alice')
  const shown = await run(undoStage, { ...mine, dryRun: true })
  expect(shown.summary.join('\n')).toMatch(/dry run: nothing was written\)\nbut for this, .* temporary API keys .* of: alice\nwould remove .*packs/)
  const undone = await run(undoStage, mine)
  expect(undone).toMatchObject({ exit: 3, data: { for_person: [{ identity: NULL_KEY, state: 'manual' }] } })
  expect(unlike(before, await target())).toEqual([])
  for (const { name, staged } of KINDS) if (!staged) expect(Object.keys(undone.data.counts as object)).toContain(name)
})

test('an apply after that works, and is taken back too', async () => {
  const before = await target()
  const mine = settings('created')
  const again = await run(applyStage, mine)
  expect(failed(again)).toEqual([])
  expect(again).toMatchObject({ summary: expect.arrayContaining([expect.stringMatching(/ \(anew, after an undo\)$/)]), data: { resumed: false } })
  expect(await run(verifyStage, mine)).toMatchObject({ data: { differences: 0 } })
  expect(open(await run(undoStage, mine))).toEqual([])
  expect(unlike(before, await target())).toEqual([])
})

/** What stops an undo that cannot reach the target's files, as its dry run tells it. */
async function withoutFiles(mine: StageSettings): Promise<unknown> {
  const { data } = await undoStage(await m.context({ run: mine.run, files: 'source' }), { ...mine, dryRun: true })
  await m.closeInstances()
  return data.stops
}

test('a quiet landing and its activation are taken back', async () => {
  const { before, mine } = await applied('quiet', { landing: 'quiet', allowActive: false })
  expect(await withoutFiles(mine)).toMatch(/_global\.yaml, which keeps the target quiet$/)
  await run(activateStage, mine)
  expect(await run(verifyStage, mine)).toMatchObject({ data: { differences: 0 } })
  expect(await withoutFiles(mine)).toMatch(/ overrides?, states in \w+\.yaml/)
  const undone = await run(undoStage, mine)
  expect(open(undone)).toEqual([])
  expect(await withoutFiles(mine)).toBeUndefined()
  expect(unlike(before, await target())).toEqual([])
  for (const { name } of KINDS) expect(Object.keys(undone.data.counts as object)).toContain(name)
})

describe('over a target that people work on', () => {
  let base: { before: Snapshot; mine: StageSettings }
  /** What was changed there after the first apply, one thing of each kind. */
  const changed = new Map<string, string>()

  beforeAll(async () => {
    base = await applied('base')
    await run(activateStage, base.mine)
    for (const { name } of KINDS) changed.set(name, await FIXTURES[name]!.meddle(m))
  })

  test('what an apply overwrote of each kind comes back as it was', async () => {
    const { before, mine } = await applied('over', { onConflict: 'overwrite' })
    await run(activateStage, mine)
    expect(changesBetween(before, await target()).length).toBeGreaterThanOrEqual(KINDS.length)
    const undone = await run(undoStage, mine)
    expect(open(undone)).toEqual([])
    expect(unlike(before, await target())).toEqual([])
    const counts = undone.data.counts as Record<string, { restored?: number }>
    expect(KINDS.filter(({ name }) => !counts[name]?.restored).map(({ name }) => name)).toEqual([])
  })

  test('what somebody changed since an apply is left, and all else goes', async () => {
    const undone = await run(undoStage, base.mine)
    expect(undone.exit).toBe(3)
    const left = open(undone) as { kind: string; identity: string; state: string }[]
    for (const [kind, identity] of changed) expect(left).toContainEqual(expect.objectContaining({ kind, identity, state: 'left' }))
    // A trigger type stays with the rule that uses it, a pack with its configuration.
    expect(left.filter(({ kind, identity }) => changed.get(kind) !== identity)).toEqual([
      expect.objectContaining({ kind: 'packs', identity: changed.get('configs'), note: `it is needed by configs ${changed.get('configs')}, which is left` }),
      expect.objectContaining({ identity: 'default.capacity', note: 'it is needed by rules default.orphan, which is left' }),
    ])
    // With a pack its rows stay, with an action its file.
    const names = ['meddled', 'default.capacity', 'greet', ...changed.values()]
    const stays = (change: string): boolean => names.some((name) => change.includes(name)) || new RegExp(`[ /:]${changed.get('packs')}[./: ]`).test(change)
    expect(unlike(base.before, await target()).filter((change) => !stays(change))).toEqual([])
  })
})

/** As a kill: after so many lines no journal takes another one. What is in work then still reaches the target, unconfirmed. */
async function cutOff(lines: number, work: () => Promise<unknown>): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const append = AppendLog.prototype.append
  let count = 0
  const spy = jest.spyOn(AppendLog.prototype, 'append').mockImplementation(function (this: AppendLog, record: unknown) {
    if (count >= lines) throw new Error('cut off')
    count++
    append.call(this, record)
  })
  await expect(work()).rejects.toThrow('cut off').finally(() => spy.mockRestore())
}

/** How many lines a journal has when half of those of a kind are written. */
function amid(name: string, file: string, kind: string): number {
  const lines = jsonLines(path.join(m.stateDir, 'runs', name, file)) as { kind?: string }[]
  const of = lines.flatMap((line, at) => (line.kind === kind ? [at] : []))
  return of[Math.floor(of.length / 2)]!
}

describe('wherever it is cut off', () => {
  const CUT = ['keys', 'packs', 'configs', 'rules', 'aliases']
  const whole = (): StageSettings => settings('whole', { onConflict: 'overwrite' })
  let before: Snapshot
  /** Back to where nothing but the plan is made, and to where all is applied. */
  let planned: () => Promise<void>
  let landed: () => Promise<void>
  /** By file and kind: after how many of the lines of an undisturbed run it is cut off. */
  const lines: Record<string, Record<string, number>> = {}

  beforeAll(async () => {
    before = await target()
    await run(planStage, whole())
    planned = await m.mark()
    expect(failed(await run(applyStage, whole()))).toEqual([])
    landed = await m.mark()
    expect(open(await run(undoStage, whole()))).toEqual([])
    expect(unlike(before, await target())).toEqual([])
    for (const file of ['journal.jsonl', 'undo.jsonl']) lines[file] = Object.fromEntries(CUT.map((kind) => [kind, amid('whole', file, kind)]))
  })

  test.each(CUT)('an apply among its %s is taken back', async (kind) => {
    await planned()
    await cutOff(lines['journal.jsonl']![kind]!, () => run(applyStage, whole()))
    expect(open(await run(undoStage, whole()))).toEqual([])
    expect(unlike(before, await target())).toEqual([])
  })

  test.each(['rules', 'packs', 'keys'])('an undo among its %s goes on', async (kind) => {
    await landed()
    await cutOff(lines['undo.jsonl']![kind]!, () => run(undoStage, whole()))
    expect(open(await run(undoStage, whole()))).toEqual([])
    expect(unlike(before, await target())).toEqual([])
    expect((await run(undoStage, whole())).summary[0]).toMatch(/nothing of run/)
  })
})
