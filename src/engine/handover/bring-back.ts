/**
 * What a stage has written down on the target comes back here, item by item, so that it can be read where it was asked for: the plan,
 * the ledger, the account of an undo. It crosses as the archive did, sealed, in pieces through the datastore.
 */
import { promises as fs } from 'fs'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { sealFile, unsealFile } from '../../archive/sealed-file'
import { EXIT, Refusal } from '../../core/exit-codes'
import { inRun, type Run } from '../runs'
import { requireSide } from '../sides'
import type { Stage, StageContext, StageResult } from '../types'
import { dropPieces, sendPieces, takePieces, type Sent } from './pieces'
import type { There } from './there'

export type GivenBack = 'plan' | 'ledger' | 'undo'

const nameOf = (what: GivenBack): string => `${what}.jsonl`

/** On the target: puts it into the datastore, sealed for whoever asks. The asking side takes the pieces away; an hour ends them. */
export const giveBackStage = (what: GivenBack, recipient: string): Stage => (context, settings) =>
  inRun(context, settings, async (run) => {
    const { api } = requireSide(context, 'target')
    const file = run.at(nameOf(what))
    if (!(await isThere(file))) throw new Refusal(`run ${settings.run} has no ${nameOf(what)} on host ${context.system.hostname}`, 'name a run and a file that are there', EXIT.usage)
    const sealed = `${run.workDir}/${nameOf(what)}.age`
    await sealFile(file, sealed, recipient)
    await dropPieces(api, settings.run)
    const sent = await sendPieces(api, settings.run, sealed)
    return { stage: 'receive', exit: EXIT.done, summary: [`${nameOf(what)} of run ${settings.run} is in the datastore in ${sent.pieces} sealed pieces, for an hour`], data: { run: settings.run, ...sent } }
  })

/** Puts it into the run's directory here and tells so in the answer. That it could not be had changes nothing of what was done there. */
export async function bringBack(what: GivenBack, result: StageResult, there: There, run: Run, { system }: StageContext): Promise<StageResult> {
  try {
    await fetchFile(what, there, run)
  } catch (error) {
    system.progress.warn(`${nameOf(what)} could not be brought here: ${(error as Error).message}`)
    return result
  }
  const place = new RegExp(`^(${what}|${what} journal), on the target: .*$`)
  return { ...result, summary: result.summary.map((line) => line.replace(place, (_, named: string) => `${named}: ${run.at(nameOf(what))}`)), data: { ...result.data, ...(result.data[what] !== undefined && { [what]: run.at(nameOf(what)) }) } }
}

async function fetchFile(what: GivenBack, there: There, run: Run): Promise<void> {
  const { api } = there.target
  const identity = await generateIdentity()
  try {
    const { exit, answer, why } = await there.ask('receive', { give_back: what, recipient: await identityToRecipient(identity) })
    if (exit !== EXIT.done) throw new Error(answer.error?.message ?? why)
    const sealed = `${run.workDir}/${nameOf(what)}.age`
    await fs.rm(sealed, { force: true })
    await takePieces(api, there.run, answer as unknown as Sent, sealed)
    await unsealFile(sealed, `${run.workDir}/${nameOf(what)}`, identity)
    await fs.rename(`${run.workDir}/${nameOf(what)}`, run.at(nameOf(what)))
  } finally {
    await dropPieces(api, there.run)
  }
}

const isThere = (file: string): Promise<boolean> => fs.stat(file).then(({ size }) => size > 0, () => false)
