/**
 * Executions of past days, for a sandbox that shall look used: made by the machinery that real requests go through, ended with
 * results of their own instead of being run, and moved back in time. StackStorm itself has no way to make them.
 */
import { rules, triggers, type TriggerDoc } from '../content/documents'
import type { Collection, Doc, Sandbox } from '../types'
import { ruleEnforcementsOf, triggerInstancesOf } from './history'
import type { Execution, Json, Status } from './model'
import { change, executionsOf, moveTo } from './records'
import { requestExecution } from './request'
import { dispatch } from './rules/dispatch'
import { taken } from './taken'
import { tracesOf } from './traces'
import { findAction } from './world'

const DAY_MS = 86_400_000

interface Occasion {
  action: string
  parameters: (i: number) => Json
  /** Actions that a workflow ran, one after the other. */
  children?: readonly string[]
}

const OCCASIONS: readonly Occasion[] = [
  { action: 'core.local', parameters: (i) => ({ cmd: `echo ${i}` }) },
  { action: 'netops.ping', parameters: (i) => ({ subject: `srv${100 + i}.example.org` }) },
  { action: 'netops.diagnose', parameters: (i) => ({ device: `sw${i}` }), children: ['netops.ping', 'core.noop'] },
  { action: 'tickets.escalate', parameters: (i) => ({ ticket: `#${4000 + i}`, token: `t0ken-${i}` }) },
  { action: 'deploy.rollout', parameters: (i) => ({ subject: `image:${i}` }) },
  { action: 'core.echo', parameters: (i) => ({ message: `žluťoučký kůň ${i}\n"quoted"` }) },
]
const USERS = ['st2admin', 'alice', 'bob', 'ci', 'st2admin']

/**
 * Makes `count` executions, spread evenly over the last days; some by rules, with their trigger instances, enforcements and traces.
 * Actions that are not there, or off, are passed over.
 */
export function leavePast(sandbox: Sandbox, count: number, days: number): void {
  const executions = executionsOf(sandbox)
  const occasions = OCCASIONS.filter(({ action }) => findAction(sandbox, action)?.enabled)
  const hooks = webhooksOfRules(sandbox)
  const [first, start] = [executions.size, Date.now() - days * DAY_MS]
  for (let i = 0; executions.size - first < count; i++) {
    const when = start + Math.floor(((executions.size - first) / count) * days * DAY_MS)
    const hook = i % 6 === 5 ? hooks[i % hooks.length] : undefined
    backInTime(sandbox, when, () => {
      if (hook) byRule(sandbox, hook, i)
      else byHand(sandbox, occasions[i % occasions.length] as Occasion, i)
    })
  }
}

function byHand(sandbox: Sandbox, { action, parameters, children = [] }: Occasion, i: number): void {
  const user = USERS[i % USERS.length] as string
  const execution = requestExecution(sandbox, { action, parameters: parameters(i), user })
  for (const child of children) {
    const parent = { execution_id: execution.id, user, pack: execution.context.pack }
    end(sandbox, requestExecution(sandbox, { action: child, parameters: {}, user, context: { parent } }), 'succeeded', i)
  }
  end(sandbox, execution, outcome(i), i)
}

function byRule(sandbox: Sandbox, trigger: TriggerDoc, i: number): void {
  const payload = { headers: { 'Content-Type': 'application/json' }, headers_lower: { 'content-type': 'application/json' }, body: { subject: `alarm ${i}`, severity: 'critical', ticket: `#${i}` } }
  dispatch(sandbox, trigger, payload, `webhook-${String(trigger.parameters.url)}-${i}`, (execution) => end(sandbox, execution, outcome(i), i))
}

/** Triggers of webhooks for which an enabled rule waits. */
function webhooksOfRules(sandbox: Sandbox): TriggerDoc[] {
  const waiting = new Set(rules(sandbox).all().flatMap(({ enabled, trigger }) => (enabled ? [trigger] : [])))
  return triggers(sandbox).all().filter(({ type, ref }) => type === 'core.st2.webhook' && waiting.has(ref))
}

const outcome = (i: number): Status => (i % 31 === 30 ? 'timeout' : i % 23 === 22 ? 'canceled' : i % 7 === 6 ? 'failed' : 'succeeded')

/** As if a runner had taken it and given this back. */
function end(sandbox: Sandbox, { id, runner }: Execution, status: Status, i: number): void {
  change(sandbox, id, taken)
  const succeeded = status === 'succeeded'
  const shell = { failed: !succeeded, succeeded, return_code: succeeded ? 0 : 1 + (i % 3), stdout: succeeded ? `done ${i}` : '', stderr: succeeded ? '' : `host ${i} does not answer` }
  moveTo(sandbox, id, status, { result: runner.name === 'orquesta' ? { output: { answer: `done ${i}` }, ...(succeeded ? {} : { errors: [{ type: 'error', message: 'Execution failed.' }] }) } : shell })
}

/** Runs `work` and gives all that it made times from `when` (milliseconds) on. */
function backInTime(sandbox: Sandbox, when: number, work: () => void): void {
  const touched = [executionsOf(sandbox), triggerInstancesOf(sandbox), ruleEnforcementsOf(sandbox), tracesOf(sandbox)] as unknown as Collection<Doc>[]
  const before = touched.map((collection) => collection.size)
  const shift = Date.now() - when
  work()
  touched.forEach((collection, c) => {
    for (const doc of collection.all().slice(before[c])) collection.put(shifted(doc, shift) as Doc)
  })
}

const TIMES = new Set(['start_timestamp', 'end_timestamp', 'timestamp', 'occurrence_time', 'enforced_at', 'updated_at'])

/** A copy with every time of a record that many milliseconds earlier; what its parameters and results say stays. */
function shifted(value: unknown, ms: number): unknown {
  if (Array.isArray(value)) return value.map((item) => shifted(item, ms))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, TIMES.has(name) && typeof member === 'string' ? earlier(member, ms) : name === 'parameters' || name === 'result' ? member : shifted(member, ms)]))
}

/** Microseconds are kept, so that the order stays. */
const earlier = (time: string, ms: number): string => new Date(Date.parse(time) - ms).toISOString().slice(0, 23) + time.slice(23)
