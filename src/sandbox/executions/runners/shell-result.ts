/** What becomes of a shell command's exit and output. Knowledge: running-on-stackstorm.md section 2. */
import type { Outcome, Status } from '../model'

export interface Ended {
  /** Exit code, or minus the number of the signal that ended the shell. */
  code: number
  stdout: Buffer
  stderr: Buffer
  /** The action's time limit in seconds, when that ended it. */
  timedOutAfter?: number
}

const TIMED_OUT = -9
const BY_CODE: Record<number, Status> = { 0: 'succeeded', [TIMED_OUT]: 'timeout', [-15]: 'abandoned' }

/** Status and result. `bigIntegers`: what a JSON integer beyond 8 bytes does to a run. */
export function shellOutcome(ended: Ended, bigIntegers: 'text' | 'fail'): Outcome {
  const text = { stdout: decode(ended.stdout), stderr: decode(ended.stderr) }
  const broken = [text.stdout, text.stderr].find((part) => part.problem !== undefined)
  if (broken?.problem !== undefined) return { status: 'failed', result: { error: broken.problem, traceback: '' } }
  const code = ended.timedOutAfter === undefined ? ended.code : TIMED_OUT
  const stdout = parseOutput(withoutLineEnd(text.stdout.text))
  const stderr = parseOutput(withoutLineEnd(text.stderr.text))
  if (bigIntegers === 'fail' && (stdout.tooBig || stderr.tooBig)) return { status: 'failed', result: { error: 'MongoDB can only handle up to 8-byte ints', traceback: '' } }
  const result = { failed: code !== 0, succeeded: code === 0, return_code: code, stdout: stdout.value, stderr: stderr.value }
  const error = ended.timedOutAfter === undefined ? {} : { error: `Action failed to complete in ${ended.timedOutAfter} seconds` }
  return { status: BY_CODE[code] ?? 'failed', result: { ...result, ...error } }
}

function decode(bytes: Buffer): { text: string; problem?: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    const at = firstBadByte(bytes)
    return { text: '', problem: `'utf-8' codec can't decode byte 0x${(bytes[at] ?? 0).toString(16).padStart(2, '0')} in position ${at}: invalid start byte` }
  }
}

function firstBadByte(bytes: Buffer): number {
  const whole = bytes.toString('utf8')
  return Buffer.byteLength(whole.slice(0, whole.indexOf('\ufffd')))
}

/** One line end at the end is cut. */
const withoutLineEnd = (text: string): string => text.replace(/(\r\n|\r|\n)$/, '')

/** Text that is one JSON value as a whole becomes that value. */
export function parseOutput(text: string): { value: unknown; tooBig?: boolean } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { value: text }
  }
  if (hasInteger(text, (digits) => !Number.isSafeInteger(Number(digits)))) return { value: text, tooBig: hasInteger(text, beyond8Bytes) }
  return { value }
}

/** Integers outside JavaScript's exact range stay text in any case: a value that came out changed would be worse. */
function hasInteger(json: string, test: (digits: string) => boolean): boolean {
  const withoutStrings = json.replace(/"(?:[^"\\]|\\.)*"/g, '""')
  return (withoutStrings.match(/-?\d+(?![\d.eE])/g) ?? []).some((digits) => digits.length > 15 && test(digits))
}

function beyond8Bytes(digits: string): boolean {
  const value = BigInt(digits)
  return value > BigInt('9223372036854775807') || value < BigInt('-9223372036854775808')
}
