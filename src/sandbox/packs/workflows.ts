/**
 * The two workflows around packs: packs.install (tasks, order and result as the Orquesta workflow gives them) and packs.uninstall
 * (an action chain). Knowledge: recordings packs-install, packs-install-bad, packs-dependencies.
 */
import type { Execution, Json, Outcome } from '../executions/model'
import { change, looseId } from '../executions/records'
import { registerWorkflow } from '../executions/runners/built-in'
import type { Run } from '../executions/runners/types'
import { now } from '../executions/time'
import type { Dependencies } from './dependencies'

/** So many levels of dependencies are followed. */
const DEPTH = 10

interface Output {
  packs_list: string[] | null
  message: string
  conflict_list: string[] | null
  warning_list: string[] | null
}

interface TaskError {
  type: 'error'
  message: string
  task_id: string
  result?: unknown
}

/** A task failed: the workflow ends. */
class TaskFailed extends Error {
  constructor(readonly error: TaskError) {
    super(error.message)
  }
}

const FAILED = 'Execution failed. See result for details.'

async function install(run: Run): Promise<Outcome> {
  const output: Output = { packs_list: null, message: '', conflict_list: null, warning_list: null }
  const workflow = looseId()
  change(run.sandbox, run.execution.id, ({ context }) => ({ context: { ...context, workflow_execution: workflow } }))
  const task = async (name: string, action: string, parameters: Json): Promise<unknown> => {
    const ended = await run.child({ action, parameters, ...placeIn(workflow, name) })
    if (ended.status !== 'succeeded') throw new TaskFailed({ type: 'error', message: FAILED, task_id: name, result: ended.result })
    return (ended.result as { result?: unknown }).result
  }
  try {
    await installTasks(run, task, output)
    return { status: 'succeeded', result: { output } }
  } catch (error) {
    if (error instanceof TaskFailed) return { status: 'failed', result: { output, errors: [error.error] } }
    throw error
  }
}

function placeIn(workflow_execution: string, task_name: string): { context: Json; workflow_execution: string; task_execution: string } {
  const task_execution = looseId()
  const orquesta = { workflow_execution_id: workflow_execution, task_execution_id: task_execution, task_name, task_id: task_name, task_route: 0 }
  return { context: { orquesta }, workflow_execution, task_execution }
}

type Task = (name: string, action: string, parameters: Json) => Promise<unknown>

async function installTasks({ parameters: { action: given } }: Run, task: Task, output: Output): Promise<void> {
  await task('init_task', 'core.noop', {})
  let downloaded: unknown
  let dependency_list: string[] | null = null
  for (let nested = DEPTH; ; ) {
    downloaded = await task('download_pack', 'packs.download', { packs: given.packs, force: given.force, dependency_list })
    output.packs_list = (await task('make_a_prerun', 'packs.virtualenv_prerun', { packs_status: downloaded, packs_list: output.packs_list })) as string[]
    if (given.skip_dependencies === true || nested === 0) break
    const found = (await task('get_pack_dependencies', 'packs.get_pack_dependencies', { packs_status: downloaded, nested })) as Dependencies
    ;({ dependency_list, nested } = found)
    output.conflict_list = found.conflict_list
    await task('check_dependency_and_conflict_list', 'core.noop', {})
    if (found.conflict_list.length > 0) await stopForConflict(task, output)
    if (found.dependency_list.length === 0) break
  }
  await task('install_pack_requirements', 'packs.setup_virtualenv', { packs: output.packs_list, env: given.env, timeout: given.timeout })
  const { warning_list } = (await task('get_pack_warnings', 'packs.get_pack_warnings', { packs_status: downloaded })) as { warning_list: string[] }
  output.warning_list = warning_list
  // Published whatever the outcome of the last task: a failed install says so too.
  output.message = 'Successfully installed packs'
  await task('register_pack', 'packs.load', { register: given.register, packs: output.packs_list })
}

/** What was downloaded is deleted again. */
async function stopForConflict(task: Task, output: Output): Promise<never> {
  await task('stop_installation_and_cleanup_because_conflict', 'packs.delete', { packs: output.packs_list, delete_env: false })
  await task('echo_pack_conflicts', 'core.noop', {})
  output.message =
    'Unable to install packs due to conflicts. Review the conflict_list and check the versions of corresponding installed packs. You can also run the `st2 pack install` command with the `--skip-dependencies` flag to skip installing dependent packs.'
  throw new TaskFailed({ type: 'error', message: FAILED, task_id: 'fail' })
}

const CHAIN = [
  { name: 'unregister packs', ref: 'packs.unload' },
  { name: 'delete packs', ref: 'packs.delete' },
]

async function uninstall(run: Run): Promise<Outcome> {
  const { packs } = run.parameters.action
  const tasks: Json[] = []
  for (const { name, ref } of CHAIN) {
    const started = now()
    const ended = await run.child({ action: ref, parameters: { packs }, context: { chain: { name, ref, parameters: { packs } } } })
    tasks.push(chainTask(name, ended, started))
    if (ended.status !== 'succeeded') return { status: 'failed', result: { tasks, published: {} } }
  }
  return { status: 'succeeded', result: { tasks, published: {} } }
}

function chainTask(name: string, { id, liveaction, status, result }: Execution, started: string): Json {
  const withOffset = (time: string): string => time.replace('Z', '+00:00')
  return { id: name, name, execution_id: id, liveaction_id: liveaction.id, workflow: null, created_at: withOffset(started), updated_at: withOffset(now()), state: status, result }
}

/** Makes these workflows known to the executions' workflow runners. */
export function registerPackWorkflows(): void {
  registerWorkflow('packs.install', install)
  registerWorkflow('packs.uninstall', uninstall)
}
