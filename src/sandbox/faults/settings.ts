/**
 * Faults on demand, as text and as data. A fault is written as words with commas between, for example
 * `status=503,rate=0.1,retry-after=1,on=write` or `die,at=17,on=write,after`:
 *
 *   what    status=N (an error answer; retry-after=SECONDS)   drop (the connection is cut)
 *           slow (bytes-per-second=N: the body of the answer trickles)   die (the process kills itself with SIGKILL)
 *   when    on=read|write|any (any)   path=TEXT (requests whose path holds it)
 *           rate=0..1   at=N (the N-th such request alone)   count=N (the first N)   none of these: each
 *   after   the request is carried out first; else it is not carried out
 *
 * Faults are for the API port; the auth service is spared.
 */

import { EXIT, Refusal } from '../../core/exit-codes'

export type Side = 'read' | 'write' | 'any'

export interface FaultRule {
  what: 'status' | 'drop' | 'slow' | 'die'
  status?: number
  retryAfter?: number
  bytesPerSecond?: number
  on: Side
  path?: string
  rate?: number
  at?: number
  count?: number
  after: boolean
}

/** How long a write takes at least, and how far apart writes end whatever their number: milliseconds. */
export interface WriteLimit {
  writeMs: number
  spacingMs: number
}

export interface FaultSettings {
  faults: FaultRule[]
  /** Milliseconds added to each read and write. */
  readMs: number
  writeMs: number
  limit?: WriteLimit
}

/** Measured on live instances of 3.9.0: a quiet one (18 ms a write, 100 a second from 4 at once on) and a busy one (70 ms, 30 a second). */
const LIMITS: Record<string, WriteLimit | undefined> = { quiet: { writeMs: 18, spacingMs: 10 }, busy: { writeMs: 70, spacingMs: 1000 / 30 } }

/** The settings as a command line or the control port gives them. */
export interface FaultOptions {
  /** Texts as the head of this file tells. */
  faults?: string[]
  readMs?: number
  writeMs?: number
  limit?: string
}

/** Throws an Error that names what is wrong. */
export function faultSettings({ faults = [], readMs = 0, writeMs = 0, limit }: FaultOptions = {}): FaultSettings {
  if (limit !== undefined && limit !== 'none' && !LIMITS[limit]) throw wrong(`unknown limit ${limit}: quiet, busy or none`)
  return { faults: faults.map(parseFault), readMs, writeMs, ...(limit && LIMITS[limit] ? { limit: LIMITS[limit] } : {}) }
}

const NUMBERS = { status: 'status', 'retry-after': 'retryAfter', 'bytes-per-second': 'bytesPerSecond', rate: 'rate', at: 'at', count: 'count' } as const

const wrong = (what: string): Refusal => new Refusal(what, 'Faults are written like "status=503,rate=0.1,retry-after=1,on=write; drop,at=17"', EXIT.usage)

export function parseFault(text: string): FaultRule {
  const rule: Partial<FaultRule> = { on: 'any', after: false }
  for (const word of text.split(',')) readWord(word.trim(), rule, text)
  if (!rule.what) throw wrong(`the fault ${text} does not say what happens: status=N, drop, slow or die`)
  if (rule.what === 'slow' && !rule.bytesPerSecond) throw wrong(`the fault ${text} needs bytes-per-second=N`)
  return rule as FaultRule
}

function readWord(word: string, rule: Partial<FaultRule>, text: string): void {
  const at = word.indexOf('=')
  const [name, value] = at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]
  if (value === undefined && (name === 'drop' || name === 'slow' || name === 'die')) rule.what = name
  else if (value === undefined && name === 'after') rule.after = true
  else if (name === 'on' && (value === 'read' || value === 'write' || value === 'any')) rule.on = value
  else if (name === 'path' && value) rule.path = value
  else if (name in NUMBERS && value !== undefined && Number.isFinite(Number(value))) {
    rule[NUMBERS[name as keyof typeof NUMBERS]] = Number(value)
    if (name === 'status') rule.what = 'status'
  } else throw wrong(`the fault ${text} has a part that nobody knows: ${word}`)
}
