/** What befalls requests: delays, the write limit, faults; and how many there were. */
import type { ServerResponse } from 'http'
import type { Reply } from '../types'
import { faultSettings, type FaultRule, type FaultSettings } from './settings'

export interface Counts {
  requests: number
  writes: number
}

const TEXTS: Record<number, string> = { 429: 'Too Many Requests', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout' }

/** What shall happen to one request: of the faults that strike, the first of each moment. */
export interface Fate {
  before?: FaultRule
  after?: FaultRule
}

export class Faults {
  readonly counts: Counts = { requests: 0, writes: 0 }
  private rules: { rule: FaultRule; met: number }[] = []
  private nextWriteEnd = 0

  constructor(private settings: FaultSettings = faultSettings()) {
    this.set(settings)
  }

  /** Puts new settings in the place of the old; counting of `at` and `count` begins anew. */
  set(settings: FaultSettings): void {
    this.settings = settings
    this.rules = settings.faults.map((rule) => ({ rule, met: 0 }))
  }

  /** Counts a request and says what shall happen to it. */
  meet(isWrite: boolean, path: string): Fate {
    this.counts.requests++
    if (isWrite) this.counts.writes++
    const fate: Fate = {}
    for (const entry of this.rules) {
      const moment = isAfter(entry.rule) ? 'after' : 'before'
      if (!fate[moment] && strikes(entry, isWrite, path)) fate[moment] = entry.rule
    }
    return fate
  }

  /** Waits as long as a request of this sort takes. */
  delay(isWrite: boolean): Promise<void> {
    const now = Date.now()
    const { limit, readMs, writeMs } = this.settings
    if (!isWrite || !limit) return sleep(isWrite ? writeMs : readMs)
    this.nextWriteEnd = Math.max(now + limit.writeMs, this.nextWriteEnd + limit.spacingMs)
    return sleep(writeMs + this.nextWriteEnd - now)
  }
}

/** A slow body and a death after the request can only come once there is an answer. */
const isAfter = (rule: FaultRule): boolean => rule.after || rule.what === 'slow'

function strikes(entry: { rule: FaultRule; met: number }, isWrite: boolean, path: string): boolean {
  const { on, path: part, rate, at, count } = entry.rule
  if ((on === 'write' && !isWrite) || (on === 'read' && isWrite) || (part !== undefined && !path.includes(part))) return false
  if (rate !== undefined && Math.random() >= rate) return false
  entry.met++
  return (at === undefined || entry.met === at) && (count === undefined || entry.met <= count)
}

/** The answer of a status fault. */
export function faultReply({ status = 500, retryAfter }: FaultRule): Reply {
  return { status, json: { faultstring: TEXTS[status] ?? 'Error' }, ...(retryAfter !== undefined && { headers: { 'Retry-After': String(retryAfter) } }) }
}

/** Kills this process as a power cut would: nothing is flushed, nothing is said. */
export function die(): never {
  process.kill(process.pid, 'SIGKILL')
  for (;;);
}

/** Sends a body in ten pieces a second. */
export async function trickle(response: ServerResponse, bytes: Buffer, bytesPerSecond: number): Promise<void> {
  const piece = Math.max(1, Math.floor(bytesPerSecond / 10))
  for (let at = 0; at < bytes.length && !response.destroyed; at += piece) {
    response.write(bytes.subarray(at, at + piece))
    await sleep(100)
  }
  response.end()
}

const sleep = (ms: number): Promise<void> => (ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve())
