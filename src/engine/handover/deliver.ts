/**
 * deliver: what only the target's own host can do (bytes of configurations, RBAC and host files) done there, from here: this
 * pack on the target makes a key pair, gets those kinds of the archive sealed for it in pieces through the datastore, and
 * brings them onto its instance as `seed` does. Nothing secret is in an argument, a result or a log.
 */
import { writeSubset } from '../../archive/subset'
import type { Archive } from '../../archive/types'
import { EXIT, Refusal } from '../../core/exit-codes'
import type { Instance, Kind } from '../../kinds/kind'
import { lockStateDir } from '../state-lock'
import { inRun, type Run } from '../runs'
import { openRunArchive, requireSide, selectedKinds } from '../sides'
import type { Stage, StageContext, StageResult, StageSettings } from '../types'
import { putOwnPack } from './own-pack'
import { dropPieces, MOST_BYTES, sendPieces } from './pieces'

export interface DeliverOptions {
  /** The directory of this pack here. */
  packDir?: string
  packUrl?: string
}

/** Kinds that an apply puts on a disk, and the members of the archive that belong to them. Overrides and states wait for activate. */
const ON_DISK: Readonly<Record<string, readonly string[]>> = {
  configs: ['files/configs/'],
  rbac: ['files/rbac/'],
  host_files: ['files/host/'],
}

export const deliverStage = (options: DeliverOptions): Stage => (context, settings) => inRun(context, settings, (run) => deliverIn(run, options, context, settings))

async function deliverIn(run: Run, options: DeliverOptions, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const target = requireSide(context, 'target')
  if (target.files) throw new Refusal(`the files of ${target.url} can be reached from here: apply places them itself`, `run: st2upgrade apply --run ${settings.run}`, EXIT.usage)
  const archive = await openRunArchive(run, context, settings)
  const lock = await lockStateDir(context.stateDir, settings.run, context.system)
  try {
    const kinds = selectedKinds(context, settings).filter((kind) => ON_DISK[kind.name] && archive.manifest.kinds[kind.name])
    if (kinds.length === 0) return nothing(settings)
    const installed = await putOwnPack({ ...options, system: context.system, target, settings, tool: context.tool, workDir: run.workDir })
    return await handOver(new Remote(target, settings), archive, kinds, installed, run, context)
  } finally {
    await lock.release()
    await archive.close()
  }
}

/** Pieces of an earlier, killed hand-over go first, and those of this one go at its end. */
async function handOver(remote: Remote, archive: Archive, kinds: Kind[], installed: string | undefined, run: Run, context: StageContext): Promise<StageResult> {
  const { api } = remote.target
  await dropPieces(api, remote.run)
  try {
    const { recipient } = await remote.ask<{ recipient: string }>('receive', {})
    const members = kinds.flatMap(({ name }) => ON_DISK[name]!)
    const sealed = await writeSubset(archive, { kinds: kinds.map(({ name }) => name), members }, `${run.workDir}/handover`, `${run.workDir}/handover.st2.tar.gz`, { recipients: [recipient] })
    context.system.progress.say(`hands over ${sealed.bytes} sealed bytes through the datastore (at most ${MOST_BYTES})`)
    const sent = await sendPieces(api, remote.run, sealed.path)
    await remote.ask('receive', { pieces: sent.pieces, sha256: sent.sha256 })
  } finally {
    await dropPieces(api, remote.run)
  }
  return told(await remote.seed(kinds), installed, remote)
}

/** This pack on the target, told what to do over the target's API. */
class Remote {
  /** The run on the other side: another one, also where both share a state directory. */
  readonly run: string

  constructor(
    readonly target: Instance,
    private readonly settings: StageSettings,
  ) {
    this.run = `${settings.run.slice(0, 58)}-there`
  }

  async ask<T = StageResult['data']>(action: string, parameters: Record<string, unknown>): Promise<T> {
    const { code, answer, why } = await this.start(action, parameters)
    if (code !== EXIT.done) throw new Refusal(`st2upgrade.${action} on ${this.target.url} failed: ${why}`, 'look at that execution there, then run deliver again', EXIT.failed)
    return answer as T
  }

  /** Its exit code is the answer: a ledger with items for a person is no failure of the hand-over. */
  async seed(kinds: Kind[]): Promise<{ code: number; answer: Answer; why: string }> {
    const { onConflict, conflictsOf = {}, landing, allowOlder } = this.settings
    const own = Object.entries(conflictsOf).filter(([kind]) => kinds.some(({ name }) => name === kind)).map(([kind, policy]) => `${kind}=${policy}`)
    return this.start('seed', {
      only: kinds.map(({ name }) => name).join(','),
      on_conflict: [onConflict, ...own].join(','),
      allow_active: landing === 'active',
      allow_older: allowOlder,
    })
  }

  private async start(action: string, parameters: Record<string, unknown>): Promise<{ code: number; answer: Answer; why: string }> {
    const { id, status, result } = await this.target.api.run(`st2upgrade.${action}`, { run: this.run, ...parameters }, { timeoutMs: 24 * 3_600_000 })
    const { stdout, stderr = '', return_code: code = 1, error } = (result ?? {}) as { stdout?: unknown; stderr?: string; return_code?: number; error?: string }
    const answer = (typeof stdout === 'object' && stdout !== null ? stdout : {}) as Answer
    const why = (Array.isArray(answer.summary) ? answer.summary.join('; ') : '') || `${error ?? stderr.trim().split('\n').pop() ?? ''}` || `execution ${id} ended as ${status}`
    return { code: status === 'succeeded' ? EXIT.done : code, answer, why }
  }
}

interface Answer {
  summary?: string[]
  [member: string]: unknown
}

const nothing = ({ run }: StageSettings): StageResult => ({
  stage: 'deliver',
  exit: EXIT.done,
  summary: ['the archive holds nothing that needs the files of the target', `next: st2upgrade verify --run ${run}`],
  data: { run },
})

function told({ code, answer, why }: { code: number; answer: Answer; why: string }, installed: string | undefined, { run, target }: Remote): StageResult {
  const lines = Array.isArray(answer.summary) ? answer.summary : [why]
  return {
    stage: 'deliver',
    exit: code,
    summary: [`handed over to ${target.url}, run ${run} there`, ...(installed === undefined ? [] : [installed]), ...lines.map((line) => `there: ${line}`)],
    data: { run, there: answer, ...(installed !== undefined && { installed }) },
  }
}
