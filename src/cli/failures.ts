/** What a person and a script are told about something that was thrown: what happened, to which item, what to do next. Pure. */
import { ArchiveError } from '../archive/errors'
import { refusal, type Code } from '../commands/catalogue'
import { EXIT, Refusal } from '../core/exit-codes'
import type { StageResult } from '../engine/types'
import { fileError } from '../system/file-errors'

export interface Circumstances {
  /** The command that failed, or `st2upgrade` when none was found. */
  stage: string
  /** The run that it belonged to, when it had one. */
  run?: string
  /** The same again, as it would be typed. */
  again: string
  /** Exit code of a stop that was asked for, when one was: an error after that is its consequence. */
  stoppedWith?: number
}

/** The result of a command that threw. An unexpected fault is told with its first line only; the trace goes to the log. */
export function failure(error: unknown, at: Circumstances): StageResult {
  const known = recognise(error, at)
  const code = codeOf(error, known)
  const next = goingOn(known, at)
  return {
    stage: at.stage,
    exit: known.exit,
    summary: [`${at.stage}: ${known.message}`, ...known.details, `Next: ${next}`],
    data: { ...(at.run !== undefined && { run: at.run }), error: { code, message: known.message, next, details: known.details } },
  }
}

/** After a failure the same is to be run again: it goes on only if it names the run. */
function goingOn({ exit, advice }: Refusal, { run, again }: Circumstances): string {
  return exit !== EXIT.failed || run === undefined || advice.includes(run) ? advice : `${advice.replace(/\.$/, '')}; to go on: ${again}`
}

/** True for a fault of the tool itself, whose trace belongs in the log. */
export const isUnexpected = (result: StageResult): boolean => (result.data.error as { code?: string } | undefined)?.code === 'E_UNEXPECTED'

function recognise(error: unknown, at: Circumstances): Refusal {
  if (at.stoppedWith !== undefined) return refusal(at.stoppedWith === 130 ? 'E_INTERRUPTED' : 'E_STOPPED', { again: at.again })
  if (error instanceof Refusal) return error
  if (error instanceof ArchiveError) return new Refusal(error.message, error.advice, ASKS_FOR_MORE.test(error.problem) ? EXIT.usage : EXIT.failed)
  const fault = error as { code?: unknown; path?: unknown; message?: unknown; syscall?: unknown }
  const code = typeof fault?.code === 'string' ? FILE_FAULTS[fault.code] : undefined
  if (code) return refusal(code, { path: typeof fault.path === 'string' ? fault.path : 'the state directory' })
  const ofFile = typeof fault?.syscall === 'string' && typeof fault.path === 'string' ? fileError(error, fault.syscall, fault.path) : undefined
  if (ofFile instanceof Refusal) return ofFile
  const [reason = 'unknown'] = String(fault?.message ?? error).split('\n')
  return refusal('E_UNEXPECTED', { reason })
}

/** What a script tells failures apart by: a code of the catalogue, of the port to StackStorm, or of the archive. */
function codeOf(error: unknown, known: Refusal): string {
  if (error instanceof ArchiveError) return error.problem
  return 'code' in known && typeof known.code === 'string' ? known.code : 'E_REFUSED'
}

/** The archive is right, what was given to open it is not. */
const ASKS_FOR_MORE = /^(needs|wrong)-|^bad-recipient$/

const FILE_FAULTS: Record<string, Code> = {
  ENOSPC: 'E_DISK_FULL',
  EDQUOT: 'E_DISK_FULL',
  EROFS: 'E_READ_ONLY',
  EACCES: 'E_NO_ACCESS',
  EPERM: 'E_NO_ACCESS',
  ENOENT: 'E_NOT_FOUND',
}
