/** A pack's config as actions see it: values of the datastore put in, defaults of the schema added. */
import { configs, configSchemas } from '../content/documents'
import type { Sandbox } from '../types'
import type { Json, ParameterSchema } from './model'
import { isTemplate, parseTemplate, renderTemplate } from './template'

/** Values of the pack's config; a template that fails is a failed config, which StackStorm treats as an empty one. */
export function packConfig(sandbox: Sandbox, pack: string, names: Json, decrypt: (cipher: string) => string): Json {
  const values = configs(sandbox).by('pack_1', pack)?.values ?? {}
  const schema = (configSchemas(sandbox).by('pack_1', pack)?.attributes ?? {}) as Record<string, ParameterSchema>
  const render = (text: string, secret: boolean): string => {
    const rendered = renderTemplate(parseTemplate(text), { lookUp: (name) => names[name], decrypt })
    return secret ? decrypt(rendered) : rendered
  }
  try {
    return withDefaults(resolve(values, schema, render) as Json, schema)
  } catch {
    return {}
  }
}

type Render = (text: string, secret: boolean) => string

function resolve(value: unknown, schema: unknown, render: Render, secret = false): unknown {
  if (isTemplate(value)) return render(value, secret)
  if (Array.isArray(value)) {
    const { items } = (schema ?? {}) as { items?: unknown }
    return value.map((item, index) => resolveItem(item, Array.isArray(items) ? items[index] : items, render))
  }
  if (typeof value !== 'object' || value === null) return value
  const properties = (schema ?? {}) as Json
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolveItem(member, properties[name], render)]))
}

function resolveItem(value: unknown, schema: unknown, render: Render): unknown {
  const { secret, properties } = (schema ?? {}) as ParameterSchema & { properties?: Json }
  return resolve(value, Array.isArray(value) ? schema : (properties ?? {}), render, Boolean(secret))
}

function withDefaults(values: Json, schema: Record<string, ParameterSchema>): Json {
  const filled: Json = { ...values }
  for (const [name, item] of Object.entries(schema)) {
    const properties = item?.properties as Record<string, ParameterSchema> | undefined
    if (item?.type === 'object' && properties) {
      const inner = withDefaults((filled[name] as Json | undefined) ?? {}, properties)
      if (Object.keys(inner).length > 0) filled[name] = inner
    } else if (item && 'default' in item && filled[name] === undefined) filled[name] = item.default
  }
  return filled
}
