/**
 * What an apply has intended and confirmed, change by change: lets it resume after kill -9, and later be undone from the
 * pre-images that an intent keeps. The file is the truth, never an execution's status.
 */
import { EXIT, Refusal } from '../core/exit-codes'
import type { Item } from '../core/model'
import type { Written } from '../kinds/kind'
import { AppendLog, logRecords } from '../system/append-log'

export const JOURNAL_VERSION = 1

export type JournalState = 'none' | 'intent' | Written['outcome']
const STATES: JournalState[] = ['none', 'intent', 'carried', 'transformed', 'left', 'manual', 'failed']

export interface Head {
  journal: number
  run: string
  plan: string
  /** Database id of the target's pack `core`; older journals have none. */
  target?: string
}
export interface JournalLine {
  /** Number of the change in the plan. */
  n: number
  kind: string
  identity: string
  state: JournalState
  note?: string
  advice?: string
  /** The target's item as it stood, when it is about to be overwritten. */
  before?: Item
}

/** The states of all changes, one byte each, and the notes of those few that have one. */
export class JournalStates {
  private states = new Uint8Array(1024)
  readonly notes = new Map<number, Pick<JournalLine, 'note' | 'advice'>>()

  get(n: number): JournalState {
    return STATES[this.states[n] ?? 0]!
  }

  set({ n, state, note, advice }: Pick<JournalLine, 'n' | 'state' | 'note' | 'advice'>): void {
    if (n >= this.states.length) {
      const wider = new Uint8Array(Math.max(n + 1, this.states.length * 2))
      wider.set(this.states)
      this.states = wider
    }
    this.states[n] = STATES.indexOf(state)
    if (note !== undefined || advice !== undefined) this.notes.set(n, { note, advice })
    else this.notes.delete(n)
  }
}

/** Reads the states since the last head; undefined when there is no journal yet. */
export async function readJournal(file: string): Promise<{ head: Head; states: JournalStates; lines: number } | undefined> {
  let head: Head | undefined
  let lines = 0
  let states = new JournalStates()
  for await (const value of logRecords<Head | JournalLine>(file)) {
    if ('journal' in value) {
      head = value
      states = new JournalStates()
      lines = 0
    } else {
      states.set(value)
      lines++
    }
  }
  return head && { head, states, lines }
}

export class Journal {
  private constructor(
    private readonly log: AppendLog,
    readonly states: JournalStates,
    /** True when this apply goes on where an earlier one stopped. */
    readonly resumed: boolean,
  ) {}

  /** Opens the journal for a plan. After a new plan the file goes on under a new head; older lines stay for undo. */
  static async open(file: string, run: string, planSha256: string, target?: string): Promise<Journal> {
    const old = await readJournal(file)
    if (old && old.head.journal !== JOURNAL_VERSION) {
      throw new Refusal(`the journal ${file} is of version ${old.head.journal}`, 'finish this run with the release that began it', EXIT.usage)
    }
    const log = await AppendLog.open(file)
    const same = old?.head.plan === planSha256
    if (!same) log.append({ journal: JOURNAL_VERSION, run, plan: planSha256, target } satisfies Head)
    return new Journal(log, same ? old.states : new JournalStates(), same && old.lines > 0)
  }

  intend(change: { n: number; kind: string; identity: string }, before: Item | undefined): void {
    this.add({ n: change.n, kind: change.kind, identity: change.identity, state: 'intent', ...(before ? { before } : {}) })
  }

  confirm(change: { n: number; kind: string; identity: string }, written: Written): void {
    const { outcome, note, advice } = written
    this.add({ n: change.n, kind: change.kind, identity: change.identity, state: outcome, note, advice })
  }

  private add(line: JournalLine): void {
    this.log.append(line)
    this.states.set(line)
  }

  close(): Promise<void> {
    return this.log.close()
  }
}
