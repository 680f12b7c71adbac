/**
 * A realistic sample estate for the demo, the tests and the benchmarks. It is filled into a sandbox through its API and its
 * files only, as people would have done it, and is the same for the same seed.
 */
import * as fs from 'fs'
import * as path from 'path'
import { login, type RawClient } from './client'
import { startGitHost } from './git-host'
import { estateKeys, SIZES, USERS, type EstateKey } from './keys'
import { PACKS, type EstatePack } from './packs'
import { together } from './pool'
import { estateApiKeys } from './made/api-keys'
import { seedFiles, type FilesSize } from './seed-files'
import { seedHistory, type HistorySize } from './seed-history'
import { seedKeys } from './seed-keys'
import { MADE, seedApiKeys, seedContent, type MadeApiKey } from './seed-made'
import { seedPacks } from './seed-packs'
import { seedStates } from './seed-states'

export { declaredFor, type Declared } from './declared'
export { login, rawClient, type RawClient } from './client'
export { filesAt, isScript } from './git-repository'
export { pooled } from './pool'
export { EXPIRED_NAME, USERS, type EstateKey } from './keys'
export type { EstatePack } from './packs'
export { CHANGED_STATES, DISABLED_RUNNER, type ChangedState } from './made/states'
export type { MadeApiKey } from './seed-made'

/** Password of the sandbox's users. */
export const PASSWORD = 'Ch@ngeMe'

export interface EstateOptions {
  size: 'demo' | 'small'
  /** Default 1. */
  seed?: number
  /** A private directory for the git repositories; removed by whoever made it. */
  workDir: string
}

export interface Estate {
  readonly keys: readonly EstateKey[]
  readonly packs: readonly EstatePack[]
  /** With the keys themselves, which no API ever shows again. */
  readonly apiKeys: readonly MadeApiKey[]
  /** How many of each were made through the API, with no file behind them. */
  readonly made: Readonly<Record<string, number>>
  readonly history: HistorySize
  /** Where some of the packs came from, and still can be had while the estate is open. */
  readonly gitUrl: string
  /** Stops the git server. */
  close(): Promise<void>
}

/** Fills an empty sandbox. Its keys expire as time goes on: start it with a long `--ttl-sweep` where the expired one must stay listed. */
export async function seedEstate(sandbox: { apiUrl: string; authUrl: string; root: string }, options: EstateOptions): Promise<Estate> {
  const served = path.join(options.workDir, 'git')
  fs.mkdirSync(served, { recursive: true })
  const keys = estateKeys(SIZES[options.size], options.seed ?? 1)
  const host = await startGitHost(served)
  const clients: Record<string, RawClient> = {}
  let apiKeys: MadeApiKey[] = []
  try {
    for (const user of USERS) clients[user] = await login(sandbox, user, PASSWORD)
    const admin = clients['st2admin'] as RawClient
    const stackstorm = path.join(sandbox.root, 'opt/stackstorm')
    await together([seedKeys(clients, keys), seedPacks({ admin, stackstorm, served, gitUrl: host.url }, PACKS)])
    apiKeys = await seedApiKeys(admin, estateApiKeys(API_KEYS[options.size], await takesDots(admin)))
    await seedContent(admin)
    await seedStates(admin, stackstorm)
    seedFiles(sandbox.root, FILES[options.size], options.seed ?? 1)
    await seedHistory(admin, sandbox.root, HISTORY[options.size])
  } catch (error) {
    await host.close()
    throw error
  } finally {
    for (const client of Object.values(clients)) client.close()
  }
  return { keys, packs: PACKS, apiKeys, made: MADE, history: HISTORY[options.size], gitUrl: host.url, close: () => host.close() }
}

const FILES: Record<EstateOptions['size'], FilesSize> = { demo: { services: 10, auditLines: 200 }, small: { services: 3, auditLines: 10 } }
const HISTORY: Record<EstateOptions['size'], HistorySize> = { demo: { executions: 300, days: 9, inquiries: 5 }, small: { executions: 30, days: 3, inquiries: 2 } }
const API_KEYS: Record<EstateOptions['size'], number> = { demo: 60, small: 16 }

/** Whether names of members in an API key's metadata may hold dots: since 3.5. */
async function takesDots(admin: RawClient): Promise<boolean> {
  const { version } = await admin.call<{ version: string }>('GET', '/v1/')
  return !version.startsWith('3.4')
}
