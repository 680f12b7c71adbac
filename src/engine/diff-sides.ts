/**
 * The two sides of a diff. Each is an archive or a living instance and is seen as both: what an archive has no answer to, or
 * an instance no member for, is said to be out of reach, and never taken for a difference.
 */
import * as path from 'path'
import { openArchive } from '../archive/read'
import type { Archive, Manifest, UnsealWith } from '../archive/types'
import { fingerprint, type DatastoreKey as CryptoKey } from '../core/datastore-cipher'
import type { Item, Remark } from '../core/model'
import type { Instance, Kind } from '../kinds/kind'
import { NotAtHand } from '../kinds/keys/secrets'
import type { StackStorm } from '../st2/port'
import { filesBelow, readCryptoKey } from './instance'
import { listKind } from './listing'
import { whyUnseen } from './sides'
import type { StageContext, StageSettings } from './types'

export interface DiffSide {
  /** For people: the archive's path, or the instance's address. */
  readonly label: string
  readonly instance: Instance
  readonly archive: Archive
  readonly crypto?: CryptoKey
  /** Where the instance itself can be asked for the plain text of a secret. */
  readonly living?: Instance
  has(kind: string): boolean
  /** Everything of a kind, in identity order. Lists a living instance anew. */
  items(kind: Kind): Promise<() => AsyncGenerator<Item>>
  /** What was found there and could not be taken along, as far as it was looked at. */
  remarks(kind: string): readonly Remark[]
  /** Why a kind that was listed could not be looked at there at all, when it could not. */
  unseen(kind: string): string | undefined
  close(): Promise<void>
}

/** A living instance, listed as it stands. */
export function livingSide(instance: Instance, context: StageContext, settings: StageSettings, workDir: string): DiffSide {
  const remarks: Record<string, Remark[]> = {}
  const notes: Record<string, string[]> = {}
  const listed = new Map<string, Promise<() => AsyncGenerator<Item>>>()
  const items = (kind: Kind): Promise<() => AsyncGenerator<Item>> => {
    const known = listed.get(kind.name) ?? list(kind)
    listed.set(kind.name, known)
    return known
  }
  const list = async (kind: Kind): Promise<() => AsyncGenerator<Item>> => {
    const listing = await listKind({ context, settings, instance, kind, workDir, glance: true })
    remarks[kind.name] = listing.remarks
    notes[kind.name] = listing.notes
    return () => listing.items()
  }
  const kinds = new Map((context.kinds ?? []).map((kind) => [kind.name, kind]))
  return {
    label: instance.url,
    instance,
    archive: {
      manifest: manifestOf(instance, context),
      sha256: '',
      items: async function* (name) {
        const kind = kinds.get(name)
        if (kind) yield* (await items(kind))()
      },
      // Read only to see what its host names become.
      member: (name) => (instance.files && name.startsWith('files/configs/') ? path.join(instance.files.configs, path.basename(name)) : undefined),
      members: () => [],
      close: async () => undefined,
    },
    crypto: instance.crypto ?? (instance.side === 'source' ? context.sourceCrypto : undefined),
    living: instance,
    has: () => true,
    items,
    remarks: (kind) => remarks[kind] ?? [],
    unseen: (kind) => whyUnseen(notes[kind]),
    close: async () => undefined,
  }
}

/** An archive. `keys`: crypto keys that may be its instance's; `living`: instances that may be the one that it came from. */
export async function archiveSide(file: string, unseal: UnsealWith, side: 'source' | 'target', keys: readonly CryptoKey[], living: readonly Instance[], workDir: string): Promise<DiffSide> {
  const archive = await openArchive(file, unseal, workDir)
  const { manifest } = archive
  const carried = archive.member('files/datastore_key.json')
  const candidates = [...(carried === undefined ? [] : [await readCryptoKey(carried)]), ...keys].filter((key): key is CryptoKey => key !== undefined)
  const crypto = candidates.find((key) => manifest.cryptoKey === undefined || fingerprint(key) === manifest.cryptoKey)
  const itself = living.find(({ id }) => id === manifest.instance.id)
  return {
    label: file,
    instance: await standIn(archive, side, crypto, itself, workDir),
    archive,
    crypto,
    living: itself,
    has: (kind) => manifest.kinds[kind] !== undefined,
    items: async (kind) => () => archive.items(kind.name),
    remarks: (kind) => manifest.remarks[kind] ?? [],
    unseen: (kind) => whyUnseen(manifest.notes[kind]),
    close: () => archive.close(),
  }
}

const manifestOf = ({ id, url, version, user, rbac, crypto }: Instance, { tool, system }: StageContext): Manifest => {
  const now = system.clock.now().toISOString()
  return { format: '', tool, instance: { id, url, version, user, rbac }, started: now, finished: now, kinds: {}, ...(crypto && { cryptoKey: fingerprint(crypto) }), sealed: 'plain', remarks: {}, notes: {}, kvFileLeftOut: [] }
}

/** An archive in an instance's place. Its files count as at hand when they were at hand for the export. */
async function standIn(archive: Archive, side: 'source' | 'target', crypto: CryptoKey | undefined, living: Instance | undefined, workDir: string): Promise<Instance> {
  const { id, url, version, user, rbac } = archive.manifest.instance
  const api = living?.api ?? silentApi(url)
  const files = (await hadFiles(archive)) ? filesBelow(path.join(workDir, 'no-files')) : undefined
  return { side, api, url, id, version, user, isAdmin: true, rbac, files, crypto, asUser: async (name) => (living ? living.asUser?.(name) : api) }
}

async function hadFiles(archive: Archive): Promise<boolean> {
  for await (const { via } of archive.items('packs')) if (via !== 'api') return true
  for await (const { via } of archive.items('configs')) if (via === 'files') return true
  return false
}

/** Where an archive stands for an instance, nobody answers. */
function silentApi(url: string): StackStorm {
  const refuse = (): never => {
    throw new NotAtHand(`neither the crypto key of ${url} nor the instance itself is at hand`)
  }
  return new Proxy({ url, close: () => undefined } as unknown as StackStorm, {
    get: (known, name) => (name in known ? (known as unknown as Record<string | symbol, unknown>)[name] : name === 'then' ? undefined : refuse),
  })
}
