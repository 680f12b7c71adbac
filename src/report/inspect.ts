/**
 * inspect: what an archive, plan, journal or ledger holds, or what a run has left in its directory. Reads files only, asks
 * no network, shows no value.
 */
import * as path from 'path'
import type { UnsealWith } from '../archive/types'
import { EXIT, Refusal } from '../core/exit-codes'
import { runRecord } from '../engine/runs'
import { UNDO_FILE } from '../engine/undo-journal'
import { Selection } from '../engine/selection'
import { refuseUnknownKinds, unsealBeside } from '../engine/sides'
import type { StageResult } from '../engine/types'
import { fileError } from '../system/file-errors'
import { firstBytes } from '../system/look'
import { inspectArchive } from './inspect-archive'
import { inspectJournal, inspectLedger, inspectPlan, inspectUndo } from './inspect-lines'

/** As much of a file as tells what it is. */
const START = 4096

export interface InspectOptions {
  unseal: UnsealWith
  /** Words as `only` takes them: what is listed by name too. */
  only: string[]
}

/** Tells what a file holds; what it is, is seen from its first bytes. Rejects with a Refusal when it is none of ours. */
export async function inspectFile(file: string, options: InspectOptions): Promise<StageResult> {
  refuseUnknownKinds(new Selection({ only: options.only }).named)
  const start = await firstBytes(file, START).catch((error: unknown) => {
    throw fileError(error, 'read', file)
  })
  if (isArchive(start)) return inspectArchive(file, await unsealBeside(file, options.unseal), options.only)
  const line = parsed(start.toString('utf8').split('\n')[0] ?? '')
  if (line && 'plan' in line && 'archiveSha256' in line) return inspectPlan(file, options.only)
  if (line && 'undo' in line) return inspectUndo(file)
  if (line && 'journal' in line) return inspectJournal(file)
  if (start.length === 0 || (line && 'outcome' in line) || path.basename(file) === 'ledger.jsonl') return inspectLedger(file, options.only)
  throw new Refusal(`${file} is no archive, plan, journal or ledger`, 'Give the path of a file that export, plan, apply or verify has written', EXIT.usage)
}

/** What a run has left: its record, and which of its files are there. */
export async function inspectRun(stateDir: string, run: string): Promise<StageResult> {
  const dir = path.join(stateDir, 'runs', run)
  const record = await runRecord(stateDir, run)
  if (!record) throw new Refusal(`there is no run ${run} in ${stateDir}`, 'Name the state directory with state_dir, or a file with file', EXIT.usage)
  // Of a run that was handed over plan and ledger come back; its journal lies where it is carried out.
  const own = record.there ? [path.join(dir, 'plan.jsonl')] : [record.plan, path.join(dir, 'journal.jsonl')]
  const files = [record.archive, ...own, path.join(dir, 'ledger.jsonl')].filter((file): file is string => typeof file === 'string')
  const undo = path.join(dir, UNDO_FILE)
  if (await isThere(undo)) files.push(undo)
  const there = await Promise.all(files.map(async (file) => ({ file, found: await isThere(file) })))
  return {
    stage: 'inspect',
    exit: EXIT.done,
    summary: [
      `run ${run}, begun ${String(record.started)} on host ${String(record.host)}`,
      ...(record.sourceUrl ? [`source: ${record.sourceUrl}`] : []),
      ...(record.targetUrl ? [`target: ${record.targetUrl}`] : []),
      ...(record.there ? [`carried out on the target, as run ${record.there.run} there${record.there.leftAt === undefined ? '' : `; taken back ${record.there.leftAt}, when this pack left it`}`] : []),
      ...(record.activated ? [`activated ${record.activated}`] : record.activatedPacks ? [`activated for now: packs ${record.activatedPacks.join(', ')}`] : []),
      ...(record.undone ? [`last taken back ${record.undone}`] : []),
      ...there.map(({ file, found }) => `${found ? 'holds' : 'lacks'} ${file}`),
      'next: st2upgrade inspect --file PATH for what one of them holds',
    ],
    data: { ...record, files: there },
  }
}

const isThere = (file: string): Promise<boolean> => firstBytes(file, 1).then(() => true, () => false)

/** gzip's magic number, or the first line of an age file. */
const isArchive = (start: Buffer): boolean => (start[0] === 0x1f && start[1] === 0x8b) || start.toString('latin1', 0, 21) === 'age-encryption.org/v1'

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
