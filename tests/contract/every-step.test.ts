/**
 * Promise 3 at every step of a journal, over all kinds, over what is created as well as what is overwritten: an apply, an activation
 * and an undo that are stopped after each intent and before each confirmation, and run again each time, end as undisturbed ones do.
 */
import * as path from 'path'
import { activateStage, applyStage, exportStage, planStage, undoStage, verifyStage, type Stage, type StageResult, type StageSettings } from '../../src/engine'
import { Journal } from '../../src/engine/journal'
import { UndoJournal, type UndoLine } from '../../src/engine/undo-journal'
import { KINDS } from '../../src/kinds'
import { FIXTURES } from '../fixtures/kinds'
import { jsonLines, startMigration, type Migration } from '../support/migration'
import { FIRST, putOneOfEach, SECOND } from '../support/one-of-each'
import { changesBetween, snapshotOf, type Snapshot } from '../support/snapshot'

jest.setTimeout(300_000)
const names = KINDS.map(({ name }) => name)
let m: Migration
let before: Snapshot
let landed: Snapshot
let active: Snapshot

const settings = (run: string, more: Partial<StageSettings> = {}): StageSettings =>
  m.settings({ run, landing: 'quiet', allowActive: true, servePacks: true, users: ['alice', 'bob'], onConflict: 'overwrite', concurrency: 1, ...more })
/** Of the run that is stopped at every step. */
const mine = (): StageSettings => settings('steps')

/** One stage as a command of its own. */
async function run(stage: Stage, how: StageSettings): Promise<StageResult> {
  const context = await m.context({ run: how.run })
  try {
    return await stage(context, how)
  } finally {
    await m.closeInstances()
  }
}

async function target(): Promise<Snapshot> {
  const { target: instance } = await m.context({ run: 'look', source: false })
  return snapshotOf(instance!).finally(() => m.closeInstances())
}

/** The first of everything stands on the target, each changed there since; the second of everything is to come. The undisturbed way is seen first. */
beforeAll(async () => {
  m = await startMigration()
  hurry(m)
  await putOneOfEach(m, FIRST)
  for (const stage of [exportStage, planStage, applyStage, activateStage]) expect(await run(stage, settings('base'))).toMatchObject({ exit: 0 })
  for (const name of names) await FIXTURES[name]!.meddle(m)
  await putOneOfEach(m, SECOND)
  for (const stage of [exportStage, planStage]) expect(await run(stage, mine())).toMatchObject({ exit: 0 })
  const planned = await m.mark()
  before = await target()
  await run(applyStage, mine())
  landed = await target()
  await run(activateStage, mine())
  active = await target()
  await planned()
})
afterAll(() => m.end())

/** No other run takes the lock meanwhile: what waits for one to show itself need not. */
function hurry({ system: { clock } }: Migration): void {
  const sleep = clock.sleep.bind(clock)
  jest.spyOn(clock, 'sleep').mockImplementation((ms) => sleep(Math.min(ms, 20)))
}

/** What differs between two ways to the same: ciphertexts, and what git notes of a clone (times, and the port that it came from). */
function unlike(one: Snapshot, other: Snapshot): string[] {
  const plain = (snapshot: Snapshot): Snapshot =>
    Object.fromEntries(Object.entries(snapshot).filter(([name]) => !/^file .*\/\.git\/(config|index|logs\/.*)$/.test(name)).map(([name, text]) => [name, text.replace(/"(30){5}[0-9A-F]+"/g, 'a ciphertext')]))
  return changesBetween(plain(one), plain(other))
}

class Stopped extends Error {}
type Log = { intend: (...of: never[]) => void; confirm: (...of: never[]) => void }

/**
 * Runs a stage again and again until it ends by itself. Each time it is stopped at the first step that no earlier time has met: an intent is on
 * disk and nothing is written yet, or a write is done and nothing says so. As after a kill, no line comes after that. (A stop right after
 * a confirmation is the next intent's without its line.)
 */
async function stoppedEverywhere(stage: Stage, log: Log): Promise<{ steps: string[]; ended: StageResult }> {
  const steps = new Set<string>()
  let stopped = false
  const stop = (step: string): void => {
    if (steps.has(step)) return
    steps.add(step)
    stopped = true
    throw new Stopped(step)
  }
  const spies = (['intend', 'confirm'] as const).map((name) => {
    const real = log[name]
    return jest.spyOn(log, name).mockImplementation(function (this: Log, ...of: unknown[]) {
      if (stopped) throw new Stopped('gone')
      if (name === 'confirm') stop(`unconfirmed ${aboutOf(of)}`)
      real.apply(this, of as never[])
      if (name === 'intend') stop(`intended ${aboutOf(of)}`)
    })
  })
  try {
    for (;;) {
      stopped = false
      try {
        return { ended: await run(stage, mine()), steps: [...steps] }
      } catch (error) {
        if (!(error instanceof Stopped)) throw error
      }
    }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

/** Kind and identity: in an undo's intent as texts, else as members of the first. */
const aboutOf = ([first, second]: unknown[]): string => (typeof first === 'string' ? `${first} ${String(second)}` : `${(first as UndoLine).kind} ${(first as UndoLine).identity}`)

/** Of which kinds something was done that stands in none of the steps. */
const missing = (steps: string[], kinds: string[]): string[] => kinds.filter((kind) => !steps.some((step) => step.startsWith(`unconfirmed ${kind} `)))
const STAGED = KINDS.filter(({ staged }) => staged).map(({ name }) => name)

test('the plan creates and overwrites something of every kind', () => {
  const changes = jsonLines(path.join(m.stateDir, 'runs/steps/plan.jsonl')) as { kind?: string; action?: string }[]
  for (const action of ['create', 'update']) expect(names.filter((name) => !changes.some((change) => change.kind === name && change.action === action))).toEqual([])
})

test('an apply that is stopped at every step ends as an undisturbed one', async () => {
  const { steps, ended } = await stoppedEverywhere(applyStage, Journal.prototype)
  expect(missing(steps, names.filter((name) => !STAGED.includes(name)))).toEqual([])
  expect(ended.exit).toBe(0)
  expect(unlike(landed, await target())).toEqual([])
  expect(await run(verifyStage, mine())).toMatchObject({ exit: 0, data: { differences: 0, phase: 'quiet' } })
  expect((await run(applyStage, mine())).data.writes).toBe(0)
})

test('an activation that is stopped at every step ends as an undisturbed one', async () => {
  const { steps, ended } = await stoppedEverywhere(activateStage, Journal.prototype)
  expect(missing(steps, STAGED)).toEqual([])
  expect(ended.exit).toBe(0)
  expect(unlike(active, await target())).toEqual([])
  expect(await run(verifyStage, mine())).toMatchObject({ exit: 0, data: { differences: 0, phase: 'active' } })
  expect((await run(activateStage, mine())).data.writes).toBe(0)
})

test('an undo that is stopped at every step gives the old target back', async () => {
  const { steps, ended } = await stoppedEverywhere(undoStage, UndoJournal.prototype)
  expect(missing(steps, names)).toEqual([])
  expect(ended).toMatchObject({ exit: 0, data: { for_person: [] } })
  expect(changesBetween(before, await target())).toEqual([])
})
