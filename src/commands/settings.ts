/** From decoded arguments to the settings of a stage. */
import * as path from 'path'
import { isHostName } from '../core/host-names'
import { momentBefore } from '../core/moments'
import { checkSeal } from '../archive/seal'
import type { SealWith, UnsealWith } from '../archive/types'
import type { StageSettings } from '../engine'
import { refuseUnknownKinds } from '../engine/sides'
import { KINDS } from '../kinds'
import { STATUSES, type HistoryFilters } from '../kinds/kept'
import type { OnConflict } from '../kinds/kind'
import { cleanRemote } from '../kinds/packs/remote'
import { refusal } from './catalogue'
import { fileText } from './instances'
import { flag, type Args } from './options'

/** `passphrase` reads an encrypted datastore key. */
export async function settingsOf(args: Args, run: string, passphrase: (keyName: string) => Promise<string>, now = new Date()): Promise<StageSettings> {
  const secret = args.passphrase_key_name !== undefined ? await passphrase(args.passphrase_key_name) : undefined
  const words = secret ?? (await passphraseFile(args))
  return {
    run,
    otherUsers: args.other_users,
    users: args.users,
    gitTemplate: checkedTemplate(args.git_template),
    servePacks: args.serve_packs,
    serveAddress: args.serve_address,
    servePort: args.serve_port,
    ...conflictsOf(args.on_conflict),
    landing: args.allow_active ? 'active' : args.quiet === 'api' ? 'api' : 'quiet',
    concurrency: args.concurrency,
    only: args.only.length > 0 ? args.only : undefined,
    except: args.except.length > 0 ? args.except : undefined,
    rewrite: rewritesOf(args.rewrite),
    out: whole(args.out),
    archive: whole(args.archive),
    plan: whole(args.plan),
    seal: args.plain_archive ? undefined : sealOf(args.recipients, words),
    unseal: await unsealOf(args, words),
    plainArchive: args.plain_archive,
    includeCryptoKey: args.include_crypto_key,
    allowActive: args.allow_active,
    apiOnly: args.api_only,
    allowOlder: args.allow_older,
    dryRun: args.dry_run,
    packs: args.packs.length > 0 ? args.packs : undefined,
    wait: args.wait,
    takeBack: args.take_back,
    activate: args.activate,
    history: filtersOf(args, now),
    auditLogsTo: whole(args.audit_logs_to),
  }
}

/** Which records of the past are kept. */
function filtersOf(args: Args, now: Date): HistoryFilters {
  const { history_action: actions, history_status: statuses } = args
  if (actions.some((ref) => !/^[^.]+\../.test(ref))) throw refusal('E_BAD_REF', { name: flag('history_action') })
  if (statuses.some((status) => !STATUSES.includes(status))) throw refusal('E_NOT_A_CHOICE', { name: flag('history_status'), choices: STATUSES.join(', ') })
  return { since: momentOf('since', args.since, now), ...(actions.length > 0 && { actions }), ...(statuses.length > 0 && { statuses }) }
}

/** A time that a person has typed. */
export function momentOf(name: 'since' | 'until', text: string | undefined, now: Date): string | undefined {
  const moment = text === undefined ? undefined : momentBefore(text, now)
  if (text !== undefined && moment === undefined) throw refusal('E_BAD_TIME', { name: flag(name) })
  return moment
}

const POLICIES: readonly string[] = ['fail', 'skip', 'overwrite']

/** `skip`, or `fail,keys=skip,packs=overwrite`: one for all, and others for kinds. */
function conflictsOf(text: string): Pick<StageSettings, 'onConflict' | 'conflictsOf'> {
  const parts = text.split(',').map((part) => part.trim().split('=') as [string, string?])
  for (const part of parts) if (part.length > 2 || !POLICIES.includes(part[part.length - 1]!)) throw refusal('E_BAD_CONFLICT', { given: part.join('=') })
  const own = parts.flatMap(([kind, policy]) => (policy === undefined ? [] : [[kind, policy as OnConflict] as const]))
  refuseUnknownKinds(own.map(([kind]) => kind), KINDS, [])
  const all = parts.filter(([, policy]) => policy === undefined).map(([policy]) => policy as OnConflict)
  if (all.length > 1) throw refusal('E_BAD_CONFLICT', { given: all.join(',') })
  return { onConflict: all[0] ?? 'fail', ...(own.length > 0 && { conflictsOf: Object.fromEntries(own) }) }
}

/** Whole names on both sides, without ports: those stay as they are. */
function rewritesOf(words: string[]): StageSettings['rewrite'] {
  const rewrites = words.map((word) => {
    const [from = '', to = '', ...more] = word.split('=')
    if (more.length > 0 || !isHostName(from) || !isHostName(to)) throw refusal('E_BAD_REWRITE', { given: word, why: 'is not of the form old.example=new.example' })
    if (from.toLowerCase() === to.toLowerCase()) throw refusal('E_BAD_REWRITE', { given: word, why: 'changes nothing' })
    return { from: from.toLowerCase(), to }
  })
  const twice = rewrites.find(({ from }, at) => rewrites.findIndex((other) => other.from === from) < at)
  if (twice) throw refusal('E_BAD_REWRITE', { given: twice.from, why: 'is given two new names' })
  return rewrites.length > 0 ? rewrites : undefined
}

/** It stands in plans, answers and on the target: a password in it would be told to all who read those. */
function checkedTemplate(template: string | undefined): string | undefined {
  if (template === undefined) return undefined
  if (!template.includes('{pack}')) throw refusal('E_BAD_TEMPLATE', { why: 'does not hold {pack}, so that all packs would go into one repository' })
  if (cleanRemote(template).hadCredentials) throw refusal('E_BAD_TEMPLATE', { why: 'holds credentials' })
  return template
}

/** The run remembers it, and its next command may be typed in another directory. */
const whole = (file: string | undefined): string | undefined => (file === undefined ? undefined : path.resolve(file))

/** Checked now: an export would find it wrong when everything was listed. @throws ArchiveError `bad-recipient`. */
function sealOf(recipients: string[], passphrase: string | undefined): SealWith | undefined {
  const seal = recipients.length > 0 ? { recipients } : passphrase === undefined ? undefined : { passphrase }
  if (seal) checkSeal(seal)
  return seal
}

/** How an archive is opened; undefined when nothing was given. */
export async function unsealOf(args: Args, passphrase: string | undefined): Promise<UnsealWith | undefined> {
  const identities = args.identity_file === undefined ? [] : identitiesIn(await fileText('--identity-file', args.identity_file))
  return identities.length > 0 || passphrase !== undefined ? { ...(identities.length > 0 && { identities }), passphrase } : undefined
}

/** The text of --passphrase-file without its line end. */
export async function passphraseFile(args: Args): Promise<string | undefined> {
  return args.passphrase_file === undefined ? undefined : (await fileText('--passphrase-file', args.passphrase_file)).replace(/\r?\n$/, '')
}

/** An identity file as age-keygen writes it: comments begin with #. */
const identitiesIn = (text: string): string[] => text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
