/**
 * The receiving side of a hand-over, on the target's own host: a key pair whose private half never leaves it, then the sealed
 * pieces, put together into the archive of a run that the other stages go on with as with any other.
 */
import { promises as fs } from 'fs'
import { identityToRecipient } from 'age-encryption'
import { openArchive } from '../../archive/read'
import { EXIT, Refusal } from '../../core/exit-codes'
import { readTextIfThere } from '../../system/text-files'
import { identityOf } from '../own-seal'
import { inRun, type Run } from '../runs'
import { IDENTITY, requireSide } from '../sides'
import type { Stage, StageContext, StageResult, StageSettings } from '../types'
import { dropPieces, takePieces, type Sent } from './pieces'

/** Makes the run's key pair, once, and tells its public half. */
export const receiveKeyStage: Stage = (context, settings) =>
  inRun(context, settings, async (run) => {
    const recipient = await identityToRecipient(await identityOf(run))
    await run.save({})
    return { stage: 'receive', exit: EXIT.done, summary: [`run ${settings.run} takes archives sealed for ${recipient}`], data: { run: settings.run, recipient, host: context.system.hostname, ...(run.record.archiveSha256 !== undefined && { holds: run.record.archiveSha256 }) } }
  })

/** Takes what was sent into the run, and deletes the pieces whatever happens. */
export const receiveStage = (sent: Sent): Stage => (context, settings) => inRun(context, settings, (run) => receiveIn(run, sent, context, settings))

async function receiveIn(run: Run, sent: Sent, context: StageContext, settings: StageSettings): Promise<StageResult> {
  const { api } = requireSide(context, 'target')
  const identity = await readTextIfThere(run.at(IDENTITY))
  if (identity === undefined) throw new Refusal(`run ${settings.run} has no key pair on host ${context.system.hostname}`, 'hand over again: it may have gone to another action runner', EXIT.usage)
  const unseal = { identities: [identity.trim()] }
  const part = run.at('received.part')
  try {
    await fs.rm(part, { force: true })
    await takePieces(api, settings.run, sent, part)
    const archive = await openArchive(part, unseal, run.workDir)
    await archive.close()
    const out = run.at(`received-${sent.sha256.slice(0, 12)}.st2.tar.gz.age`)
    const before = run.record.archive
    await fs.rename(part, out)
    await run.save({ archive: out, archiveSha256: archive.sha256, sourceId: archive.manifest.instance.id })
    if (before !== undefined && before !== out) await fs.rm(before, { force: true })
    const counts = Object.fromEntries(Object.entries(archive.manifest.kinds).map(([kind, { count }]) => [kind, count]))
    return { stage: 'receive', exit: EXIT.done, summary: [`received the archive of run ${settings.run}, whole`, `archive: ${out}`, `next: st2upgrade plan --run ${settings.run}`], data: { run: settings.run, archive: out, counts } }
  } finally {
    await fs.rm(part, { force: true })
    await dropPieces(api, settings.run)
  }
}
