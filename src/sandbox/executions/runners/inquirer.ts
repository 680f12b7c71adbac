/** core.ask: the execution waits as `pending` until somebody answers its inquiry. Knowledge: recordings inquiries. */
import type { Runner } from './types'

export const inquirerRunner: Runner = async ({ parameters }) => {
  const { schema, roles, users, route, ttl } = parameters.runner
  return { status: 'pending', result: { schema, roles, users, route, ttl } }
}
