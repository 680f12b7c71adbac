/** Executions as the API shows them, whole or in part. Knowledge: recordings executions. */
import { Fault, type SandboxRequest } from '../types'
import type { VersionTraits } from '../traits'
import { maskExecution } from './masking'
import type { Execution, Json } from './model'
import { parameter } from './query'
import { cutTime, secondsBetween } from './time'

/** Members of an execution in the database; the flag tells which have parts that can be asked for. */
const FIELDS: Record<string, 'parts' | 'whole'> = {
  id: 'whole',
  trigger: 'parts',
  trigger_type: 'parts',
  trigger_instance: 'parts',
  rule: 'parts',
  action: 'parts',
  runner: 'parts',
  liveaction: 'parts',
  workflow_execution: 'whole',
  task_execution: 'whole',
  status: 'whole',
  start_timestamp: 'whole',
  end_timestamp: 'whole',
  parameters: 'parts',
  result: 'whole',
  result_size: 'whole',
  context: 'parts',
  parent: 'whole',
  children: 'parts',
  log: 'parts',
  delay: 'whole',
  web_url: 'whole',
}

const EXCLUDABLE = ['result', 'trigger_instance', 'status']

/** Which members an answer holds. */
interface Selection {
  include?: string[]
  exclude?: string[]
}

/**
 * Reads `include_attributes` and `exclude_attributes`; throws the 400 for what StackStorm does not know. Lists and single
 * executions name an unknown attribute in different words.
 */
export function readSelection(request: SandboxRequest, traits: VersionTraits, inList: boolean): Selection {
  const include = parameter(request, 'include_attributes')?.split(',')
  const exclude = parameter(request, 'exclude_attributes')?.split(',')
  if (include && exclude) throw new Fault(400, 'exclude_fields and include_fields arguments are mutually exclusive. You need to provide either one or another, but not both.')
  const refused = exclude?.find((name) => !EXCLUDABLE.includes(name))
  if (refused !== undefined) throw new Fault(400, `Invalid or unsupported exclude attribute specified: ${refused}`)
  for (const name of include ?? []) checkIncluded(name, traits, inList)
  return { include, exclude }
}

function checkIncluded(name: string, traits: VersionTraits, inList: boolean): void {
  const [field = '', part] = name.split('.')
  const known = field === 'result_size' && !traits.executionResultSize ? undefined : FIELDS[field]
  if (known === undefined) {
    const what = inList && field !== '' ? field : `Cannot resolve field "${field}"`
    throw new Fault(400, `Invalid or unsupported include attribute specified: ${what}`)
  }
  const hasParts = known === 'parts' || (field === 'result' && !traits.executionResultSize)
  if (part !== undefined && !hasParts) throw new Fault(400, `Invalid or unsupported include attribute specified: Cannot resolve subfield or operator ${part} on the field ${field}`)
}

interface ViewOptions extends Selection {
  showSecrets?: boolean
  traits: VersionTraits
  /** The answer to the request that made it: times are still as exact as they were taken. */
  fresh?: boolean
}

const WEB_UI = 'https://localhost'

/** An execution in the API's form. Empty members are left out, as StackStorm does. */
export function viewExecution(execution: Execution, { include, exclude, showSecrets, traits, fresh }: ViewOptions): Json {
  const { trace: _, ...shown } = showSecrets ? execution : maskExecution(execution)
  const { log, start_timestamp, end_timestamp, id } = shown
  const whole: Json = {
    ...shown,
    liveaction: withoutNothing(shown.liveaction),
    log: fresh ? log : log.map((entry) => ({ ...entry, timestamp: cutTime(entry.timestamp, traits.executionLogDigits) })),
    web_url: `${WEB_UI}/#/history/${id}/general`,
    ...(end_timestamp !== undefined && { elapsed_seconds: secondsBetween(start_timestamp, end_timestamp) }),
    ...(!traits.executionResultSize && { result_size: undefined }),
  }
  return withoutEmpty(include ? select(whole, include, traits) : omit(whole, exclude ?? []))
}

/** What is read for each execution whatever was asked for: secrets could not be masked else. */
const ALWAYS_READ = ['action.parameters', 'action.pack', 'action.uid', 'runner.runner_parameters']
const ALWAYS_READ_NEWER = ['action.output_schema', 'runner.output_key']

/** Of an included object StackStorm answers the parts asked for and those it had to read anyway. */
function select(whole: Json, include: string[], traits: VersionTraits): Json {
  const read = [...include, ...ALWAYS_READ, ...(traits.executionReadsOutputSchema ? ALWAYS_READ_NEWER : [])]
  const names = new Set(['id', ...include.map((name) => name.split('.')[0] ?? '')])
  const chosen: Json = {}
  for (const name of names) {
    const parts = include.includes(name) ? [] : read.filter((one) => one.startsWith(`${name}.`)).map((one) => one.slice(name.length + 1))
    if (parts.length > 0) chosen[name] = name === 'result' ? undefined : pick(whole[name], parts)
    else chosen[name] = whole[name]
  }
  return chosen
}

function pick(value: unknown, parts: string[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => pick(item, parts))
  const names = parts.map((part) => part.split('.')[0] ?? '')
  return Object.fromEntries(Object.entries(value as Json).filter(([name]) => names.includes(name)))
}

const omit = (whole: Json, names: string[]): Json => Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name)))
const withoutNothing = (object: Json): Json => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
const withoutEmpty = (object: Json): Json => Object.fromEntries(Object.entries(object).filter(([, value]) => !isEmpty(value)))

/** What counts as nothing in Python. */
function isEmpty(value: unknown): boolean {
  if (!value) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
