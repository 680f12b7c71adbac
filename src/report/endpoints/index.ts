/**
 * endpoints: who talks to the old instance and must be told of the new one, as a checklist of old URL, new URL and evidence.
 * From the living instance or from an archive; reads only.
 */
import { counted } from '../../core/counted'
import { EXIT, Refusal } from '../../core/exit-codes'
import { HostNames, isHostName } from '../../core/host-names'
import { archiveSide, livingSide, type DiffSide } from '../../engine/diff-sides'
import { sightBeforeQuiesce } from '../../engine/quiesced'
import { inRun, type Run } from '../../engine/runs'
import { requireSide, unsealBeside } from '../../engine/sides'
import type { Stage, StageContext, StageResult, StageSettings } from '../../engine/types'
import { KINDS } from '../../kinds'
import type { DatastoreKey as CryptoKey } from '../../core/datastore-cipher'
import { writeDurable } from '../../system/durable'
import { addressesOf, hostOf, siblingOf, type Addresses } from './addresses'
import { callers } from './callers'
import { inside } from './inside'
import { usageOf } from './logs'
import { apiKeys, chatops, users, webhooks } from './parties'
import { plain, render, type Form, type Report } from './render'
import { carriedSide, type CarriedSide } from './side'
import { SECTIONS, type Entry, type Looking, type Section } from './types'

export interface EndpointsOptions {
  /** Path of an archive; the source instance when undefined. */
  archive?: string
  /** The new instance's API, as callers will reach it; it is not asked. */
  newApi?: string
  /** Further names of the old host. */
  oldNames: readonly string[]
  form: Form
  /** Where the checklist is written; default the run's directory. */
  to?: string
}

/** In place of what is not known yet. */
const UNKNOWN = 'https://NEW.HOST/api'
/** Entries of each section that an answer holds, and things that were not looked at; the file holds all. */
const SHOWN = 5
const MISSED = 10
const ENDING: Record<Form, string> = { text: 'txt', markdown: 'md', csv: 'csv' }

export const endpointsStage =
  (options: EndpointsOptions): Stage =>
  (context, settings) =>
    inRun(context, settings, (run) => report(run, options, { ...context, kinds: context.kinds ?? KINDS }, settings))

async function report(run: Run, options: EndpointsOptions, context: StageContext, settings: StageSettings): Promise<StageResult> {
  for (const name of options.oldNames) if (!isHostName(name)) throw new Refusal(`old_names: ${JSON.stringify(name)} is no host name`, 'give names as they stand in URLs, without https:// and without ports', EXIT.usage)
  const { opened, unknown } = await open(run, options, context, settings)
  try {
    const side = carriedSide(opened, context.system, run.workDir)
    const addresses = addressesOf(side.of.archive.manifest.instance.url, await side.hostFiles(), options.oldNames)
    const made = await gather(side, addresses, options, unknown)
    const file = options.to ?? run.at(`endpoints.${ENDING[options.form]}`)
    await writeDurable(file, render(made, options.form))
    return result(made, addresses, file, options.newApi, run)
  } finally {
    await opened.close()
  }
}

/** A living instance as it was before it was quiesced, as an export sees it. `unknown`: what cannot be told of it. */
async function open(run: Run, { archive }: EndpointsOptions, context: StageContext, settings: StageSettings): Promise<{ opened: DiffSide; unknown: string[] }> {
  if (archive !== undefined) return { opened: await openArchived(archive, run, context, settings), unknown: [] }
  const { instance, mark } = await sightBeforeQuiesce(requireSide(context, 'source'), context.stateDir)
  const unknown = mark ? [`which rules were on before run ${mark.run} on host ${mark.host} quiesced this instance: that lies there`] : []
  return { opened: livingSide(instance, context, settings, run.workDir), unknown }
}

async function openArchived(archive: string, run: Run, context: StageContext, settings: StageSettings): Promise<DiffSide> {
  const keys = [context.sourceCrypto, context.source?.crypto].filter((key): key is CryptoKey => key !== undefined)
  return archiveSide(archive, await unsealBeside(archive, settings.unseal), 'source', keys, context.source ? [context.source] : [], run.workDir)
}

async function gather(side: CarriedSide, addresses: Addresses, { newApi }: EndpointsOptions, unknown: readonly string[]): Promise<Report> {
  const missed: string[] = [...unknown]
  const fresh = (newApi ?? UNKNOWN).replace(/\/+$/, '')
  const looking: Looking = {
    side,
    oldHosts: addresses.hosts,
    newHost: hostOf(fresh),
    oldApi: addresses.api,
    newApi: fresh,
    missed: (text) => {
      if (!missed.includes(text)) missed.push(text)
    },
  }
  const names = new HostNames(addresses.hosts.map((from) => ({ from, to: newApi === undefined ? 'NEW.HOST' : looking.newHost! })))
  if (!side.isArchive && !side.files) looking.missed("the files of the old instance's host: run it there, as root, for logs, configuration files and chat")
  const usage = await usageOf(side, looking.missed)
  const entries: Entry[] = [...reached(addresses, fresh)]
  for (const reader of [webhooks(looking, usage), apiKeys(looking, usage), users(looking, usage), callers(looking, usage), chatops(looking, names), inside(looking, names)]) {
    for await (const entry of reader) entries.push(entry)
  }
  return { title: `Who must be told of the new address of ${addresses.api}`, hints: hintsOf(addresses), entries, missed }
}

/** What people have in their bookmarks and programs in their settings. */
function* reached({ api, webui, auth, seen }: Addresses, fresh: string): Generator<Entry> {
  const evidence = seen.map(([name, where]) => `${name} (${where})`).join(', ') || 'its URL'
  const todo = 'bookmarks, ST2_BASE_URL and ~/.st2/config of people, DNS, monitoring, backups'
  yield { section: 'addresses', old: api, new: fresh, evidence, todo: `the API: ${todo}` }
  if (webui !== undefined) yield { section: 'addresses', old: `${webui}/`, new: `${siblingOf(fresh, '') ?? ''}/`.replace(/^\/$/, ''), evidence, todo: 'the web UI' }
  if (auth !== undefined) yield { section: 'addresses', old: auth, new: siblingOf(fresh, '/auth') ?? '', evidence, todo: 'where tokens are asked for' }
  const stream = siblingOf(api, '/stream')
  if (stream !== undefined) yield { section: 'addresses', old: stream, new: siblingOf(fresh, '/stream') ?? '', evidence, todo: 'the stream of events, for chat and the web UI' }
}

function hintsOf({ hosts }: Addresses): string[] {
  if (hosts.length === 0) return ['No host name of the old instance was found: with old_names=old.example,... the places that hold it are looked for.']
  return [`Names of the old host: ${hosts.join(', ')}. Where the new instance takes such a name over (DNS), only what goes by address has to change.`]
}

const COUNTED: Record<Section, [one: string, many: string]> = {
  addresses: ['address', 'addresses'],
  webhooks: ['webhook', 'webhooks'],
  api_keys: ['API key', 'API keys'],
  users: ['user', 'users'],
  callers: ['caller', 'callers'],
  chatops: ['line of ChatOps', 'lines of ChatOps'],
  inside: ['place inside', 'places inside'],
}

/** The first of each section, and where all of them are. */
function result(made: Report, addresses: Addresses, file: string, newApi: string | undefined, run: Run): StageResult {
  const sections = (Object.keys(SECTIONS) as Section[]).map((section) => ({ section, own: made.entries.filter((entry) => entry.section === section) }))
  const told = sections.filter(({ own }) => own.length > 0).map(({ section, own }) => counted(own.length, ...COUNTED[section]))
  const missed = made.missed.slice(0, MISSED)
  return {
    stage: 'endpoints',
    exit: EXIT.done,
    summary: [
      `${counted(made.entries.length, 'entry', 'entries')} for whoever repoints what talks to ${plain(addresses.api)}: ${told.join(', ')}`,
      ...made.hints.map(plain),
      ...(newApi === undefined ? ['the new address is not given: target_url=https://new.example/api writes it into the list'] : []),
      ...sections.flatMap(({ section, own }) => linesOf(SECTIONS[section], own)),
      ...missed.map((one) => `not looked at: ${plain(one)}`),
      ...(made.missed.length > MISSED ? [`not looked at: ${made.missed.length - MISSED} more`] : []),
      `the checklist: ${file}`,
    ],
    data: {
      run: run.record.run,
      file,
      old: addresses.api,
      new: newApi,
      hosts: addresses.hosts,
      counts: Object.fromEntries(sections.map(({ section, own }) => [section, own.length])),
      entries: sections.flatMap(({ own }) => own.slice(0, SHOWN)),
      entries_total: made.entries.length,
      not_looked_at: missed,
    },
  }
}

function linesOf(title: string, own: Entry[]): string[] {
  const lines = own.slice(0, SHOWN).map((entry) => plain(`- ${entry.old}${entry.new === '' ? '' : ` -> ${entry.new}`} (${entry.evidence})`))
  return own.length === 0 ? [] : [`${title}:`, ...lines, ...(own.length > SHOWN ? [`- and ${own.length - SHOWN} more`] : [])]
}
