/** Runs the real stages between the demo's two places, and reads the ledger that they leave. */
import * as path from 'path'
import { EXIT } from '../../core/exit-codes'
import type { LedgerEntry } from '../../core/model'
import { activateStage, migrateStages, openInstance, verifyStage, type OpenInstance, type StageContext, type StageResult, type StageSettings } from '../../engine'
import { PASSWORD } from '../../sandbox/estate'
import { connect } from '../../st2/client'
import { logLines } from '../../system/append-log'
import type { System } from '../../system/ports'
import type { Places } from './places'
import type { Place } from './snapshot'

export interface StageRun {
  system: System
  tool: string
  places: Places
  run: string
  /** Told of each stage as it ends. */
  ended: (result: StageResult) => void
}

/** All stages of one run, as `migrate` has them; the target is quiet at their end. */
export function runStages(stageRun: StageRun): Promise<void> {
  const { run, ended } = stageRun
  return withInstances(stageRun, async (context) => void (await migrateStages(context, settingsFor(run), { ended })))
}

/** Switches the target on, and proves it once more. */
export function runActivation(stageRun: StageRun): Promise<void> {
  const { run, ended } = stageRun
  return withInstances(stageRun, async (context) => {
    for (const stage of [activateStage, verifyStage]) ended(await stage(context, settingsFor(run)))
  })
}

/** The instances are open only meanwhile, so that no temporary API key outlives it. */
async function withInstances({ system, tool, places, run }: StageRun, work: (context: StageContext) => Promise<void>): Promise<void> {
  const stateDir = path.join(places.dir, 'state')
  const opened: OpenInstance[] = []
  const open = async (side: 'source' | 'target', { apiUrl, authUrl, root }: Place): Promise<OpenInstance> => {
    const api = connect({ url: apiUrl, authUrl, credentials: { user: 'st2admin', password: PASSWORD }, clock: system.clock })
    const instance = await openInstance({ side, api, system, stateDir, run, root, otherUsers: true })
    opened.push(instance)
    return instance
  }
  try {
    await work({ system, stateDir, tool, source: await open('source', places.source), target: await open('target', places.target) })
  } finally {
    for (const instance of opened) await instance.close()
  }
}

function settingsFor(run: string): StageSettings {
  return { run, otherUsers: true, users: [], servePacks: false, onConflict: 'fail', landing: 'quiet', plainArchive: false, includeCryptoKey: false, allowActive: false, allowOlder: false }
}

/** What a whole run came to. */
export interface Outcome {
  entries: LedgerEntry[]
  /** What the ledger says beside its items, for example whose keys were looked at. */
  notes: string[]
  writes: number
  /** Stages that did not end well; items that need a person are for the account to judge. */
  faults: string[]
}

/** Reads the ledger that `verify` named, line by line. */
export async function outcomeOf(results: readonly StageResult[]): Promise<Outcome> {
  const of = (stage: string): StageResult | undefined => results.filter((result) => result.stage === stage).pop()
  const ledger = of('verify')?.data['ledger']
  const lines: (LedgerEntry | { identity?: undefined; fact: string })[] = []
  if (typeof ledger === 'string') for await (const line of logLines(ledger)) lines.push(JSON.parse(line) as LedgerEntry)
  const entries = lines.filter((line): line is LedgerEntry => line.identity !== undefined)
  const notes = lines.flatMap((line) => (line.identity === undefined ? [line.fact] : []))
  const faults = results.filter(({ exit }) => exit !== EXIT.done && exit !== EXIT.needsPerson).map(({ stage, exit, summary }) => `${stage} ended with exit code ${exit}: ${summary[0]}`)
  return { entries, notes, writes: Number(of('apply')?.data['writes']), faults }
}
