/** What every stage command does around its stage: the state directory, the run, the instances, the settings; and closes them. */
import * as os from 'os'
import * as path from 'path'
import { latestRun, readCryptoKey, runRecord, type StageContext, type StageResult, type StageSettings } from '../engine'
import { staySmall } from '../system/memory'
import { checkRunId, newRunId, stateDirectory } from '../system/state'
import { refusal } from './catalogue'
import type { Machine } from './command'
import { openSides, type Opened, type Place } from './instances'
import type { Args } from './options'
import { settingsOf } from './settings'
import type { Need } from './sides'

export interface StageNeeds {
  source: Need
  target: Need
  /**
   * When none is named: `new` begins one, `latest` takes the one begun last, `exported` the last that has an archive (a mere
   * check is no way to go on), `of-archive` the one of the archive that is named, begun when there is none.
   */
  run: 'new' | 'latest' | 'exported' | 'of-archive'
}

type StageCall = (context: StageContext, settings: StageSettings) => Promise<StageResult>

/** Runs a stage with what the arguments and the environment say. */
export async function runStage(typed: Args, machine: Machine, needs: StageNeeds, stage: StageCall): Promise<StageResult> {
  staySmall()
  const place = await placeOf(typed, machine, needs.run)
  const args = await asTheRun(typed, place)
  const opened = await openSides(args, machine, needs, place)
  try {
    const settings = await settingsOf(args, place.run, (keyName) => opened.secret(keyName, 'the passphrase of the archive'), machine.system.clock.now())
    return withWarnings(args, await stage(await contextOf(args, machine, place, opened), settings))
  } catch (error) {
    throw inRun(error, place.run)
  } finally {
    await opened.close()
  }
}

/** Whose keys belong to a run was decided when it began: a later stage that looked at fewer would find keys missing. */
async function asTheRun(args: Args, { stateDir, run }: Place): Promise<Args> {
  return { ...args, other_users: args.other_users || (await runRecord(stateDir, run))?.otherUsers === true }
}

const RUN_OF_ERROR = Symbol('run')

/** What failed after its run had begun says which one: whoever goes on must name it. */
const inRun = (error: unknown, run: string): unknown => (error instanceof Error ? Object.assign(error, { [RUN_OF_ERROR]: run }) : error)

/** The run that an error of a stage belongs to. */
export const runOf = (error: unknown): string | undefined => (error as { [RUN_OF_ERROR]?: string } | undefined)?.[RUN_OF_ERROR]

/** Where the run's files lie. */
export async function placeOf(args: Args, machine: Machine, missing: StageNeeds['run']): Promise<Place> {
  const { env, clock, hostname } = machine.system
  const stateDir = stateDirectory({ given: args.state_dir, env, uid: machine.uid, home: os.homedir() })
  if (args.run !== undefined) return { stateDir, run: checkRunId(args.run) }
  const begin = (): string => newRunId(clock, (bytes) => machine.system.randomHex(bytes))
  if (missing === 'new') return { stateDir, run: begin() }
  const found = await latestRun(stateDir, missing !== 'latest')
  if (missing === 'of-archive' && args.archive !== undefined && found?.archive !== path.resolve(args.archive)) return { stateDir, run: begin() }
  if (found === undefined) throw refusal('E_NO_RUN', { dir: stateDir, host: hostname })
  return { stateDir, run: found.run }
}

async function contextOf(args: Args, machine: Machine, { stateDir }: Place, { source, target }: Opened): Promise<StageContext> {
  return { system: machine.system, stateDir, source, target, sourceCrypto: await givenCryptoKey(args), tool: machine.tool }
}

async function givenCryptoKey(args: Args): Promise<StageContext['sourceCrypto']> {
  const file = args.source_crypto_key_file
  if (file === undefined) return undefined
  const key = await readCryptoKey(file)
  if (!key) throw refusal('E_FILE', { name: '--source-crypto-key-file', path: file, reason: 'not there, or not readable' })
  return key
}

/** What weakens a promise is said in the answer itself. */
function withWarnings(args: Args, result: StageResult): StageResult {
  if (!args.insecure) return result
  const [first = '', ...rest] = result.summary
  return { ...result, summary: [first, 'WARNING: TLS certificates were not verified (--insecure)', ...rest], data: { ...result.data, insecure: true } }
}
