/**
 * What a run has written on a target, item by item: the journal's lines of all its plans put together. The first pre-image of
 * an item is what stood there before the run; what an earlier undo has taken back does not count any more.
 */
import * as path from 'path'
import { realDisk } from '../archive/disk'
import { createSorter } from '../archive/sorter'
import type { ItemSink } from '../archive/types'
import { EXIT, Refusal } from '../core/exit-codes'
import type { Item } from '../core/model'
import { logLines, logRecords } from '../system/append-log'
import { privateDirectory } from '../system/state'
import { JOURNAL_VERSION, type Head, type JournalLine } from './journal'
import { DONE, keptNameAt, undoHeads, undoLines, type UndoLine } from './undo-journal'

export interface Touched extends Item {
  /** The target's item before the run; absent when there was none. */
  before?: Item
  /** False when a write (or its undo) was begun and not confirmed, or failed: it may be half done. */
  settled: boolean
  /** Where its writes kept what an item does not hold, below the run's directory. */
  kept: string
}

export interface TouchedKinds {
  /** Kinds of which something was written. */
  kinds: string[]
  /** Lines of the journal. */
  lines: number
  /** In identity order. */
  of(kind: string): AsyncGenerator<Touched>
}

interface Files {
  journal: string
  undo: string
  workDir: string
}

/** Reads journal and undo journal; undefined when nothing was ever journaled. Only what went to the instance with the id `target` counts. Constant memory. */
export async function readTouched(files: Files, target: string): Promise<TouchedKinds | undefined> {
  const sorted = new SortedByKind(path.join(files.workDir, 'touched'))
  let serial = 0
  for await (const { line, journal } of undoLines(files.undo)) if (line) await sorted.add(line.kind, rowOf(line.identity, 0, ++serial, { undone: line.state, journal }))
  const lines = await readWrites(files.journal, target, sorted)
  if (lines === 0) return undefined
  const heads = await undoHeads(files.undo)
  const read = await sorted.close()
  return { kinds: [...read.keys()], lines, of: (kind) => touchedOf(read.get(kind), heads) }
}

async function readWrites(file: string, target: string, sorted: SortedByKind): Promise<number> {
  let n = 0
  let other: string | undefined
  let mine = 0
  for await (const value of logRecords<Head | JournalLine>(file)) {
    n++
    if ('journal' in value) {
      if (value.journal !== JOURNAL_VERSION) throw new Refusal(`the journal ${file} is of version ${value.journal}`, 'undo this run with the release that began it', EXIT.usage)
      other = value.target === undefined || value.target === target ? undefined : value.target
      if (other === undefined) mine++
    } else if (other === undefined) await sorted.add(value.kind, rowOf(value.identity, 1, n, { state: value.state, before: value.before }))
  }
  if (n > 0 && mine === 0) throw new Refusal(`this run wrote to another instance than ${target}`, 'name the target that the run was applied to', EXIT.usage)
  return n
}

/** A line of either file, under a name that brings the lines of an item together, the undo's first, each in its own order. */
interface Row extends Item {
  of: string
  n: number
  undone?: UndoLine['state']
  /** Of an undo's line: how many lines of the journal it takes back. */
  journal?: number
  state?: JournalLine['state']
  before?: Item
}

function rowOf(of: string, rank: 0 | 1, n: number, rest: Partial<Row>): Row {
  return { identity: `${of.replace(/\0/g, '\0\u0001')}\0\0${rank}${String(n).padStart(12, '0')}`, of, n, ...rest }
}

/** Bytes in memory of each kind that is sorted at the same time. */
const BUDGET = 1024 * 1024

class SortedByKind {
  private readonly sinks = new Map<string, { sink: ItemSink; file: string }>()

  constructor(private readonly dir: string) {}

  async add(kind: string, row: Row): Promise<void> {
    const known = this.sinks.get(kind) ?? (await this.open(kind))
    await known.sink.write(row)
  }

  private async open(kind: string): Promise<{ sink: ItemSink; file: string }> {
    const name = encodeURIComponent(kind)
    const file = path.join(this.dir, `${name}.jsonl`)
    await privateDirectory(this.dir)
    const opened = { sink: createSorter(kind, { file, scratch: path.join(this.dir, `${name}-runs`), disk: realDisk, budget: BUDGET }), file }
    this.sinks.set(kind, opened)
    return opened
  }

  async close(): Promise<Map<string, string>> {
    const files = new Map<string, string>()
    for (const [kind, { sink, file }] of this.sinks) {
      await sink.close()
      files.set(kind, file)
    }
    return files
  }
}

async function* touchedOf(file: string | undefined, heads: number[]): AsyncGenerator<Touched> {
  if (file === undefined) return
  let fold: Fold | undefined
  for await (const text of logLines(file)) {
    const row = JSON.parse(text) as Row
    if (fold && fold.identity !== row.of) yield* fold.end()
    if (fold?.identity !== row.of) fold = new Fold(row.of, heads)
    fold.add(row)
  }
  if (fold) yield* fold.end()
}

/** The lines of one item become what was done to it. */
class Fold {
  private first?: Row
  private wrote = false
  /** An intent without an answer. */
  private open = false
  /** Something was begun that never came to a good end. */
  private half = false
  private doneUpTo = 0
  /** Up to which line an undo was begun and not brought to an end. */
  private undoOpen = 0

  constructor(
    readonly identity: string,
    private readonly heads: number[],
  ) {}

  add(row: Row): void {
    if (row.undone !== undefined) this.undo(row)
    else if (row.n > this.doneUpTo) this.write(row)
  }

  private undo({ undone, journal }: Row): void {
    const done = DONE.includes(undone!)
    if (done) this.doneUpTo = journal!
    this.undoOpen = undone === 'intent' || undone === 'failed' ? journal! : 0
  }

  private write(row: Row): void {
    const { state } = row
    if (row.n > this.undoOpen) this.undoOpen = 0
    if (state === 'intent') {
      this.half ||= this.open
      this.first ??= row
    }
    if (state === 'carried' || state === 'transformed') [this.wrote, this.half] = [true, false]
    if (state === 'failed') this.half = true
    this.open = state === 'intent'
  }

  /** Nothing for what was only found there, or where nothing was written. */
  *end(): Generator<Touched> {
    if (!this.first || !(this.wrote || this.half || this.open)) return
    const { n, before } = this.first
    yield { identity: this.identity, ...(before && { before }), settled: !(this.half || this.open) && this.undoOpen === 0, kept: keptNameAt(this.heads, n) }
  }
}
