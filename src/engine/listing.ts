/**
 * Everything of one kind on an instance, in identity order, on disk: what plans, applies and proofs read as often as they
 * like in constant memory.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import { realDisk } from '../archive/disk'
import { createSorter } from '../archive/sorter'
import type { Archive, ItemSink, KindSummary } from '../archive/types'
import type { Item, Remark } from '../core/model'
import type { Instance, Kind, Reading } from '../kinds/kind'
import { logLines } from '../system/append-log'
import { LeftOut, Selection } from './selection'
import type { StageContext, StageSettings } from './types'

export interface Listing {
  readonly summary: KindSummary
  readonly remarks: Remark[]
  readonly notes: string[]
  /** What the selection left out. */
  readonly leftOut: LeftOut
  /** The words of the selection that fitted something. */
  readonly met: ReadonlySet<string>
  items(): AsyncGenerator<Item>
}

interface ListOptions {
  context: StageContext
  settings: StageSettings
  instance: Instance
  kind: Kind
  workDir: string
  stage?: Reading['stage']
  wanted?: Archive
  /** List cheaply, only to see what changed. */
  glance?: boolean
}

let serial = 0

/** Lists a kind into a sorted file below `workDir`. */
export async function listKind(options: ListOptions): Promise<Listing> {
  const { kind, instance, workDir } = options
  const dir = path.join(workDir, `list-${++serial}-${kind.name}`)
  await fs.mkdir(dir, { recursive: true, mode: 0o700 })
  const file = path.join(dir, 'items.jsonl')
  const sink = createSorter(kind.name, { file, scratch: path.join(dir, 'runs'), disk: realDisk })
  const found: Found = { remarks: [], notes: [], leftOut: new LeftOut(), met: new Set() }
  const summary = await listInto(sink, options, found, path.join(dir, 'tmp'))
  options.context.system.progress.say(`${summary.count} ${kind.title} on the ${instance.side}`)
  return { summary, ...found, items: () => readItems(file) }
}

interface Found {
  remarks: Remark[]
  notes: string[]
  leftOut: LeftOut
  met: Set<string>
}

async function listInto(sink: ItemSink, options: ListOptions, found: Found, workDir: string): Promise<KindSummary> {
  const { context, settings, instance, kind, wanted } = options
  await fs.mkdir(workDir, { recursive: true, mode: 0o700 })
  const selection = new Selection(settings)
  const isLeftOut = (item: Item): boolean => {
    const reason = selection.leftOut(kind, item, (word) => found.met.add(word))
    if (reason !== undefined) found.leftOut.add(reason, item.identity)
    return reason !== undefined
  }
  const staged = options.stage && new Staged(options.stage)
  const reading: Reading = {
    system: context.system,
    instance,
    settings,
    remark: (remark) => {
      if (!isLeftOut(namedAlone(remark.identity))) found.remarks.push(remark)
    },
    note: (text) => found.notes.push(text),
    stage: staged && ((member) => staged.stage(member)),
    wanted,
    workDir,
    leftOut: isLeftOut,
  }
  const rows = options.glance && kind.glance ? kind.glance(reading) : kind.list(reading)
  context.system.progress.stage(`list ${kind.title} on the ${instance.side}`)
  for await (const item of rows) {
    context.system.stop.check()
    if (isLeftOut(item)) {
      await staged?.forget(item)
      continue
    }
    await sink.write(item)
    context.system.progress.step()
  }
  return sink.close()
}

/** Of a remark only the identity is known; outside the kinds without packs it begins with the pack. */
const namedAlone = (identity: string): Item => ({ identity, pack: identity.split('.')[0] })

/** What was staged for an item goes when the item is left out: its file must not travel all the same. */
class Staged {
  private readonly files = new Map<string, string>()

  constructor(private readonly into: NonNullable<Reading['stage']>) {}

  async stage(member: string): Promise<string> {
    const file = await this.into(member)
    this.files.set(member, file)
    return file
  }

  /** Removes the members that the item names. */
  async forget(item: unknown): Promise<void> {
    if (typeof item === 'object' && item !== null) for (const one of Object.values(item)) await this.forget(one)
    const file = typeof item === 'string' ? this.files.get(item) : undefined
    if (file !== undefined) await fs.rm(file, { force: true })
  }
}

async function* readItems(file: string): AsyncGenerator<Item> {
  for await (const line of logLines(file)) yield JSON.parse(line) as Item
}
