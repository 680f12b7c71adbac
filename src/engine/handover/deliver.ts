/**
 * deliver: hands a run over to its target, where the target's files are out of reach from here. This pack on the target makes a
 * key pair, gets the archive sealed for it in pieces through the datastore, and carries out every later stage there (there.ts).
 */
import { writeSubset, type Subset } from '../../archive/subset'
import type { Archive } from '../../archive/types'
import { encrypt, fingerprint, generateKeyFile, parseKeyFile, type DatastoreKey as CryptoKey } from '../../core/datastore-cipher'
import { EXIT, Refusal } from '../../core/exit-codes'
import type { Item } from '../../core/model'
import type { Instance, SecretSide } from '../../kinds/kind'
import type { KeyItem } from '../../kinds/keys'
import { plainText, SecretUnreadable } from '../../kinds/keys/secrets'
import { readJournal } from '../journal'
import { inRun, type Run } from '../runs'
import { openRunArchive, refuseSameInstance, requireSide, secretsOf, selectedKinds } from '../sides'
import { lockStateDir } from '../state-lock'
import type { Stage, StageContext, StageResult, StageSettings } from '../types'
import { leaveOwnPack, putOwnPack, type OwnPackOrigin } from './own-pack'
import { dropPieces, MOST_BYTES, sendPieces } from './pieces'
import type { HandedOver } from './or-there'
import { There } from './there'

/** Members that an apply needs. What is only kept, to be searched, stays in the archive here. */
const NEEDED: readonly string[] = ['packs/', 'files/']
const CRYPTO_KEY = 'files/datastore_key.json'

export const deliverStage = (origin: OwnPackOrigin): Stage => (context, settings) => inRun(context, settings, (run) => deliverIn(run, origin, context, settings))

async function deliverIn(run: Run, origin: OwnPackOrigin, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const target = requireSide(context, 'target')
  const { there } = run.record
  if (there !== undefined && there.target !== target.id) throw new Refusal(`run ${settings.run} was handed over to another target (${there.url}) than ${target.url}`, 'begin a new run for this target', EXIT.usage)
  if (there === undefined && target.files) return stays(settings, target, 'its files can be reached from here')
  if (there === undefined && settings.apiOnly) return stays(settings, target, 'api_only: it is written through its API from here, and what belongs into files is left for a person')
  const lock = await lockStateDir(context.stateDir, settings.run, context.system)
  try {
    return await deliverArchive(run, origin, context, settings)
  } finally {
    await lock.release()
  }
}

async function deliverArchive(run: Run, origin: OwnPackOrigin, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const target = requireSide(context, 'target')
  const archive = await openRunArchive(run, context, settings)
  try {
    refuseSameInstance(archive.manifest.instance, target)
    if (run.record.there === undefined) {
      if (!selectedKinds(context, settings).some(({ name }) => NEED_FILES.includes(name) && (archive.manifest.kinds[name]?.count ?? 0) > 0)) return stays(settings, target, 'nothing of what is carried needs its files')
      await refuseBegunHere(run, settings)
    }
    return await handOver(archive, run, origin, context, settings)
  } finally {
    await archive.close()
  }
}

const stays = ({ run }: StageSettings, { url }: Instance, why: string): StageResult => ({
  stage: 'deliver',
  exit: EXIT.done,
  summary: [`nothing is handed over to ${url}: ${why}`, `next: st2upgrade plan --run ${run}`],
  data: { run, delivered: false },
})

/** Kinds that cannot be written whole, or not quietly, without the files of the target. */
const NEED_FILES: readonly string[] = ['packs', 'configs', 'overrides', 'states', 'rbac', 'host_files']

/** Two journals of one run, on two machines, could not be taken back as one. */
async function refuseBegunHere(run: Run, settings: StageSettings): Promise<void> {
  if (((await readJournal(run.at('journal.jsonl')))?.lines ?? 0) === 0) return
  throw new Refusal(
    `an apply of run ${settings.run} has begun from here`,
    `go on from here: st2upgrade apply --run ${settings.run}; or undo it, and begin a run with another name that is handed over before its apply`,
    EXIT.blocked,
  )
}


async function handOver(archive: Archive, run: Run, origin: OwnPackOrigin, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const target = requireSide(context, 'target')
  const { pack, told } = await putOwnPack({ origin, system: context.system, target, settings, tool: context.tool, workDir: run.workDir })
  // Another run than this one, also where both sides share a state directory.
  const there = new There(target, `${settings.run.slice(0, 58)}-there`, context)
  const before = run.record.there
  try {
    const { recipient, holds } = await keyPairOf(there)
    const sent = holds !== undefined && holds === before?.sealed && before.archive === archive.sha256 ? undefined : await sendArchive(there, archive, recipient, run, context)
    const record: HandedOver = { run: there.run, target: target.id, url: target.url, archive: archive.sha256, sealed: sent?.sha256 ?? before!.sealed, pack: before && before.leftAt === undefined ? before.pack : pack }
    await run.save({ there: record, targetUrl: target.url })
    return handedOver(settings, there, sent?.bytes, told)
  } catch (error) {
    // What was put there for this hand-over alone goes with it.
    if (pack === 'installed' && before === undefined) await leaveOwnPack(target).catch(() => undefined)
    throw error
  }
}

async function keyPairOf(there: There): Promise<{ recipient: string; holds?: unknown }> {
  const { recipient, holds } = await asked(there, {})
  if (typeof recipient === 'string') return { recipient, holds }
  throw new Refusal(`this pack on ${there.target.url} made no key pair`, `look at: st2 execution list --action st2upgrade.receive; then run deliver again`, EXIT.failed)
}

/** Pieces of an earlier, killed hand-over go first, and those of this one go at its end. */
async function sendArchive(there: There, archive: Archive, recipient: string, run: Run, context: StageContext): Promise<{ bytes: number; sha256: string }> {
  const { api, url } = there.target
  await dropPieces(api, there.run)
  try {
    const sealed = await writeSubset(archive, await neededOf(archive, context), `${run.workDir}/handover`, `${run.workDir}/handover.st2.tar.gz`, { recipients: [recipient] })
    context.system.progress.say(`hands ${sealed.bytes} sealed bytes over to ${url} through its datastore (at most ${MOST_BYTES})`)
    const sent = await sendPieces(api, there.run, sealed.path)
    await asked(there, { pieces: sent.pieces, sha256: sent.sha256 })
    return sealed
  } finally {
    await dropPieces(api, there.run)
  }
}

async function asked(there: There, parameters: Record<string, string | number>): Promise<Record<string, unknown>> {
  const { id, exit, answer, why } = await there.ask('receive', parameters)
  if (exit === EXIT.done) return answer
  throw new Refusal(`st2upgrade.receive on ${there.target.url} failed: ${answer.error?.message ?? why}`, `look at it there: st2 execution get ${id}; then run deliver again`, EXIT.failed)
}

/**
 * Everything that an apply and its proof need. Secrets of the datastore go under a crypto key that is made for this hand-over, since
 * there is no source on the other side to open them; the source's own never leaves it.
 */
async function neededOf(archive: Archive, context: StageContext): Promise<Subset> {
  const text = generateKeyFile()
  const transfer = parseKeyFile(text)
  const source = await secretsOf(archive, context)
  return {
    kinds: Object.keys(archive.manifest.kinds),
    members: NEEDED,
    added: { [CRYPTO_KEY]: text },
    change: (kind, item) => (kind === 'keys' ? sealedFor(transfer, item as KeyItem, source) : Promise.resolve(item)),
    manifest: { cryptoKey: fingerprint(transfer) },
  }
}

/** One that cannot be opened goes as it is: there it is told as it would be here. */
async function sealedFor(transfer: CryptoKey, item: KeyItem, source: SecretSide): Promise<Item> {
  if (!item.secret) return item
  try {
    return { ...item, value: encrypt(await plainText(item, source), transfer) }
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error
    return item
  }
}

/** `bytes`: undefined when all of it was there from an earlier hand-over. */
function handedOver({ run }: StageSettings, there: There, bytes: number | undefined, told: string): StageResult {
  const sent = bytes === undefined ? 'its archive was handed over before, and lies' : `its archive went there sealed (${bytes} bytes), and lies`
  return {
    stage: 'deliver',
    exit: EXIT.done,
    summary: [
      `run ${run} is handed over to ${there.target.url}: this pack carries it out there, as run ${there.run}`,
      told,
      `${sent} in the run's directory there, readable by root only: remove that when the migration is done with`,
      `next: st2upgrade plan --run ${run}`,
    ],
    data: { run, delivered: true, there: there.run, url: there.target.url, ...(bytes === undefined ? { resumed: true } : { bytes }), pack: told },
  }
}
