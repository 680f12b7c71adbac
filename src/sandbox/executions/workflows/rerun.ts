/** Running tasks of an ended workflow again. */
import { COMMANDS } from './definition'
import type { Entry, State } from './state'

/** Stages tasks anew, with what they saw; throws with StackStorm's text when one never ran. */
export function stageAgain(state: State, names: readonly string[]): void {
  const missing = names.filter((name) => !state.entries.some(({ task }) => task === name))
  if (missing.length > 0) throw new Error(`Unable to rerun workflow because one or more tasks is not found: ${missing.join(',')}`)
  // What was still under way when the workflow failed was not waited for.
  for (const entry of state.entries) if (entry.status === 'running' || entry.status === 'retrying') entry.status = 'failed'
  for (const entry of state.entries) if (!endsWell(entry) || names.includes(entry.task)) delete entry.last
  const latest = new Map(state.entries.filter(({ task }) => names.includes(task)).map((entry) => [`${entry.task}|${entry.route}`, entry]))
  state.errors = state.errors.filter(({ task_id }) => task_id === undefined || !names.includes(task_id))
  state.staged = state.staged.filter(({ task }) => !names.includes(task))
  for (const { task, route, layers } of latest.values()) state.staged.push({ task, route, layers: [...layers], ready: true })
  state.status = 'running'
}

/** A branch that came to its own end stays part of the output when another is run again. */
const endsWell = ({ task, status, open }: Entry): boolean => status === 'succeeded' && !COMMANDS.includes(task) && !Object.values(open).includes(true)
