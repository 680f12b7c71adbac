/** Executions that have not ended when the export begins: no instance takes them over, so each is for a person. */
import type { Keeping } from './kept'
import { EXECUTIONS, type HistoryRecord } from './record-kind'

/** Every status that an execution leaves again (st2common, constants/action.py). */
const UNFINISHED = ['requested', 'scheduled', 'delayed', 'running', 'pending', 'pausing', 'paused', 'resuming', 'canceling'] as const

/** Every status of an execution. */
export const STATUSES: readonly string[] = [...UNFINISHED, 'succeeded', 'failed', 'timeout', 'canceled', 'abandoned']

/** The runner of core.ask. */
const INQUIRER = 'inquirer'
/** What this pack itself runs: an export that is started as an action runs while it looks. */
const OWN = /^st2upgrade\./

/** A part of an execution. */
export interface Unfinished {
  id: string
  status: string
  action: string
  user?: string
  parent?: string
  start_timestamp?: string
  isInquiry: boolean
}

const PARTS = 'status,action.ref,runner.name,context,parent,start_timestamp'

/** All of them, whatever the filters of the history say, but not those of this pack and what they have started. */
export async function unfinishedExecutions({ instance: { api } }: Pick<Keeping, 'instance'>): Promise<Unfinished[]> {
  const found = new Map<string, Unfinished>()
  for (const status of UNFINISHED) {
    // In one answer: such a list changes between two pages, on a busy instance at every moment.
    for (const row of await api.get<HistoryRecord[]>(EXECUTIONS.path, { status, include_attributes: PARTS, limit: -1 })) {
      // The filter may not be known.
      if (row.status === status) found.set(String(row.id), partOf(row))
    }
  }
  return [...found.values()].filter((one) => !isOwn(one, found)).sort((a, b) => (a.id < b.id ? -1 : 1))
}

export function partOf(row: HistoryRecord): Unfinished {
  const { action, runner, context, parent, start_timestamp } = row as { action?: { ref?: string }; runner?: { name?: string }; context?: { user?: string }; parent?: string; start_timestamp?: string }
  return { id: String(row.id), status: String(row.status), action: action?.ref ?? '', user: context?.user, parent, start_timestamp, isInquiry: runner?.name === INQUIRER }
}

/** What an unfinished one has started ends before it: its parent stands among them. */
function isOwn(one: Unfinished, all: Map<string, Unfinished>): boolean {
  const seen = new Set<string>()
  for (let at: Unfinished | undefined = one; at && !seen.has(at.id); at = all.get(at.parent ?? '')) {
    if (OWN.test(at.action)) return true
    seen.add(at.id)
  }
  return false
}

/** Those that wait for an answer are told as inquiries. */
export function remarkUnfinished(all: readonly Unfinished[], keeping: Pick<Keeping, 'remark'>): void {
  for (const { id, status, action, user, start_timestamp: start } of all.filter((one) => !one.isInquiry)) {
    keeping.remark({
      identity: id,
      outcome: 'manual',
      note: `${action} of ${user ?? 'nobody'}, begun ${start ?? 'at an unknown time'}, was ${status} when the export began: it does not go on elsewhere`,
      advice: 'let it end, or cancel it, before the old instance is switched off; what it had still to do is to be done again on the new one',
    })
  }
}
