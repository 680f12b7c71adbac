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
import type { StageContext, StageSettings } from './types'

export interface Listing {
  readonly summary: KindSummary
  readonly remarks: Remark[]
  readonly notes: string[]
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
  const found = { remarks: [] as Remark[], notes: [] as string[] }
  const summary = await listInto(sink, options, found, path.join(dir, 'tmp'))
  options.context.system.progress.say(`${summary.count} ${kind.title} on the ${instance.side}`)
  return { summary, ...found, items: () => readItems(file) }
}

async function listInto(sink: ItemSink, options: ListOptions, found: { remarks: Remark[]; notes: string[] }, workDir: string): Promise<KindSummary> {
  const { context, settings, instance, kind, stage, wanted } = options
  await fs.mkdir(workDir, { recursive: true, mode: 0o700 })
  const reading: Reading = {
    system: context.system,
    instance,
    settings,
    remark: (remark) => found.remarks.push(remark),
    note: (text) => found.notes.push(text),
    stage,
    wanted,
    workDir,
  }
  const rows = options.glance && kind.glance ? kind.glance(reading) : kind.list(reading)
  context.system.progress.stage(`list ${kind.title} on the ${instance.side}`)
  for await (const item of rows) {
    context.system.stop.check()
    await sink.write(item)
    context.system.progress.step()
  }
  return sink.close()
}

async function* readItems(file: string): AsyncGenerator<Item> {
  for await (const line of logLines(file)) yield JSON.parse(line) as Item
}
