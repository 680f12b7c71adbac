/** Gives the sandbox a past: executions of the last days, and questions that wait for an answer. */
import { control } from '../control/client'
import type { RawClient } from './client'
import { pooled } from './pool'

export interface HistorySize {
  /** Without the inquiries. */
  executions: number
  days: number
  /** Pending ones. */
  inquiries: number
}

/** Past executions come through the sandbox's control port (no API of StackStorm makes any), inquiries by running core.ask. */
export async function seedHistory(admin: RawClient, root: string, { executions, days, inquiries }: HistorySize): Promise<void> {
  await control(root, 'past', { executions, days })
  const questions = Array.from({ length: inquiries }, (_, i) => question(i))
  await pooled(questions, 5, async (parameters) => {
    const { id } = await admin.call<{ id: string }>('POST', '/v1/executions', { action: 'core.ask', parameters })
    while ((await admin.call<{ status: string }>('GET', `/v1/executions/${id}?include_attributes=status`)).status !== 'pending') await new Promise((resolve) => setTimeout(resolve, 20))
  })
}

function question(i: number): object {
  const schema = { type: 'object', properties: { go: { type: 'boolean', description: `Go on with change ${i + 1}?`, required: true } } }
  return { route: i % 2 ? 'operations' : '', users: i % 2 ? ['alice', 'bob'] : [], ttl: 1440, schema }
}
