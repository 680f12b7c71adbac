/**
 * Which parameters of a schema are secret, and values with those masked. A secret object or list is masked whole; of a list
 * the schema of its items counts for every item.
 */
import { isMapping } from '../python'

export const MASK = '********'

type Json = Record<string, unknown>
/** `true`: the whole value; else the secret parts by member, or of every item of a list. */
export type Secrets = true | { members: Record<string, Secrets> } | { items: Secrets }

const isObject = isMapping

/** The secret parts of a set of parameters (name to schema), or undefined when there are none. */
export function secretsOf(parameters: Json): Secrets | undefined {
  const members: Record<string, Secrets> = {}
  for (const [name, schema] of Object.entries(parameters)) {
    const found = isObject(schema) ? secretsOfSchema(schema) : undefined
    if (found) members[name] = found
  }
  return Object.keys(members).length > 0 ? { members } : undefined
}

function secretsOfSchema(schema: Json): Secrets | undefined {
  if (schema.secret) return true
  if (schema.type === 'object') return secretsOf(isObject(schema.properties) ? schema.properties : {})
  if (schema.type !== 'array' || !isObject(schema.items)) return undefined
  const items = secretsOfSchema(schema.items)
  return items && { items }
}

/** A copy of the values with every secret part replaced by the mask. */
export function masked(values: unknown, secrets: Secrets | undefined): unknown {
  if (secrets === undefined) return values
  if (secrets === true) return MASK
  if ('items' in secrets) return Array.isArray(values) ? values.map((item) => masked(item, secrets.items)) : values
  if (!isObject(values)) return values
  const copy = { ...values }
  for (const [name, part] of Object.entries(secrets.members)) if (name in copy) copy[name] = masked(copy[name], part)
  return copy
}
