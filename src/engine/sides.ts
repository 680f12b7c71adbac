/** Which kinds a stage works on, and the refusals that every stage shares: no source, no target, the same instance, an older target. */
import * as path from 'path'
import * as semver from 'semver'
import type { Archive, Manifest, UnsealWith } from '../archive/types'
import { openArchive } from '../archive/read'
import { EXIT, Refusal } from '../core/exit-codes'
import { KINDS } from '../kinds'
import { KEPT } from '../kinds/kept'
import type { Instance, Kind, SecretSide } from '../kinds/kind'
import { readTextIfThere } from '../system/text-files'
import { readCryptoKey } from './instance'
import { inputFile, type Run } from './runs'
import { Selection } from './selection'
import type { StageContext, StageSettings } from './types'

/** In the run's directory: the private key of the archive that `migrate` sealed for itself. */
export const IDENTITY = 'identity.age'

/** The kinds in order, less what `only` and `except` leave out. An unknown name is refused; none at all too, unless there may be. */
export function selectedKinds(context: StageContext, settings: StageSettings, mayBeNone = false): Kind[] {
  const all = context.kinds ?? KINDS
  const selection = new Selection(settings)
  refuseUnknownKinds(selection.named, all)
  const kinds = all.filter((kind) => selection.takesKind(kind.name, kind.packless))
  if (kinds.length === 0 && !mayBeNone) throw new Refusal('only and except leave no kind to look at', `the kinds are: ${all.map((kind) => kind.name).join(', ')}`, EXIT.usage)
  return kinds
}

/** Lines for an answer when the archive was made without kinds that are looked for, or could not look at them: that they are not missed is no proof. */
export function notExported({ manifest }: Pick<Archive, 'manifest'>, kinds: readonly Kind[]): string[] {
  const names = kinds.filter((kind) => !manifest.kinds[kind.name]).map((kind) => kind.name)
  const left = names.length === 0 ? [] : [`not looked at: ${names.join(', ')}: the archive was made without them`]
  return [...left, ...outOfReach(manifest, kinds)]
}

/** Kinds that the export could not see at all, by the reason that they give. */
function outOfReach(manifest: Manifest, kinds: readonly Kind[]): string[] {
  const reasons = new Map<string, string[]>()
  for (const { name } of kinds) {
    const why = whyUnseen(manifest.notes[name])
    if (why !== undefined) reasons.set(why, [...(reasons.get(why) ?? []), name])
  }
  return [...reasons].map(([why, names]) => `${NOT_LOOKED_AT}${names.join(', ')}: ${why}`)
}

/** Why a kind could not be looked at at all, when its notes say so. */
export const whyUnseen = (notes: readonly string[] = []): string | undefined => notes.find((one) => one.startsWith(NOT_LOOKED_AT))?.slice(NOT_LOOKED_AT.length)

/** How the note of a kind begins that could not look at its source at all. */
const NOT_LOOKED_AT = 'not looked at: '

/** A mistyped name must not pass for a kind that holds nothing. */
export function refuseUnknownKinds(names: readonly string[], all: readonly { name: string }[] = KINDS, kept: readonly { name: string }[] = KEPT): void {
  const known = [...all, ...kept].map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Refusal(`there is no kind ${unknown}`, `the kinds are: ${known.join(', ')}`, EXIT.usage)
}

export function requireSide(context: StageContext, side: 'source' | 'target'): Instance {
  const instance = context[side]
  if (instance) return instance
  throw new Refusal(`no ${side} instance is given`, `name it with ${side}_url=https://${side === 'source' ? 'old' : 'new'}.example/api`, EXIT.usage)
}

/** The ids of pack `core` tell instances apart, whatever the URLs say. */
export function refuseSameInstance(source: { id: string; url: string }, target: { id: string; url: string }): void {
  if (source.id !== target.id) return
  throw new Refusal(
    `source ${source.url} and target ${target.url} are the same instance`,
    'give the URL of the new instance as the target; a copy of a database counts as the same instance',
    EXIT.blocked,
  )
}

export function refuseOlder(source: string, target: string, settings: StageSettings): void {
  const [from, to] = [semver.coerce(source), semver.coerce(target)]
  if (settings.allowOlder || !from || !to || !semver.lt(to, from)) return
  throw new Refusal(`the target runs StackStorm ${target}, older than the source's ${source}`, 'install a newer StackStorm on the target, or allow it with allow_older=true', EXIT.blocked)
}

/** Opens the archive of the run, or the one named; every byte is checked before anything is used. */
export async function openRunArchive(run: Run, context: StageContext, settings: StageSettings): Promise<Archive> {
  const file = await inputFile(run, 'archive', settings.archive, context.system.hostname)
  return openArchive(file, settings.unseal ?? (await ownIdentity(run)) ?? {}, run.workDir)
}

/** The key pair that `migrate` made for its run. */
async function ownIdentity(run: Run): Promise<{ identities: string[] } | undefined> {
  const text = await readTextIfThere(run.at(IDENTITY))
  return text === undefined ? undefined : { identities: [text.trim()] }
}

/** How an archive that a person names is opened: as given, else with the key pair that lies beside it in its run's directory. */
export async function unsealBeside(file: string, given: UnsealWith = {}): Promise<UnsealWith> {
  if (given.identities || given.passphrase !== undefined) return given
  const identity = await readTextIfThere(path.join(path.dirname(file), IDENTITY))
  return identity === undefined ? given : { identities: [identity.trim()] }
}

/** Where plain text of the archive's secrets comes from: a given key file, the archive itself, or the living source. */
export async function secretsOf(archive: Archive, context: StageContext): Promise<SecretSide> {
  const carried = archive.member('files/datastore_key.json')
  const crypto = context.sourceCrypto ?? context.source?.crypto ?? (carried === undefined ? undefined : await readCryptoKey(carried))
  return { instance: sourceOf(archive.manifest, context), crypto }
}

/** A living source counts only if it is the instance that the archive came from. */
function sourceOf(manifest: Manifest, context: StageContext): Instance | undefined {
  return context.source?.id === manifest.instance.id ? context.source : undefined
}
