/** Compares what two sandboxes hold, thing by thing. Pure; every line it returns is one way in which the migration failed. */
import type { Declared } from '../../sandbox/estate'
import type { RawContent, RawFile, RawKey, Snapshot } from './snapshot'

export interface Proof {
  /** How many things were compared and found equal, by sort. */
  equal: { keys: number; secrets: number; expiring: number; files: number; configs: number; content: number; apiKeys: number }
  /** Empty: nothing was lost, changed or left behind. */
  faults: string[]
}

/** Seconds by which an expiry may differ: the remaining time is carried in whole seconds, rounded up. */
const EXPIRY_TOLERANCE_S = 3

/** What a migration was for. */
export interface Scope {
  /** Kinds that were carried; what was made through the API of any other kind has no business on the target. */
  kinds: readonly string[]
  /** The target was activated: everything is on and off as on the source. */
  activated: boolean
}

/** `declared` names what may be missing on the target. */
export function prove(source: Snapshot, target: Snapshot, declared: readonly Declared[], { kinds, activated }: Scope): Proof {
  const left = new Set(declared.flatMap(({ kind, identity }) => (kind === 'keys' && identity !== undefined ? [identity] : [])))
  const wanted = new Map([...source.keys].filter(([id]) => !left.has(id)))
  const carried = <T>(all: Map<string, T>, is: (id: string, one: T) => boolean): Map<string, T> => new Map([...all].filter(([id, one]) => is(id, one)))
  const files = carried(source.files, (id) => !id.startsWith('default/') || kinds.includes('actions'))
  const content = carried(source.content, (_, { madeAs }) => madeAs === undefined || kinds.includes(madeAs))
  const apiKeys = kinds.includes('api_keys') ? source.apiKeys : new Map<string, string>()
  const faults = [
    ...compare('key', wanted, target.keys, keyFault),
    ...compare('file', files, target.files, fileFault),
    ...compare('configuration file', source.configs, target.configs, fileFault),
    ...compare('configuration', source.configValues, target.configValues, textFault),
    ...compare('registered', content, target.content, contentFault(activated)),
    ...(activated ? switchFaults(source.off, target.off) : []),
    ...compare('API key', apiKeys, target.apiKeys, textFault),
    ...(source.cryptoKey === target.cryptoKey ? ['both instances have the same crypto key: the demo shows less than it says'] : []),
  ]
  const keys = [...wanted.values()]
  return {
    equal: {
      keys: keys.length,
      secrets: keys.filter((key) => key.secret).length,
      expiring: keys.filter((key) => key.expire_timestamp).length,
      files: files.size,
      configs: source.configs.size,
      content: content.size,
      apiKeys: apiKeys.size,
    },
    faults,
  }
}

/** The ways in which two snapshots of one instance differ, ids and expiries included: empty when nothing was written between them. */
export function changes(before: Snapshot, after: Snapshot): string[] {
  return [
    ...compare('key', before.keys, after.keys, exact),
    ...compare('file', before.files, after.files, exact),
    ...compare('configuration file', before.configs, after.configs, exact),
    ...compare('configuration', before.configValues, after.configValues, textFault),
    ...compare('registered', before.content, after.content, contentFault(true)),
    ...switchFaults(before.off, after.off),
    ...compare('API key', before.apiKeys, after.apiKeys, textFault),
  ]
}

function* compare<T>(what: string, source: Map<string, T>, target: Map<string, T>, fault: (wanted: T, found: T) => string | undefined): Generator<string> {
  for (const [id, wanted] of source) {
    const found = target.get(id)
    const wrong = found === undefined ? 'is missing' : fault(wanted, found)
    if (wrong !== undefined) yield `${what} ${id} ${wrong}`
  }
  for (const id of target.keys()) if (!source.has(id)) yield `${what} ${id} was not on the old instance`
}

/** Values are never shown: some are secrets. */
function keyFault(wanted: RawKey, found: RawKey): string | undefined {
  if (wanted.value !== found.value) return 'has another value'
  if (wanted.secret !== found.secret) return found.secret ? 'has become a secret' : 'is no longer a secret'
  if ((wanted.description ?? '') !== (found.description ?? '')) return 'has another description'
  return expiryFault(wanted.expire_timestamp, found.expire_timestamp)
}

function expiryFault(wanted?: string, found?: string): string | undefined {
  if (wanted === undefined || found === undefined) return wanted === found ? undefined : found === undefined ? 'lost its expiry' : 'would now expire'
  const apart = Math.abs(Date.parse(wanted) - Date.parse(found)) / 1000
  return apart <= EXPIRY_TOLERANCE_S ? undefined : `expires ${apart.toFixed(1)} s earlier or later`
}

/** The installer of packs makes files executable, so only a lost bit counts. */
function fileFault(wanted: RawFile, found: RawFile): string | undefined {
  if (wanted.sha256 !== found.sha256) return 'has other bytes'
  return wanted.executable && !found.executable ? 'can no longer be executed' : undefined
}

const contentFault =
  (withSwitch: boolean) =>
  (wanted: RawContent, found: RawContent): string | undefined =>
    textFault(wanted.text, found.text) ?? (withSwitch && wanted.enabled !== found.enabled ? `is switched ${found.enabled ? 'on' : 'off'}` : undefined)

function* switchFaults(wanted: ReadonlySet<string>, found: ReadonlySet<string>): Generator<string> {
  for (const id of wanted) if (!found.has(id)) yield `built-in ${id} is switched on`
  for (const id of found) if (!wanted.has(id)) yield `built-in ${id} is switched off`
}

const exact = (wanted: RawKey | RawFile, found: RawKey | RawFile): string | undefined => textFault(JSON.stringify(wanted), JSON.stringify(found))
const textFault = (wanted: string, found: string): string | undefined => (wanted === found ? undefined : 'differs')
