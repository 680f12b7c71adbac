/**
 * Opens the instances that a command needs: finds the credentials of each side (a person's password, a file, a datastore key
 * read with the action's own token), connects, and says everything that is wrong with both sides at once.
 */
import * as os from 'os'
import * as path from 'path'
import { EXIT, Refusal } from '../core/exit-codes'
import { openInstance, type OpenInstance } from '../engine'
import { holdsCertificates } from '../st2/certificates'
import { connect } from '../st2/client'
import { isSt2Error, St2Error } from '../st2/errors'
import type { StackStorm } from '../st2/port'
import { isDirectory, readBytes } from '../system/look'
import { readTextIfThere } from '../system/text-files'
import { refusal } from './catalogue'
import type { Machine } from './command'
import { flag, type Args } from './options'
import { chooseSides, isLoopback, type Need, type Side, type SideName } from './sides'
import { inAction, localInstance, type Credentials, type LocalInstance } from './st2-environment'

export interface Place {
  stateDir: string
  run: string
}

export interface Opened {
  source?: OpenInstance
  target?: OpenInstance
  /** Reads an encrypted datastore key of the instance that this command runs on. */
  secret(keyName: string, ofWhat: string): Promise<string>
  close(): Promise<void>
}

/** Opens the needed sides. Rejects with one Refusal that tells all that is wrong; nothing stays open then. */
export async function openSides(args: Args, machine: Machine, needs: Record<SideName, Need>, place: Place): Promise<Opened> {
  const { env } = machine.system
  const local = localInstance(env, await readTextIfThere(env.ST2_CONFIG_FILE || path.join(os.homedir(), '.st2', 'config')))
  const sides = chooseSides(args, needs, env, local)
  const ca = await caOf(args, local)
  const home = new Home(args, machine, local, ca)
  const proven = await credentialsInTurn(sides, home, machine)
  const found = await Promise.allSettled(proven.map(async ({ side, credentials }) => openSide(side, await credentials, args, machine, place, ca)))
  const opened = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const close = async (): Promise<void> => {
    const ended = await Promise.allSettled(opened.map((instance) => instance.close()))
    home.close()
    for (const one of ended) if (one.status === 'rejected') throw one.reason
  }
  const wrong = found.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  if (wrong.length > 0) {
    await close()
    throw together(wrong)
  }
  const of = (name: SideName): OpenInstance | undefined => opened.find((instance) => instance.side === name)
  return { source: of('source'), target: of('target'), secret: (keyName, ofWhat) => home.secret(keyName, ofWhat), close }
}

interface Proven {
  side: Side
  credentials: Promise<Credentials>
}

/** One after the other: a person can answer one question at a time, and what is typed for one instance must not reach the other. */
async function credentialsInTurn(sides: Side[], home: Home, machine: Machine): Promise<Proven[]> {
  const proven: Proven[] = []
  for (const side of sides) {
    const credentials = credentialsOf(side, home, machine)
    await credentials.catch((error: unknown) => {
      if (error instanceof Refusal && error.exit === EXIT.interrupted) throw error
    })
    proven.push({ side, credentials })
  }
  return proven
}

async function openSide(side: Side, credentials: Credentials, args: Args, machine: Machine, place: Place, ca: Buffer | undefined): Promise<OpenInstance> {
  const api = connectSide(side, credentials, args, machine, ca)
  try {
    return await openInstance({ side: side.side, api, system: machine.system, ...place, root: await rootOf(side, machine), otherUsers: args.other_users })
  } catch (error) {
    api.close()
    throw error
  }
}

/** What cannot be sent at all is told with its side: no address was asked yet. */
function connectSide({ side, url, authUrl }: Side, credentials: Credentials, args: Args, machine: Machine, ca: Buffer | undefined): StackStorm {
  try {
    return connectTo(url, authUrl, credentials, args, machine, ca)
  } catch (error) {
    if (!isSt2Error(error)) throw error
    throw new St2Error(`${side}: ${error.message}`, error.advice, { code: error.code })
  }
}

async function credentialsOf({ side, url, login, local }: Side, home: Home, machine: Machine): Promise<Credentials> {
  if (login.how === 'none') throw refusal('E_NO_CREDENTIALS', { side, url, advice: adviceFor(side, local) })
  if (login.how === 'datastore') return { how: 'apiKey', apiKey: (await home.secret(login.keyName, `an API key of the ${side}`)).trim() }
  if (login.how !== 'ask') return login
  const { user, passwordFile } = login
  const password = passwordFile === undefined ? await machine.askSecret(`Password of ${user} on ${url}: `) : await fileText('a password file', passwordFile)
  return { how: 'password', user, password: password.replace(/\r?\n$/, '') }
}

function adviceFor(side: SideName, local: boolean): string {
  const prefix = local ? 'ST2' : `ST2UPGRADE_${side.toUpperCase()}`
  return `Set ${prefix}_API_KEY or ${prefix}_AUTH_TOKEN, or give ${local ? '--user' : flag(`${side}_user`)} (the password is asked for)`
}

/** The files of an instance are at hand where its packs lie on this machine, and the command runs in an action or talks to loopback. */
async function rootOf(side: Side, machine: Machine): Promise<string | undefined> {
  if (side.root !== undefined) return side.root
  const onItsHost = side.local && (inAction(machine.system.env) || isLoopback(side.url))
  return onItsHost && (await isDirectory('/opt/stackstorm/packs')) ? '/' : undefined
}

function connectTo(url: string, authUrl: string | undefined, { how: _, ...credentials }: Credentials, args: Args, machine: Machine, ca: Buffer | undefined): StackStorm {
  const { clock, progress } = machine.system
  return connect({ url, authUrl, credentials, ca, insecure: args.insecure, clock, maxSockets: args.concurrency, log: (line) => progress.say(line) })
}

/** The instance whose datastore holds the secrets that parameters only name. */
class Home {
  private api?: StackStorm

  constructor(
    private readonly args: Args,
    private readonly machine: Machine,
    private readonly local: LocalInstance,
    private readonly ca: Buffer | undefined,
  ) {}

  /** Throws a Refusal when the key is not there or cannot be decrypted. */
  async secret(keyName: string, what: string): Promise<string> {
    const { credentials, url, authUrl } = this.local
    if (!credentials) throw refusal('E_NO_CREDENTIALS', { side: `datastore that holds ${keyName},`, url, advice: adviceFor('source', true) })
    this.api ??= connectTo(url, authUrl, credentials, this.args, this.machine, this.ca)
    const key = await this.api.key(keyName, 'system', { decrypt: true }).catch((error: Error) => {
      throw refusal('E_KEY_UNREADABLE', { name: keyName, reason: error.message })
    })
    if (!key || key.value === '') throw refusal('E_NO_KEY', { name: keyName, what })
    return key.value
  }

  close(): void {
    this.api?.close()
  }
}

async function caOf(args: Args, local: LocalInstance): Promise<Buffer | undefined> {
  const file = args.ca_file ?? local.caFile
  if (file === undefined) return undefined
  const pem = await readBytes(file).catch((error: Error) => unreadable('--ca-file', file, error))
  if (!holdsCertificates(pem)) throw refusal('E_BAD_CA_FILE', { path: file })
  return pem
}

/** The text of a file that an option names. */
export async function fileText(name: string, file: string): Promise<string> {
  return readBytes(file).then((bytes) => bytes.toString('utf8'), (error: Error) => unreadable(name, file, error))
}

function unreadable(name: string, file: string, error: Error): never {
  throw refusal('E_FILE', { name, path: file, reason: (error as NodeJS.ErrnoException).code ?? error.message })
}

/** All that is wrong, in one refusal; a single one stays itself, a fault of the tool goes first. */
function together(wrong: unknown[]): unknown {
  const refusals = wrong.filter((error): error is Refusal => error instanceof Refusal)
  if (wrong.length === 1 || refusals.length < wrong.length) return wrong.find((error) => !(error instanceof Refusal)) ?? wrong[0]
  return new Refusal(
    'neither instance can be used',
    'Put both right, then run the same again',
    refusals.every(({ exit }) => exit === EXIT.usage) ? EXIT.usage : EXIT.failed,
    refusals.flatMap(({ message, advice }) => [message, `  -> ${advice}`]),
  )
}
