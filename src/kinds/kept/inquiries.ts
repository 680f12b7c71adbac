/**
 * Questions of core.ask that wait for an answer. An answer given on another instance reaches nobody: each is for a person.
 * Knowledge: recordings inquiries; their list takes no offset, 20 come unless all are asked for.
 */
import type { Keeping } from './kept'
import { EXECUTIONS, INQUIRIES, type HistoryRecord } from './record-kind'
import { partOf } from './unfinished'

/** What is told of the execution that asks. */
const PARTS = 'status,action.ref,runner.name,context,parent,start_timestamp,parameters'

/** Each with a part of its execution, which knows when it was asked and by whom. */
export async function pendingInquiries({ instance: { api } }: Pick<Keeping, 'instance'>): Promise<HistoryRecord[]> {
  const found: HistoryRecord[] = []
  for (const inquiry of await api.get<HistoryRecord[]>(INQUIRIES.path, { limit: -1 })) {
    const execution = await api.find<HistoryRecord>(`${EXECUTIONS.path}/${String(inquiry.id)}`, { include_attributes: PARTS, show_secrets: true })
    found.push({ ...inquiry, ...(execution && { execution, start_timestamp: execution.start_timestamp }) })
  }
  return found.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

export function remarkPending(pending: readonly HistoryRecord[], { remark }: Pick<Keeping, 'remark'>): void {
  for (const { id, execution, users } of pending) {
    const { user, start_timestamp: start, parent } = partOf((execution ?? {}) as HistoryRecord)
    const whom = Array.isArray(users) && users.length > 0 ? `${users.join(', ')}` : 'anybody'
    remark({
      identity: String(id),
      outcome: 'manual',
      note: `a question for ${whom}, asked ${start ?? 'at an unknown time'} for ${user ?? 'nobody'}${parent === undefined ? '' : ` by execution ${parent}`}, waits for an answer: it cannot be answered on another instance`,
      advice: `answer it on the old instance (st2 inquiry respond ${String(id)}), or run again on the new one what asks`,
    })
  }
}
