/** The kinds of files that a pack brings, in the order in which StackStorm registers them, and how one file is taken in. */
import * as fs from 'fs'
import * as path from 'path'
import { pyTypeName, isMapping } from '../python'
import type { Schema } from '../schema'
import type { Sandbox } from '../types'
import { registerAction } from './actions'
import { registerAlias } from './aliases'
import { checkConfig, storeConfig } from './configs'
import type { Json } from './documents'
import { ACTION, ALIAS, POLICY, RULE } from './models'
import { overridden } from './overrides'
import { checkedPolicy, registerPolicy } from './policies'
import { registerRule } from './rules'
import { registerSensor } from './sensors'
import { registerTriggerType, type TriggerTypeSpec } from './trigger-service'
import { SchemaFault, cleaned } from './validation'
import { parseYaml } from './yaml'

export interface Entity {
  /** As the API's `types` and StackStorm's error texts name it. */
  type: string
  plural: string
  /** Below the pack. */
  folder: string
  /** Takes one file in; true when overrides changed it. Throws what is wrong with it. */
  register(sandbox: Sandbox, pack: string, file: string): boolean
}

/** Stores what stood in a file, with `pack` and `metadata_file` filled in. */
type Store = (sandbox: Sandbox, content: Json) => void

const entity = (type: string, plural: string, store: Store): Entity => ({
  type,
  plural,
  folder: plural,
  register: (sandbox, pack, file) => {
    const read = contentOf(sandbox, pack, file)
    const { content, changed } = overridden(sandbox, pack, plural, read)
    store(sandbox, content)
    return changed
  },
})

/** Checked against the schema; what is stored is what the file says. */
const checked =
  (schema: Schema, store: Store): Store =>
  (sandbox, content) => {
    cleaned(schema, content, sandbox.traits)
    store(sandbox, content)
  }

export const ENTITIES: readonly Entity[] = [
  entity('trigger', 'triggers', (sandbox, content) => void registerTriggerType(sandbox, content as unknown as TriggerTypeSpec)),
  entity('sensor', 'sensors', (sandbox, content) => {
    if (!content.entry_point) throw new Error('Sensor definition missing entry_point')
    registerSensor(sandbox, content)
  }),
  entity('action', 'actions', (sandbox, content) => {
    checkActionSchema(sandbox, content)
    registerAction(sandbox, content)
  }),
  entity('rule', 'rules', checked(RULE, registerRule)),
  entity('alias', 'aliases', checked(ALIAS, registerAlias)),
  entity('policy', 'policies', (sandbox, content) => registerPolicy(sandbox, checkedPolicy(sandbox, cleaned(POLICY, content, sandbox.traits)))),
  {
    type: 'config',
    plural: 'configs',
    folder: '',
    register: (sandbox, pack, file) => {
      const values = parseYaml(fs.readFileSync(file, 'utf8'), { source: file })
      checkConfig(sandbox, pack, values)
      storeConfig(sandbox, pack, values)
      return false
    },
  },
]

function contentOf({ paths }: Sandbox, pack: string, file: string): Json {
  const content = parseYaml(fs.readFileSync(file, 'utf8'), { source: file })
  if (!isMapping(content)) throw new Error(`'${pyTypeName(content)}' object has no attribute 'get'`)
  const owner = content.pack || pack
  if (owner !== pack) throw new Error(`Model is in pack "${pack}" but field "pack" is different: ${String(content.pack)}`)
  return { ...content, pack, metadata_file: path.relative(path.join(paths.packs, pack), file) }
}

/** A parameter with a bad name has a friendlier text before the schema's own. */
function checkActionSchema({ traits }: Sandbox, content: Json): void {
  try {
    cleaned(ACTION, content, traits)
  } catch (error) {
    if (!(error instanceof SchemaFault)) throw error
    const name = /'(.+?)' does not match any of the regexes/.exec(error.long)?.[1]
    if (name === undefined) throw error
    const text = `Parameter name "${name}" is invalid. Valid characters for parameter name are [a-zA-Z0-0_].\n\n${error.long}`
    throw new SchemaFault(text, text, error.path)
  }
}
