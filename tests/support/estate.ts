/** Two sandboxes, the old one filled with the whole sample estate, and what can be done to either to see what it does by itself. */
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import { canonicalJson } from '../../src/core/canonical'
import { snapshot, type Place, type Snapshot } from '../../src/report/demo/snapshot'
import { control } from '../../src/sandbox/control/client'
import { login, PASSWORD, seedEstate, type Estate, type EstateOptions, type RawClient } from '../../src/sandbox/estate'
import type { RunningSandbox, SandboxOptions } from '../../src/sandbox/start'
import { startMigration, type Migration } from './migration'

export interface EstateWorld extends Migration {
  estate: Estate
  snapshot(side: Side): Promise<Snapshot>
  /** What rules and aliases of this instance do when everything happens that they could wait for. Leaves no keys behind. */
  provoke(side: Side): Promise<Deeds>
  /** Who the API takes the bearer of an API key for. */
  asKey(side: Side, key: string): Promise<{ status: number; body: { username?: string } }>
}

type Side = 'old' | 'new'

/** The same texts on both instances when they act the same. */
export interface Deeds {
  /** One line for each rule that fired, with action and parameters, or the reason why it could not. */
  rules: string[]
  /** One line for each command in the chat, with what became of it. */
  chat: string[]
  /** Executions that began meanwhile, whoever started them. */
  executions: number
}

const NEVER = 24 * 3_600_000

/** An estate of any size; keys that have expired stay listed on the old instance. */
export async function startEstate(options: Pick<EstateOptions, 'size'> & { old?: Partial<SandboxOptions>; new?: Partial<SandboxOptions> }): Promise<EstateWorld> {
  const workDir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-estate-'))
  const m = await startMigration({ old: { ttlSweepMs: NEVER, ...options.old }, new: { ttlSweepMs: NEVER, ...options.new } })
  const estate = await seedEstate(placeOf(m.old), { size: options.size, workDir })
  return {
    ...m,
    estate,
    snapshot: (side) => snapshot(placeOf(m[side])),
    provoke: (side) => provoke(m[side]),
    asKey: async (side, key) => {
      const answer = await fetch(`${m[side].apiUrl}/v1/user`, { headers: { 'St2-Api-Key': key } })
      return { status: answer.status, body: (await answer.json()) as { username?: string } }
    },
    end: async () => {
      await estate.close()
      await m.end()
      fs.rmSync(workDir, { recursive: true, force: true })
    },
  }
}

export const placeOf = ({ apiUrl, authUrl, sandbox }: RunningSandbox): Place => ({ apiUrl, authUrl, root: sandbox.paths.root })

/** More than a day, so that each daily and hourly timer is due; the weekly ones hang on the day. */
const WEEK = 7 * 86_400 + 60
const BODY = { subject: 'provoked', severity: 'critical', ticket: '#1', state: 'b', items: [{ name: 'x' }], image: 'web' }
const WATCHED = ['inventory.provoked', 'netops.watched.provoked', 'deploy.limit.provoked']

async function provoke(running: RunningSandbox): Promise<Deeds> {
  const admin = await login(placeOf(running), 'st2admin', PASSWORD)
  try {
    const before = await enforcementsOf(admin)
    const executions = (await executionsOf(admin)).length
    await pokeWebhooks(admin)
    await pokeKeys(admin)
    await control(running.sandbox.paths.root, 'pass', { seconds: WEEK })
    const chat = await say(admin)
    await quietens(admin)
    const rules = await deedsOf(admin, before)
    return { rules, chat, executions: (await executionsOf(admin)).length - executions }
  } finally {
    admin.close()
  }
}

async function pokeWebhooks(admin: RawClient): Promise<void> {
  for (const { parameters } of await admin.call<{ parameters: { url: string } }[]>('GET', '/v1/webhooks')) await admin.call('POST', `/v1/webhooks/${parameters.url}`, BODY)
  // Triggers without parameters are sent as sensors send them.
  for (const trigger of ['netops.device_state', 'netops.link_state']) await admin.call('POST', '/v1/webhooks/st2', { trigger, payload: { device: 'sw1', port: 'sw2', state: 'down' } })
}

/** Made, set to something else, set to the same, deleted. */
async function pokeKeys(admin: RawClient): Promise<void> {
  for (const name of WATCHED) {
    for (const value of ['1', '2', '2']) await admin.call('PUT', `/v1/keys/${name}`, { name, value })
    await admin.call('DELETE', `/v1/keys/${name}`)
  }
}

const COMMANDS = ['hello world', 'escalate #1', 'wake somebody for #2 at 3', 'make it so', 'diagnose sw1', 'ping sw1', 'list devices at ams', 'open ticket x', 'show ticket x', 'forget ticket x', 'roll out web', 'take back web', 'how full are the disks', 'report on x', 'write down x']

async function say(admin: RawClient): Promise<string[]> {
  const lines: string[] = []
  for (const command of COMMANDS) {
    const sent = { command, user: 'alice', source_channel: 'operations', notification_route: 'errbot' }
    const answer = await admin.call<{ results: { message: string; execution: { action: { ref: string } } }[] }>('POST', '/v1/aliasexecution/match_and_execute', sent).catch((error: Error) => error)
    lines.push(`${command}: ${answer instanceof Error ? /"faultstring": ?"(.*)"/.exec(answer.message)?.[1] : answer.results.map(({ execution }) => execution.action.ref).join()}`)
  }
  return lines
}

interface Enforcement {
  id: string
  rule: { ref: string }
  execution_id?: string
  failure_reason?: string
}

const enforcementsOf = (admin: RawClient): Promise<Enforcement[]> => admin.call('GET', '/v1/ruleenforcements?limit=-1')
const executionsOf = (admin: RawClient): Promise<{ id: string; status: string }[]> => admin.call('GET', '/v1/executions?limit=-1&include_attributes=status')

/** Resolves when all that began has ended, so that nothing comes after the account. */
async function quietens(admin: RawClient): Promise<void> {
  const busy = ['requested', 'scheduled', 'delayed', 'running']
  while ((await executionsOf(admin)).some(({ status }) => busy.includes(status))) await new Promise((resolve) => setTimeout(resolve, 50))
}

async function deedsOf(admin: RawClient, before: Enforcement[]): Promise<string[]> {
  const known = new Set(before.map(({ id }) => id))
  const lines = (await enforcementsOf(admin)).filter(({ id }) => !known.has(id)).map(async ({ rule, execution_id, failure_reason }) => {
    if (execution_id === undefined) return `${rule.ref}: ${failure_reason}`
    const { action, parameters = {}, context } = await admin.call<{ action: { ref: string }; parameters?: object; context: { user: string } }>('GET', `/v1/executions/${execution_id}?show_secrets=true`)
    return `${rule.ref}: ${action.ref} ${canonicalJson(parameters).replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]*\+00:00/g, 'TIME')} as ${context.user}`
  })
  return (await Promise.all(lines)).sort()
}
