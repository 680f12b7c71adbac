/**
 * What an undo has intended and confirmed, in a file beside the journal of what it takes back: lets it go on after kill -9.
 * Each head says how many lines of the apply's journal it takes back; what an apply writes afterwards is for the next one.
 */
import type { Written } from '../kinds/kind'
import { AppendLog, logRecords } from '../system/append-log'

const UNDO_VERSION = 1

/** `same`: it stood there already as it was before the apply. */
export type Undone = 'removed' | 'restored' | 'same' | Extract<Written['outcome'], 'left' | 'manual' | 'failed'>

/** With these an item is done with: what a later undo finds there is none of the earlier apply's business. */
export const DONE: readonly UndoLine['state'][] = ['removed', 'restored', 'same']

interface UndoHead {
  undo: number
  run: string
  /** Lines of the apply's journal when this undo began. */
  journal: number
  at: string
}

export interface UndoLine {
  kind: string
  identity: string
  state: 'intent' | Undone
  note?: string
  advice?: string
}

export const UNDO_FILE = 'undo.jsonl'

/** Every line with the number of the apply's journal lines that its undo takes back. */
export async function* undoLines(file: string): AsyncGenerator<{ line: UndoLine; journal: number } | { line?: undefined; journal: number; at: string }> {
  let journal = 0
  for await (const value of logRecords<UndoHead | UndoLine>(file)) {
    if ('undo' in value) yield { journal: (journal = value.journal), at: value.at }
    else yield { line: value, journal }
  }
}

/** Where each undo began, as a number of lines of the apply's journal. */
export async function undoHeads(file: string): Promise<number[]> {
  const heads: number[] = []
  for await (const { line, journal } of undoLines(file)) if (!line) heads.push(journal)
  return heads
}

/**
 * What an apply's writes replace is kept apart by the undos that came before it: an apply after an undo begins with what that
 * undo has put back. `heads` as {@link undoHeads} gives them.
 */
export const keptName = (heads: readonly number[]): string => (heads.length === 0 ? 'replaced' : `replaced-${heads.length}`)

/** The name that was in use when line `n` of the apply's journal was written. */
export const keptNameAt = (heads: readonly number[], n: number): string => keptName(heads.filter((journal) => journal < n))

export class UndoJournal {
  private constructor(private readonly log: AppendLog) {}

  /** Goes on with the last undo unless the apply's journal has grown since. */
  static async open(file: string, run: string, journal: number, now: Date): Promise<UndoJournal> {
    const last = (await undoHeads(file)).pop()
    const log = await AppendLog.open(file)
    if (last !== journal) log.append({ undo: UNDO_VERSION, run, journal, at: now.toISOString() } satisfies UndoHead)
    return new UndoJournal(log)
  }

  intend(kind: string, identity: string): void {
    this.log.append({ kind, identity, state: 'intent' } satisfies UndoLine)
  }

  confirm(line: UndoLine): void {
    this.log.append(line)
  }

  close(): Promise<void> {
    return this.log.close()
  }
}
