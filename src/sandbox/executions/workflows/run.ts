/**
 * The runner of Orquesta workflows that come with packs: reads and inspects the definition, lets the conductor decide, runs the
 * tasks as child executions. Knowledge: running-on-stackstorm.md section 3, recordings executions.
 */
import * as fs from 'fs'
import * as path from 'path'
import { parseYaml } from '../../content/yaml'
import { keysOf } from '../../datastore/store'
import { isMapping } from '../../python'
import type { Collection, Doc, Sandbox } from '../../types'
import { ParameterError } from '../graph'
import type { Execution, Json, Outcome, Parameters } from '../model'
import { change, executionsOf, looseId } from '../records'
import type { Run, Runner } from '../runners/types'
import { findAction, findRunner } from '../world'
import { Conductor, newState } from './conductor'
import { readDefinition } from './definition'
import { inspect } from './inspect'
import type { State } from './state'
import { runTask } from './task'

/** A workflow's definition and state, kept so that it can be run again from one of its tasks. */
interface WorkflowDoc extends Doc {
  yaml: Json
  inputs: Json
  state: State
  /** What it gave when it ended first: StackStorm keeps that and works out no other when tasks run again (seen on 3.8.1 and 3.9.0). */
  output?: Json | null
}

const workflowsOf = ({ store }: Sandbox): Collection<WorkflowDoc> => store.collection<WorkflowDoc>('workflow_executions')

export const orquestaRunner: Runner = async (run) => {
  const { tasks } = (run.execution.context['re-run'] ?? {}) as { tasks?: string[] }
  try {
    return await (tasks?.length ? again(run, tasks) : first(run))
  } catch (error) {
    return { status: 'failed', result: { output: null, errors: [{ message: (error as Error).message }] } }
  }
}

async function first(run: Run): Promise<Outcome> {
  const { sandbox, execution, parameters } = run
  const yaml = readYaml(sandbox, execution)
  const context = contextOf(run)
  const findings = inspect(yaml, Object.keys(context), (ref) => parametersOf(sandbox, ref))
  if (findings.length > 0) return { status: 'failed', result: { output: null, errors: findings } }
  const doc = workflowsOf(sandbox).put({ id: looseId(), yaml, inputs: parameters.action, state: newState() })
  context.st2 = { ...(context.st2 as Json), workflow_execution_id: doc.id }
  return conduct(run, doc, (conductor) => conductor.start(parameters.action, context))
}

/** The workflow of an earlier execution, taken up again from these tasks. */
async function again(run: Run, tasks: string[]): Promise<Outcome> {
  const { ref } = run.execution.context['re-run'] as { ref: string }
  const id = executionsOf(run.sandbox).get(ref)?.context.workflow_execution as string | undefined
  if (id === undefined) throw new Error('Unable to rerun workflow execution because workflow_execution_id is not provided.')
  const doc = workflowsOf(run.sandbox).get(id)
  if (!doc) throw new Error(`Unable to rerun workflow execution "${id}" because it does not exist.`)
  if (doc.state.status === 'running') throw new Error(`Unable to rerun workflow execution "${id}" because it is not in a completed state.`)
  return conduct(run, doc, (conductor) => conductor.rerun(tasks))
}

async function conduct(run: Run, doc: WorkflowDoc, begin: (conductor: Conductor) => void): Promise<Outcome> {
  const { sandbox, execution } = run
  change(sandbox, execution.id, ({ context }) => ({ context: { ...context, workflow_execution: doc.id } }))
  const state = copy(doc.state)
  const conductor = new Conductor(readDefinition(doc.yaml), state, (key, decrypt) => datastoreValue(sandbox, execution.context.user, key, decrypt))
  begin(conductor)
  const begun = state.status === 'running'
  if (begun) await runTasks(run, conductor, doc.id)
  const output = doc.output ?? (begun ? conductor.output() : null)
  workflowsOf(sandbox).put({ ...doc, state: copy(state), output })
  const { status, errors } = state
  return { status: status === 'running' ? 'failed' : status, result: { output, ...(status === 'failed' && { errors }) } }
}

/** Stored documents are frozen, and what still runs may change its own. */
const copy = (state: State): State => JSON.parse(JSON.stringify(state)) as State

/** Runs what the conductor gives until the workflow has ended. A failure ends it at once: what runs then is not waited for. */
function runTasks(run: Run, conductor: Conductor, workflow: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let running = 0
    const go = (): void => {
      for (const ready of conductor.next()) {
        running++
        void runTask(run, workflow, ready)
          .then((ended) => conductor.end(ready.task.name, ready.route, ended), (error: unknown) => refused(conductor, ready, error))
          .then(() => (running--, go()))
          .catch(reject)
      }
      if (running === 0 || (conductor.state.status !== 'running' && !conductor.isRemedying())) resolve()
    }
    go()
  })
}

/** A task that could not be requested fails the workflow, with the reason. */
function refused(conductor: Conductor, { task, route }: { task: { name: string }; route: number }, error: unknown): void {
  const kind = error instanceof ParameterError ? 'ParamException' : 'ValueError'
  conductor.drop(task.name, route)
  conductor.fail({ message: `${kind}: ${(error as Error).message}`, task_id: task.name, route })
}

function readYaml({ paths }: Sandbox, { action }: Execution): Json {
  const file = path.join(paths.packs, action.pack, 'actions', String(action.entry_point))
  const yaml = parseYaml(fs.readFileSync(file, 'utf8'), { source: file })
  if (!isMapping(yaml)) throw new Error('The spec is not type of json or yaml.')
  return yaml
}

/** What a workflow knows of its own execution. */
function contextOf({ sandbox, execution }: Run): Json {
  const { id, action, context } = execution
  const { api_user, source_channel } = context
  const st2 = { action_execution_id: id, api_url: `${sandbox.apiUrl}/v1`, user: context.user, pack: context.pack, action: action.ref, runner: action.runner_type }
  return { st2: { ...st2, ...(api_user !== undefined && { api_user }), ...(source_channel !== undefined && { source_channel }) }, parent: { ...context } }
}

function parametersOf(sandbox: Sandbox, ref: string): Parameters | undefined {
  const action = findAction(sandbox, ref)
  return action && { ...findRunner(sandbox, action.runner_type)?.runner_parameters, ...action.parameters }
}

/** `system.NAME` or `user.NAME`. */
function datastoreValue(sandbox: Sandbox, user: string, key: string, decrypt: boolean): unknown {
  const own = key.startsWith('user.')
  const name = key.replace(/^(system|user)\./, '')
  const found = own ? keysOf(sandbox).find('st2kv.user', `${user}:${name}`) : keysOf(sandbox).find('st2kv.system', name)
  return found && (decrypt ? sandbox.decrypt(found.value) : found.value)
}
