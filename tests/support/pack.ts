/** The pack's own metadata as StackStorm reads it. */
import * as fs from 'fs'
import * as yaml from 'js-yaml'
import * as path from 'path'

export const ROOT = path.resolve(__dirname, '..', '..')

export interface Parameter {
  type: string
  description: string
  default?: unknown
  immutable?: boolean
  required?: boolean
  enum?: string[]
  minimum?: number
  maximum?: number
  position?: number
  secret?: boolean
}

export interface ActionMetadata {
  name: string
  pack: string
  description: string
  runner_type: string
  enabled: boolean
  entry_point: string
  parameters: Record<string, Parameter>
}

export interface Transition {
  when?: string
  publish?: Record<string, unknown>[]
  do?: string
}

export interface Workflow {
  version: number
  input: (string | Record<string, unknown>)[]
  vars: Record<string, unknown>[]
  output: Record<string, string>[]
  tasks: Record<string, { action: string; input: Record<string, unknown>; next?: Transition[] }>
}

export const readYaml = <T>(...parts: string[]): T => yaml.load(fs.readFileSync(path.join(ROOT, ...parts), 'utf8')) as T

/** By name. */
export function actions(): Record<string, ActionMetadata> {
  const files = fs.readdirSync(path.join(ROOT, 'actions')).filter((name) => name.endsWith('.yaml'))
  return Object.fromEntries(files.map((file) => [path.basename(file, '.yaml'), readYaml<ActionMetadata>('actions', file)]))
}

export const workflow = (): Workflow => readYaml<Workflow>('workflows', 'migrate.yaml')
