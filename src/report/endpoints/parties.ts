/** Who is told of the instance by name: webhooks with the rules behind them, API keys with their users, chat. */
import { counted } from '../../core/counted'
import type { HostNames } from '../../core/host-names'
import type { Item } from '../../core/model'
import { compareIdentity } from '../../core/order'
import { parseYaml } from '../../core/yaml11'
import { openBundle, readCommitted } from '../../kinds/packs/bundles'
import type { PackItem } from '../../kinds/packs/item'
import { treeOf } from '../../kinds/packs/snapshot'
import { BORROWED_BY } from '../../st2/borrow'
import { environment, siblingOf } from './addresses'
import type { Usage } from './logs'
import type { Entry, Looking } from './types'

const WEBHOOK = 'core.st2.webhook'

interface WebhookRule {
  ref: string
  url: string
  enabled: boolean
}

/** One entry for each webhook: rules can share one, and one can be left without a rule. */
export async function* webhooks(looking: Looking, usage: Usage): AsyncGenerator<Entry> {
  const byUrl = new Map<string, string[]>()
  const add = (url: string, rule?: string): void => {
    const path = url.replace(/^\/+|\/+$/g, '')
    byUrl.set(path, [...(byUrl.get(path) ?? []), ...(rule === undefined ? [] : [rule])])
  }
  const { side } = looking
  if (!side.isArchive) for (const { parameters } of await side.of.instance.api.get<{ parameters?: { url?: unknown } }[]>('/v1/webhooks')) if (typeof parameters?.url === 'string') add(parameters.url)
  for await (const { ref, url, enabled } of side.isArchive ? rulesOfArchive(looking) : rulesOfInstance(looking)) add(url, `${ref}${enabled ? '' : ' (off)'}`)
  for (const [url, rules] of [...byUrl].sort()) {
    const calls = usage.webhooks.get(url)
    const heard = calls === undefined ? [] : [`called ${counted(calls.count, 'time')} in the logs, last ${calls.last}`]
    yield { section: 'webhooks', old: `${looking.oldApi}/v1/webhooks/${url}`, new: `${looking.newApi}/v1/webhooks/${url}`, evidence: [rules.length > 0 ? `rule ${[...new Set(rules)].sort().join(', ')}` : 'no rule', ...heard].join('; ') }
  }
}

async function* rulesOfInstance({ side }: Looking): AsyncGenerator<WebhookRule> {
  for await (const row of side.of.instance.api.list<Item & { ref: string }>('/v1/rules')) yield* webhookIn(row, row.ref)
}

/** Made through the API, or shipped by a carried pack; whether those are on stands in their states. */
async function* rulesOfArchive(looking: Looking): AsyncGenerator<WebhookRule> {
  const { side } = looking
  const states = new Map<string, boolean>()
  for await (const { identity, enabled } of side.items('states')) states.set(identity, enabled === true)
  const seen = new Set<string>()
  for await (const item of side.items('rules')) {
    seen.add(item.identity)
    yield* webhookIn(item, item.identity)
  }
  for await (const pack of side.items('packs')) {
    for (const { ref, rule } of await shippedRules(looking, pack as PackItem)) if (!seen.has(ref)) yield* webhookIn({ ...rule, enabled: states.get(`rule:${ref}`) ?? (rule.enabled ?? true) === true }, ref)
  }
}

function* webhookIn(rule: Record<string, unknown>, ref: string): Generator<WebhookRule> {
  const { type, parameters } = (rule.trigger ?? {}) as { type?: unknown; parameters?: { url?: unknown } }
  if (type === WEBHOOK && typeof parameters?.url === 'string') yield { ref, url: parameters.url, enabled: rule.enabled === true }
}

async function shippedRules({ side, missed }: Looking, { identity: pack, head }: PackItem): Promise<{ ref: string; rule: Record<string, unknown> }[]> {
  if (head === undefined) return []
  try {
    const shop = await openBundle({ system: side.system, archive: side.of.archive, workDir: side.workDir }, pack)
    const files = [...(await treeOf(shop, head)).values()].map(({ raw }) => raw.toString('utf8')).filter((file) => /^rules\/[^/]+\.ya?ml$/.test(file))
    const texts = await Promise.all(files.map(async (file) => mapping((await readCommitted(shop, head, file))?.toString('utf8') ?? '')))
    return texts.filter((rule) => typeof rule.name === 'string').map((rule) => ({ ref: `${pack}.${String(rule.name)}`, rule }))
  } catch (error) {
    missed(`the files of pack ${pack} could not be looked at: ${(error as Error).message}`)
    return []
  }
}

function mapping(text: string): Record<string, unknown> {
  try {
    const value: unknown = parseYaml(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

interface ApiKeyRow {
  id: string
  user: string
  metadata?: Record<string, unknown>
  enabled?: boolean
  created_at?: string
}

/** The hash is not even asked for. */
export async function* apiKeys({ side, oldApi, newApi }: Looking, usage: Usage): AsyncGenerator<Entry> {
  const rows: ApiKeyRow[] = []
  for await (const row of (side.isArchive ? side.items('api_keys') : side.of.instance.api.list('/v1/apikeys')) as AsyncIterable<ApiKeyRow>) rows.push(row)
  rows.sort((a, b) => compareIdentity(a.user, b.user) || compareIdentity(a.id, b.id))
  for (const { id, user, metadata = {}, enabled = true, created_at: created } of rows) {
    if (metadata[BORROWED_BY] !== undefined) continue
    const used = usage.apiKeys.get(id)
    const seen = used ? `used ${counted(used.count, 'time')} in the logs, last ${used.last}` : usage.read > 0 ? 'no use seen in the logs' : undefined
    const facts = [`user ${user}, id ${id}`, Object.keys(metadata).length > 0 && described(metadata), !enabled && 'disabled', created !== undefined && `made ${created.slice(0, 10)}`, seen]
    yield { section: 'api_keys', old: oldApi, new: newApi, evidence: facts.filter(Boolean).join('; '), todo: enabled ? 'tell whoever holds this key' : 'nothing while it is disabled' }
  }
}

const SECRET_NAME = /pass|secret|token|credential|private|(^|_|-)key$/i

/** Metadata is free: what is called like a secret is not shown. */
const described = (metadata: Record<string, unknown>): string =>
  Object.entries(metadata).map(([name, value]) => `${name}: ${SECRET_NAME.test(name) ? '********' : typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ').slice(0, 300)

/** People and programs with a password: they ask for tokens. */
export async function* users({ oldApi, newApi }: Looking, usage: Usage): AsyncGenerator<Entry> {
  const [old, fresh] = [oldApi, newApi].map((api) => siblingOf(api, '/auth') ?? `${api} (its auth service)`)
  for (const [user, { count, last }] of [...usage.users].sort()) {
    yield { section: 'users', old: old!, new: fresh!, evidence: `${user} was given ${counted(count, 'token')}, last ${last}`, todo: 'tell this user, or the program that has its password' }
  }
}

/** A URL without its user, password and query. */
const withoutSecrets = (value: string): string => value.replace(/\/\/[^/@\s]*@/g, '//***@').replace(/\?.*$/, '?...')

/** Hubot runs once: two of them on one chat would both answer. */
export async function* chatops({ side }: Looking, names: HostNames): AsyncGenerator<Entry> {
  const variables = environment(await side.hostFiles())
  const adapter = variables.find(({ name }) => name === 'HUBOT_ADAPTER')
  if (adapter) yield { section: 'chatops', old: `chat through ${adapter.value}`, new: '', evidence: `${adapter.place} HUBOT_ADAPTER`, todo: 'put its credentials on the new host and stop the service st2chatops on the old one: both would answer' }
  for (const { name, value, place } of variables) {
    if (SECRET_NAME.test(name) || names.in(value).size === 0) continue
    const shown = withoutSecrets(value)
    yield { section: 'chatops', old: shown, new: names.rewrite(shown), evidence: `${place} ${name}` }
  }
}
