/** Configs of packs: checked against the pack's schema, stored, written to `/opt/stackstorm/configs`, shown with secrets masked. */
import * as fs from 'fs'
import * as path from 'path'
import { plainJson } from '../http/json'
import { isMapping, pyRepr } from '../python'
import { Fault, type Sandbox } from '../types'
import { configSchemas, configs, type ConfigDoc, type Json } from './documents'
import { masked, secretsOf } from './secrets'
import { SchemaFault, cleaned, parametersSchema } from './validation'
import { dumpYaml } from './yaml'

export const configFile = ({ paths }: Sandbox, pack: string): string => path.join(paths.configs, `${pack}.yaml`)

/** Throws a {@link SchemaFault} for values that the pack's schema refuses; members that it does not know are accepted. */
export function checkConfig(sandbox: Sandbox, pack: string, values: unknown): void {
  cleaned({ type: 'object', properties: { pack: { type: 'string' }, values: { type: 'object', default: {} } } }, { pack, values }, sandbox.traits)
  const attributes = configSchemas(sandbox).by('pack_1', pack)?.attributes
  if (!attributes) return
  const filled = cleanedValues(sandbox, pack, (values ?? {}) as Json, attributes)
  for (const [name, value] of Object.entries(filled)) refuseDecryption(value, attributes[name])
}

function cleanedValues(sandbox: Sandbox, pack: string, values: Json, attributes: Json): Json {
  try {
    return cleaned(parametersSchema(attributes, true), values, sandbox.traits)
  } catch (error) {
    if (!(error instanceof SchemaFault)) throw error
    const text = `Failed validating attribute "${error.path.join('.')}" in config for pack "${pack}" (${configFile(sandbox, pack)}): ${error.long}`
    throw new SchemaFault(text, text, error.path)
  }
}

/** A secret is decrypted anyway: asking for it once more is refused. */
function refuseDecryption(value: unknown, schema: unknown): void {
  if (typeof value !== 'string' || !/{[{%]/.test(value) || !value.includes('decrypt_kv')) return
  if (!isMapping(schema)) throw new Error("'NoneType' object has no attribute 'get'")
  if (!schema.secret) return
  throw new Fault(
    400,
    'Values specified as "secret: True" in config schema are automatically decrypted by default. Use of "decrypt_kv" jinja filter is not allowed for such values. Please check the specified values in the config or the default values in the schema.',
  )
}

/** Stores a pack's config in the place of the old one. */
export function storeConfig(sandbox: Sandbox, pack: string, values: unknown): ConfigDoc {
  const existing = configs(sandbox).by('pack_1', pack)
  const config = configs(sandbox).put({ pack, values: (plainJson(values) ?? {}) as Json, id: existing?.id ?? sandbox.store.newId() })
  sandbox.audit('st2api', `Config for pack "${pack}" is updated.`, { _config_db: config })
  return config
}

/** Writes the file anew: comments go, secrets stand in it as plain text. A file that is there keeps its mode. */
export function writeConfigFile(sandbox: Sandbox, pack: string, values: unknown): void {
  fs.writeFileSync(configFile(sandbox, pack), dumpYaml(values), { mode: 0o644 })
}

/** A config as the API shows it. To mask it the pack's schema is needed: without one 404, whatever was asked. */
export function showConfig(sandbox: Sandbox, config: ConfigDoc, maskSecrets: boolean): Json {
  if (!maskSecrets) return { ...config }
  const schema = configSchemas(sandbox).by('pack_1', config.pack)
  if (!schema) throw new Fault(404, `Unable to find the ConfigSchemaDB instance. ${pyRepr({ pack: config.pack })}`)
  return { ...config, values: masked(config.values, secretsOf(schema.attributes)) }
}
