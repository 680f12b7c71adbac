/** Two sandboxes and the stages between them, as the commands put them together. */
import { execFileSync } from 'child_process'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { applyStage, exportStage, openInstance, planStage, verifyStage, type OpenInstance, type StageContext, type StageSettings } from '../../src/engine'
import type { LedgerEntry } from '../../src/core/model'
import { startSandbox, type RunningSandbox, type SandboxOptions } from '../../src/sandbox/start'
import { connect } from '../../src/st2/client'
import type { StackStorm } from '../../src/st2/port'
import { testSystem, type TestSystem } from './system'

export const PASSWORD = 'Ch@ngeMe'

export interface Migration {
  old: RunningSandbox
  new: RunningSandbox
  stateDir: string
  system: TestSystem
  /** The admin's client of either side, for preparing and looking. */
  on: (side: 'old' | 'new', user?: string) => StackStorm
  /** A context whose instances are opened anew, as a command does at its start. `files: false` leaves only the API; without `histories` an export keeps none, as with except=executions,... */
  context(options?: { run?: string; files?: boolean | 'source' | 'target'; otherUsers?: boolean; source?: boolean; histories?: boolean }): Promise<StageContext>
  settings(more?: Partial<StageSettings>): StageSettings
  ledger(run?: string): LedgerEntry[]
  /** Closes the instances of all contexts: temporary keys are given back. */
  closeInstances(): Promise<void>
  /** Keeps what the new sandbox and the runs are now. What it answers brings them back to that, as often as it is called, at the same address. */
  mark(): Promise<() => Promise<void>>
  end(): Promise<void>
}

export async function startMigration(options: { old?: Partial<SandboxOptions>; new?: Partial<SandboxOptions> } = {}): Promise<Migration> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-migration-'))
  const ofNew: SandboxOptions = { version: '3.9.0', root: path.join(dir, 'new'), ...options.new }
  const sandboxes = { old: await startSandbox({ version: '3.8.1', root: path.join(dir, 'old'), ...options.old }), new: await startSandbox(ofNew) }
  const stateDir = path.join(dir, 'state')
  const system = testSystem()
  const clients: StackStorm[] = []
  const open: OpenInstance[] = []
  const on = (side: 'old' | 'new', user = 'st2admin'): StackStorm => {
    const { apiUrl, authUrl } = sandboxes[side]
    const client = connect({ url: apiUrl, authUrl, credentials: { user, password: PASSWORD }, clock: system.clock })
    clients.push(client)
    return client
  }
  const instance = async (side: 'old' | 'new', run: string, files: boolean, otherUsers: boolean): Promise<OpenInstance> => {
    const opened = await openInstance({
      side: side === 'old' ? 'source' : 'target',
      api: on(side),
      system,
      stateDir,
      run,
      otherUsers,
      root: files ? sandboxes[side].sandbox.paths.root : undefined,
    })
    open.push(opened)
    return opened
  }
  const closeInstances = async (): Promise<void> => {
    for (const one of open.splice(0)) await one.close()
  }
  /** Does `work` with what the new sandbox has on its disk while it does not run. */
  const whileStopped = async (work: () => void): Promise<void> => {
    const ports = { apiPort: portOf(sandboxes.new.apiUrl), authPort: portOf(sandboxes.new.authUrl) }
    await closeInstances()
    await sandboxes.new.stop()
    work()
    Object.assign(sandboxes.new, await startSandbox({ ...ofNew, ...ports }))
  }
  let marks = 0
  const mark = async (): Promise<() => Promise<void>> => {
    const kept = path.join(dir, `mark-${++marks}`)
    const [root, runs] = [path.join(dir, 'new'), path.join(stateDir, 'runs')]
    fs.mkdirSync(kept)
    await whileStopped(() => copyTrees([root, runs], kept))
    return () =>
      whileStopped(() => {
        for (const tree of [root, runs]) fs.rmSync(tree, { recursive: true, force: true })
        copyTrees([path.join(kept, 'new')], dir)
        copyTrees([path.join(kept, 'runs')], stateDir)
      })
  }
  return {
    ...sandboxes,
    stateDir,
    system,
    on,
    context: async ({ run = 'r1', files = true, otherUsers = true, source = true, histories = false } = {}) => ({
      system,
      stateDir,
      source: source ? await instance('old', run, files === true || files === 'source', otherUsers) : undefined,
      target: await instance('new', run, files === true || files === 'target', otherUsers),
      tool: 'test',
      ...(!histories && { kept: [] }),
    }),
    settings: (more = {}) => ({ ...DEFAULTS, ...more }),
    ledger: (run = 'r1') => (jsonLines(path.join(stateDir, 'runs', run, 'ledger.jsonl')) as LedgerEntry[]).filter((line) => line.outcome !== undefined),
    closeInstances,
    mark,
    end: async () => {
      await closeInstances()
      for (const client of clients) client.close()
      await sandboxes.old.stop()
      await sandboxes.new.stop()
      fs.rmSync(dir, { recursive: true, force: true })
    },
  }
}

const portOf = (url: string): number => Number(new URL(url).port)

/** With links, modes, owners and times. */
const copyTrees = (trees: string[], into: string): void => void execFileSync('cp', ['-a', ...trees, into])

/** The stages one after the other, from the export to the proof, what each answered, and the ledger; the instances are closed then. */
export async function wholeWay(m: Migration, context: StageContext, settings: StageSettings) {
  const exported = await exportStage(context, settings)
  const planned = await planStage(context, settings)
  const applied = await applyStage(context, settings)
  const verified = await verifyStage(context, settings)
  await m.closeInstances()
  return { exported, planned, applied, verified, ledger: m.ledger(settings.run) }
}

const DEFAULTS: StageSettings = {
  run: 'r1',
  otherUsers: true,
  users: [],
  servePacks: false,
  onConflict: 'fail',
  landing: 'active',
  plainArchive: true,
  includeCryptoKey: false,
  allowActive: false,
  allowOlder: false,
}

export const jsonLines = (file: string): unknown[] =>
  fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as unknown)

export async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}
