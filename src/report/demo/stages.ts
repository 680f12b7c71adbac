/** Runs the real stages between the demo's two places, and reads the ledger that they leave. */
import * as path from 'path'
import { EXIT } from '../../core/exit-codes'
import type { LedgerEntry } from '../../core/model'
import { migrateStages, openInstance, type OpenInstance, type StageResult, type StageSettings } from '../../engine'
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
  allowActive: boolean
  /** Told of each stage as it ends. */
  ended: (result: StageResult) => void
}

/** All stages of one run, as `migrate` has them. The instances are open only meanwhile, so that no temporary API key outlives it. */
export async function runStages({ system, tool, places, run, allowActive, ended }: StageRun): Promise<void> {
  const stateDir = path.join(places.dir, 'state')
  const opened: OpenInstance[] = []
  const open = async (side: 'source' | 'target', { apiUrl, authUrl, root }: Place): Promise<OpenInstance> => {
    const api = connect({ url: apiUrl, authUrl, credentials: { user: 'st2admin', password: PASSWORD }, clock: system.clock })
    const instance = await openInstance({ side, api, system, stateDir, run, root, otherUsers: true })
    opened.push(instance)
    return instance
  }
  try {
    const context = { system, stateDir, tool, source: await open('source', places.source), target: await open('target', places.target) }
    await migrateStages(context, settingsFor(run, allowActive), { ended })
  } finally {
    for (const instance of opened) await instance.close()
  }
}

function settingsFor(run: string, allowActive: boolean): StageSettings {
  return { run, otherUsers: true, users: [], servePacks: false, onConflict: 'fail', landing: allowActive ? 'active' : 'quiet', plainArchive: false, includeCryptoKey: false, allowActive, allowOlder: false }
}

/** What a whole run came to. */
export interface Outcome {
  entries: LedgerEntry[]
  /** What the ledger says beside its items, for example whose keys were looked at. */
  notes: string[]
  writes: number
  /** Stages that did not end with exit code 0. */
  faults: string[]
}

/** Reads the ledger that `verify` named, line by line. */
export async function outcomeOf(results: readonly StageResult[]): Promise<Outcome> {
  const of = (stage: string): StageResult | undefined => results.find((result) => result.stage === stage)
  const ledger = of('verify')?.data['ledger']
  const lines: (LedgerEntry | { identity?: undefined; fact: string })[] = []
  if (typeof ledger === 'string') for await (const line of logLines(ledger)) lines.push(JSON.parse(line) as LedgerEntry)
  const entries = lines.filter((line): line is LedgerEntry => line.identity !== undefined)
  const notes = lines.flatMap((line) => (line.identity === undefined ? [line.fact] : []))
  const faults = results.filter(({ exit }) => exit !== EXIT.done).map(({ stage, exit, summary }) => `${stage} ended with exit code ${exit}: ${summary[0]}`)
  return { entries, notes, writes: Number(of('apply')?.data['writes']), faults }
}
