/**
 * The history of a StackStorm that was just set up: its installer tries the first action, `st2 run core.local -- date -R`, so no
 * instance is without executions (errors 43 of the recordings shows one).
 */
import type { Sandbox } from '../types'
import { change, moveTo } from './records'
import { requestExecution } from './request'
import { taken } from './taken'

/** Leaves that execution in a new root; a sandbox that was started before has it already. */
export function leaveFirstHistory(sandbox: Sandbox): void {
  if (sandbox.store.sealed) return
  const { id } = requestExecution(sandbox, { action: 'core.local', parameters: { cmd: 'date -R' }, user: 'st2admin' })
  change(sandbox, id, taken)
  const stdout = new Date().toUTCString().replace('GMT', '+0000')
  moveTo(sandbox, id, 'succeeded', { result: { failed: false, succeeded: true, return_code: 0, stdout, stderr: '' } })
}
