/**
 * export: everything that an instance holds into one archive. Each kind is listed until two listings agree, so that what
 * changed meanwhile is read again, and said.
 */
import * as path from 'path'
import { writeKvFile } from '../archive/kv-file'
import type { ArchiveWriter, Manifest } from '../archive/types'
import { createArchive } from '../archive/write'
import { counted, countedKinds } from '../core/counted'
import { fingerprint } from '../core/datastore-cipher'
import { EXIT, Refusal } from '../core/exit-codes'
import { joinByIdentity } from '../core/join'
import { refuseAuditFolder, type KeptHistory } from '../kinds/kept'
import type { Instance, Kind } from '../kinds/kind'
import { readTextIfThere } from '../system/text-files'
import { writeDurable } from '../system/durable'
import { keepHistories, keptCounts, keptLines, selectedKept } from './keep'
import { listKind, type Listing } from './listing'
import { beforeQuiesce } from './quiesced'
import { inRun, type Run } from './runs'
import { LEFT_OUT, Selection } from './selection'
import { notExported, requireSide, selectedKinds } from './sides'
import type { Stage, StageContext, StageResult, StageSettings } from './types'

/** Listings of one kind at most, before an export says that the instance does not hold still. */
const ROUNDS = 4

export const exportStage: Stage = (context, settings) => inRun(context, settings, (run) => exportIn(run, context, settings))

async function exportIn(run: Run, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const source = await beforeQuiesce(requireSide(context, 'source'), context.stateDir)
  const kept = selectedKept(context, settings)
  const kinds = selectedKinds(context, settings, kept.length > 0)
  refuseOpenSecrets(kinds, kept, settings)
  if (settings.auditLogsTo !== undefined) await refuseAuditFolder(settings.auditLogsTo)
  const writer = await createArchive(path.join(run.workDir, 'staging'))
  try {
    const manifest = await gather(writer, source, kinds, run, context, settings)
    await keepHistories(kept, writer, manifest, source, run.workDir, context, settings)
    manifest.finished = context.system.clock.now().toISOString()
    const made = await writer.finish(manifest, settings.out ?? run.at(archiveName(source, manifest.started)), settings.seal)
    await run.save({ archive: made.path, archiveSha256: made.sha256, sourceId: source.id, sourceUrl: source.url })
    return result(manifest, kinds, made, run)
  } finally {
    await writer.abandon()
  }
}

/** Only datastore secrets are ciphertext by nature: configs, pack histories, what executions were given and audit logs hold plain ones. */
function refuseOpenSecrets(kinds: Kind[], kept: KeptHistory[], settings: StageSettings): void {
  const apart = (name: string): boolean => name === 'audit_logs' && settings.auditLogsTo !== undefined
  const open = [...kinds.filter((kind) => kind.plainSecrets), ...kept.filter(({ name }) => !apart(name))].map((kind) => kind.name)
  if (open.length === 0 || settings.seal || settings.plainArchive) return
  throw new Refusal(
    `the archive would hold plain secrets (${open.join(', ')}) and is not sealed`,
    'give recipients=age1... or passphrase_file=PATH, or accept it with plain_archive=true',
    EXIT.usage,
  )
}

async function gather(writer: ArchiveWriter, source: Instance, kinds: Kind[], run: Run, context: StageContext, settings: StageSettings): Promise<Manifest> {
  const started = context.system.clock.now().toISOString()
  const manifest: Manifest = {
    format: '',
    tool: context.tool,
    instance: { id: source.id, url: source.url, version: source.version, user: source.user, rbac: source.rbac },
    started,
    finished: started,
    kinds: {},
    ...(source.crypto ? { cryptoKey: fingerprint(source.crypto) } : {}),
    sealed: 'plain',
    remarks: {},
    notes: {},
    kvFileLeftOut: [],
  }
  const met = new Set<string>()
  for (const kind of kinds) {
    const listing = await settled(kind, writer, source, run, context, settings)
    const sink = writer.items(kind.name)
    for await (const item of listing.items()) await sink.write(item)
    manifest.kinds[kind.name] = await sink.close()
    manifest.remarks[kind.name] = listing.remarks
    manifest.notes[kind.name] = [...listing.leftOut.notes(kind.title), ...listing.notes]
    listing.met.forEach((word) => met.add(word))
    if (kind.name === 'keys') manifest.kvFileLeftOut = await writeKvFile(await writer.stage('kv_file.json'), listing.items(), source.user, source.crypto)
  }
  noteUnmet(manifest, kinds, new Selection(settings).patterns(kinds).filter((word) => !met.has(word)))
  await carryCryptoKey(writer, source, settings)
  return manifest
}

/** A pattern that fits nothing is likely mistyped: what it should have left out is in the archive. */
function noteUnmet(manifest: Manifest, [first]: Kind[], words: string[]): void {
  for (const word of words) {
    const kind = manifest.notes[word.split(':')[0]!] ? word.split(':')[0]! : first!.name
    manifest.notes[kind]!.push(`${word} ${FITS_NOTHING}`)
  }
}

const FITS_NOTHING = 'fits nothing on the source'

/** Lists a kind until a second look finds it as it was. */
async function settled(kind: Kind, writer: ArchiveWriter, source: Instance, run: Run, context: StageContext, settings: StageSettings): Promise<Listing> {
  const options = { context, settings, instance: source, kind, workDir: run.workDir, stage: (member: string) => writer.stage(member) }
  const seen = new Set<string>()
  let listing = await listKind(options)
  for (let round = 1; ; round++) {
    const again = await listKind({ ...options, glance: true })
    const changed = await changedBetween(kind, listing, again)
    changed.forEach((identity) => seen.add(identity))
    const calm = changed.length === 0
    if (!calm) listing = kind.glance ? await listKind(options) : again
    if (calm || round === ROUNDS) return withChanges(listing, seen, calm)
  }
}

function withChanges(listing: Listing, seen: Set<string>, calm: boolean): Listing {
  const notes = [...seen].map((identity) => `${identity} changed during the export and was read again`)
  if (!calm) notes.push(`still changing after ${ROUNDS} listings: the archive holds the last one`)
  return { ...listing, notes: [...listing.notes, ...notes], items: () => listing.items() }
}

async function changedBetween(kind: Kind, first: Listing, second: Listing): Promise<string[]> {
  if (!kind.glance && first.summary.fingerprint === second.summary.fingerprint) return []
  const changed: string[] = []
  for await (const { identity, a, b } of joinByIdentity({ a: first.items(), b: second.items() })) {
    if (!a || !b || kind.fingerprint(a) !== kind.fingerprint(b)) changed.push(identity)
  }
  return changed
}

/** Only sealed, and only when asked for. */
async function carryCryptoKey(writer: ArchiveWriter, source: Instance, settings: StageSettings): Promise<void> {
  if (!settings.includeCryptoKey) return
  if (!settings.seal) throw new Refusal('the datastore crypto key goes into a sealed archive only', 'give recipients or a passphrase', EXIT.usage)
  const key = source.files && (await readTextIfThere(source.files.cryptoKey))
  if (key === undefined) throw new Refusal("the source's crypto key file cannot be read here", 'run the export on the source, as root', EXIT.usage)
  await writeDurable(await writer.stage('files/datastore_key.json'), key)
}

function archiveName(source: Instance, started: string): string {
  const host = new URL(source.url).hostname.replace(/[^A-Za-z0-9.-]/g, '_')
  return `${host}-${started.replace(/[-:]/g, '').replace(/\.\d+Z$/, 'Z')}.st2.tar.gz`
}

function result(manifest: Manifest, kinds: Kind[], made: { path: string; bytes: number; sha256: string }, run: Run): StageResult {
  const counts = Object.fromEntries(Object.entries(manifest.kinds).map(([kind, { count }]) => [kind, count]))
  const left = Object.values(manifest.remarks).flat()
  const sealed = path.extname(made.path) === '.age' ? 'sealed' : 'NOT sealed: it holds plain secrets'
  return {
    stage: 'export',
    exit: left.some((r) => r.outcome !== 'left') ? EXIT.needsPerson : EXIT.done,
    summary: [
      `exported ${countedKinds(counts) || (Object.keys(keptCounts(manifest)).length > 0 ? 'no items' : 'nothing: it holds nothing of what was asked for')} from ${manifest.instance.url}`,
      ...keptLines(manifest),
      ...leftLines(manifest),
      ...notExported({ manifest }, kinds),
      ...Object.values(manifest.notes).flat().filter((note) => note.includes(LEFT_OUT) || note.endsWith(FITS_NOTHING)),
      `archive: ${made.path} (${made.bytes} bytes, ${sealed})`,
      `next: st2upgrade ${Object.keys(counts).length > 0 ? 'plan' : 'history'} --run ${run.record.run}`,
    ],
    data: { run: run.record.run, archive: made.path, sha256: made.sha256, bytes: made.bytes, sealed: path.extname(made.path) === '.age', counts, kept: keptCounts(manifest), left: left.slice(0, 20), left_total: left.length, notes: shortNotes(manifest) },
  }
}

/** Reasons that an answer tells; all of them stand in the manifest and the ledger. */
const REASONS = 8
const NAMED = 6

/** What was found and is not in the archive, by its reason. */
function leftLines(manifest: Manifest): string[] {
  const reasons = new Map<string, string[]>()
  for (const [kind, remarks] of Object.entries(manifest.remarks)) {
    for (const { identity, note, advice } of remarks) {
      const reason = `${kind}\n${note}${advice ? ` (${advice})` : ''}`
      reasons.set(reason, [...(reasons.get(reason) ?? []), identity])
    }
  }
  const lines = [...reasons].map(([reason, identities]) => {
    const [kind = '', why = ''] = reason.split('\n')
    const more = identities.length > NAMED ? ` and ${identities.length - NAMED} more` : ''
    return `${manifest.kept?.[kind] ? 'for a person' : 'not exported'}: ${kind} ${identities.slice(0, NAMED).join(', ')}${more}: ${why}`
  })
  return lines.length > REASONS ? [...lines.slice(0, REASONS), `... ${counted(lines.length - REASONS, 'more reason')} in the archive's manifest`] : lines
}

const shortNotes = (manifest: Manifest): string[] => Object.values(manifest.notes).flat().slice(0, 20)
