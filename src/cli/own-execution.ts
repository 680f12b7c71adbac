/** Inside an action: cancelling the execution does not end the process, so it is watched, and the work asked to stop. */
import { connect } from '../st2/client'
import { watchOwnExecution, type Stoppable, type Watch } from '../st2/cancellation'
import type { Clock } from '../system/ports'

/** Does nothing outside of an action. */
export function watchOwn(env: Record<string, string | undefined>, stop: Stoppable, clock: Clock): Watch {
  const { ST2_ACTION_EXECUTION_ID: id, ST2_ACTION_API_URL: url, ST2_ACTION_AUTH_TOKEN: token } = env
  if (!id || !url || !token) return { end: async () => undefined }
  const api = connect({ url, credentials: { token }, clock, deadlineMs: 10_000 })
  const watch = watchOwnExecution(api, id, stop, clock)
  return { end: () => watch.end().finally(() => api.close()) }
}
