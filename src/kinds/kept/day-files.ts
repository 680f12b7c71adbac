/**
 * Records on their way into the archive: one member a day, gzip JSON lines sorted by time and id. Memory is bounded by the
 * sorter's budget and the largest record; one day is open at a time, since lists come in the order of time.
 */
import * as path from 'path'
import { realDisk, type Disk } from '../../archive/disk'
import { GzipFile } from '../../archive/gzip-file'
import { createSorter } from '../../archive/sorter'
import type { ItemSink, KeptMember } from '../../archive/types'
import { canonicalJson } from '../../core/canonical'
import { dayOf } from '../../core/moments'
import type { Item } from '../../core/model'
import { timeOf, type HistoryRecord, type RecordKind } from './record-kind'

/** Where records without a time go. */
const UNDATED = 'undated'

/** Names of members; `history/executions/2026-11-22.jsonl.gz`. */
export const historyPrefix = (kind: string): string => `history/${kind}/`

interface Day {
  name: string
  member: string
  sorter: ItemSink & { abandon(): Promise<void> }
  file: () => GzipFile
  from?: string
  to?: string
}

interface Places {
  /** The staging path of a member. */
  stage: (member: string) => Promise<string>
  /** A directory of its own. */
  scratch: string
  disk?: Disk
}

export class DayFiles {
  private day: Day | undefined
  private readonly made: KeptMember[] = []
  private readonly parts = new Map<string, number>()

  constructor(
    private readonly kind: RecordKind,
    private readonly places: Places,
  ) {}

  async add(record: HistoryRecord): Promise<void> {
    const time = timeOf(this.kind, record)
    const day = await this.opened(time === undefined ? UNDATED : dayOf(time))
    if (time !== undefined && (day.from === undefined || time < day.from)) day.from = time
    if (time !== undefined && (day.to === undefined || time > day.to)) day.to = time
    await day.sorter.write({ identity: `${time ?? ''} ${String(record.id)}`, record })
  }

  /** The members, by name. */
  async close(): Promise<KeptMember[]> {
    await this.closeDay()
    return this.made.sort((a, b) => (a.member < b.member ? -1 : 1))
  }

  /** Nothing stays open; what was staged is removed with the staging directory. */
  async abandon(): Promise<void> {
    await this.day?.sorter.abandon()
    this.day = undefined
  }

  private async opened(name: string): Promise<Day> {
    if (this.day?.name === name) return this.day
    await this.closeDay()
    return (this.day = await this.openDay(name))
  }

  /** A day that was closed already gets a second member: only a list out of order comes to that. */
  private async openDay(name: string): Promise<Day> {
    const part = (this.parts.get(name) ?? 0) + 1
    this.parts.set(name, part)
    const member = `${historyPrefix(this.kind.name)}${name}${part === 1 ? '' : `.${part}`}.jsonl.gz`
    const file = await this.places.stage(member)
    const disk = this.places.disk ?? realDisk
    let zipped: GzipFile | undefined
    const zipping: Disk = { ...disk, create: async (wanted) => (wanted === file ? (zipped = await GzipFile.create(disk, wanted)) : disk.create(wanted)) }
    const line = ({ record }: Item): string => canonicalJson(record)
    return { name, member, sorter: createSorter(this.kind.name, { file, scratch: path.join(this.places.scratch, 'runs'), disk: zipping, line }), file: () => zipped! }
  }

  private async closeDay(): Promise<void> {
    const { day } = this
    if (!day) return
    this.day = undefined
    const { count } = await day.sorter.close()
    this.made.push({ member: day.member, count, sha256: day.file().sha256(), ...(day.from !== undefined && { from: day.from, to: day.to }) })
  }
}
