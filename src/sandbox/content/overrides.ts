/**
 * Overrides: files in `/opt/stackstorm/overrides` that say, for all packs (`_global.yaml`) or for one (`<pack>.yaml`), which of
 * its rules, sensors, actions and aliases come enabled. They are read at each registration.
 */
import * as fs from 'fs'
import * as path from 'path'
import { isMapping, pyRepr, pyTypeName } from '../python'
import { Fault, type Sandbox } from '../types'
import type { Json } from './documents'
import { parseYaml } from './yaml'

/** What can be overridden, with the member that exceptions name. */
const NAMED_BY: Record<string, string> = { sensors: 'class_name', actions: 'name', rules: 'name', aliases: 'name' }
const OVERRIDABLE = 'enabled'

/** The content of a resource's file with overrides applied, and whether that changed anything. Throws what StackStorm stumbles over. */
export function overridden(sandbox: Sandbox, pack: string, type: string, content: Json): { content: Json; changed: boolean } {
  if (!sandbox.traits.overrides || !(type in NAMED_BY)) return { content, changed: false }
  const changes = { ...fromFile(sandbox, '_global', pack, type, content), ...fromFile(sandbox, pack, pack, type, content) }
  // What says nothing is enabled.
  const changed = OVERRIDABLE in changes && changes[OVERRIDABLE] !== (OVERRIDABLE in content ? content[OVERRIDABLE] : true)
  return { content: { ...content, ...changes }, changed }
}

function fromFile({ paths }: Sandbox, name: string, pack: string, type: string, content: Json): Json {
  const file = path.join(paths.overrides, `${name}.yaml`)
  if (!fs.existsSync(file)) return {}
  const overrides = parseYaml(fs.readFileSync(file, 'utf8'), { source: file })
  if (!has(overrides, type)) return {}
  const section = (overrides)[type]
  const key = NAMED_BY[type] ?? 'name'
  if (!(key in content)) throw new Error(pyRepr(key))
  const defaults = has(section, 'defaults') ? allowed(section.defaults, 'default', pack) : {}
  if (name === '_global' || !has(section, 'exceptions') || !has(section.exceptions, String(content[key]))) return defaults
  return { ...defaults, ...allowed(section.exceptions[String(content[key])], 'exceptions', pack) }
}

/** Python's `name in value`. */
function has(value: unknown, name: string): value is Json {
  if (isMapping(value)) return name in value
  if (Array.isArray(value)) return value.includes(name)
  if (typeof value === 'string') return value.includes(name)
  throw new Error(`argument of type '${pyTypeName(value)}' is not iterable`)
}

function allowed(values: unknown, what: string, pack: string): Json {
  if (!isMapping(values)) throw new Error(`'${pyTypeName(values)}' object is not iterable`)
  const foreign = Object.keys(values).find((name) => name !== OVERRIDABLE)
  if (foreign !== undefined) throw new Fault(400, `Override attempted with invalid ${what} key ${foreign} in pack ${pack}`)
  return values
}
