/**
 * The plan as a file: JSON lines, a header, the changes of each kind in identity order, and an end line whose checksum
 * proves that all of it is there. A reader refuses other versions and broken files. It holds no values.
 */
import { createHash } from 'crypto'
import { canonicalJson } from '../core/canonical'
import { EXIT, Refusal } from '../core/exit-codes'
import type { Rewrite } from '../core/host-names'
import type { Change, ChangeAction } from '../core/model'
import type { Blocker, Landing } from '../kinds/kind'
import { logLines } from '../system/append-log'
import { JsonLinesFile } from '../system/json-lines'

export const PLAN_VERSION = 1

/** How the canonical end line begins; a change begins with its action. */
const END_START = '{"blockers":'

export interface PlanHeader {
  plan: number
  run: string
  created: string
  archiveSha256: string
  source: { id: string; url: string; version: string }
  target: { id: string; url: string; version: string; user: string }
  kinds: string[]
  onConflict: string
  otherUsers: boolean
  /** How the target comes up. */
  landing?: Landing
  /** The selection by kind, pack and name; what it leaves out stays left out in every later stage. */
  only?: string[]
  except?: string[]
  /** Host names that are changed on the way; the later stages change the same ones. */
  rewrite?: readonly Rewrite[]
}

/** Counts and blockers stand at the end: they are known when the last change was weighed. */
export interface PlanEnd {
  end: true
  changes: number
  /** Items that the target already has as they are, by kind. */
  identical: Record<string, number>
  counts: Record<string, Partial<Record<ChangeAction, number>>>
  blockers: Blocker[]
  /** What the plan tells beside its changes, one line each. */
  told?: string[]
  sha256: string
}

export interface Plan {
  readonly header: PlanHeader
  readonly end: PlanEnd
  /** SHA-256 of the whole file. */
  readonly sha256: string
  /** The changes with their number in the file, of one kind or all. */
  changes(kind?: string): AsyncGenerator<Change & { n: number }>
}

export class PlanWriter {
  private readonly hash = createHash('sha256')
  private count = 0
  private readonly counts: PlanEnd['counts'] = {}

  private constructor(private readonly file: JsonLinesFile) {}

  static async create(file: string, header: PlanHeader): Promise<PlanWriter> {
    const writer = new PlanWriter(await JsonLinesFile.create(file))
    await writer.line(header)
    return writer
  }

  async change(change: Change): Promise<void> {
    const ofKind = (this.counts[change.kind] ??= {})
    ofKind[change.action] = (ofKind[change.action] ?? 0) + 1
    this.count++
    await this.line(change)
  }

  /** Writes the end line and makes the plan visible under its name. */
  async finish(rest: Pick<PlanEnd, 'identical' | 'blockers' | 'told'>): Promise<void> {
    const end: PlanEnd = { end: true, changes: this.count, ...rest, counts: this.counts, sha256: this.hash.copy().digest('hex') }
    await this.line(end)
    await this.file.finish()
  }

  /** Nothing becomes visible. */
  abandon(): Promise<void> {
    return this.file.abandon()
  }

  private line(value: unknown): Promise<void> {
    const text = canonicalJson(value)
    this.hash.update(`${text}\n`)
    return this.file.line(text)
  }
}

/** Reads and checks a plan whole before anything of it is used. */
export async function readPlan(file: string): Promise<Plan> {
  const all = createHash('sha256')
  const upToEnd = createHash('sha256')
  let header: PlanHeader | undefined
  let end: PlanEnd | undefined
  let last: string | undefined
  for await (const line of logLines(file)) {
    if (end) throw broken(file, 'there are lines behind its end')
    header ??= headerOf(file, line)
    if (line.startsWith(END_START)) end = endOf(file, line)
    if (!end) upToEnd.update(`${line}\n`)
    all.update(`${line}\n`)
    last = line
  }
  if (!header || last === undefined) throw broken(file, 'it is empty')
  if (!end) throw broken(file, 'its end is missing')
  if (end.sha256 !== upToEnd.digest('hex')) throw broken(file, 'its checksum does not fit')
  return { header, end, sha256: all.digest('hex'), changes: (kind) => changesOf(file, kind) }
}

async function* changesOf(file: string, kind: string | undefined): AsyncGenerator<Change & { n: number }> {
  let n = -1
  for await (const line of logLines(file)) {
    const value = JSON.parse(line) as Change & { end?: boolean; plan?: number }
    if (value.plan !== undefined || value.end) continue
    n++
    if (kind === undefined || value.kind === kind) yield { ...value, n }
  }
}

function endOf(file: string, line: string): PlanEnd {
  try {
    return JSON.parse(line) as PlanEnd
  } catch {
    throw broken(file, 'its end is cut off')
  }
}

function headerOf(file: string, line: string): PlanHeader {
  let value: Partial<PlanHeader>
  try {
    value = JSON.parse(line) as Partial<PlanHeader>
  } catch {
    throw broken(file, 'it is not a plan')
  }
  if (typeof value.plan !== 'number') throw broken(file, 'it is not a plan')
  if (value.plan !== PLAN_VERSION) {
    throw new Refusal(`the plan ${file} is of version ${value.plan}, this tool reads version ${PLAN_VERSION}`, 'plan again with this release', EXIT.usage)
  }
  return value as PlanHeader
}

const broken = (file: string, why: string): Refusal => new Refusal(`the plan ${file} cannot be used: ${why}`, 'make the plan again', EXIT.usage)
