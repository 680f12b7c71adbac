/** What an API key may hold, and how it is shown. */
import { validate, type Schema } from '../schema'
import { Fault, type Sandbox, type SandboxRequest } from '../types'
import type { ApiKeyDoc } from './apikey-store'

const MASK = '********'
const ISO_UTC = '^\\d{4}\\-\\d{2}\\-\\d{2}(\\s|T)\\d{2}:\\d{2}:\\d{2}(\\.\\d{3,6})?(Z|\\+00|\\+0000|\\+00:00)$'
const STRING = { type: 'string' }
const SCHEMA: Schema = {
  type: 'object',
  properties: {
    id: STRING, uid: STRING, user: STRING, key_hash: STRING, metadata: { type: 'object' },
    created_at: { type: 'string', pattern: ISO_UTC }, enabled: { type: 'boolean' },
  },
  additionalProperties: false,
}

export interface ApiKeyBody {
  id?: string
  user?: string
  key_hash?: string
  metadata?: Record<string, unknown>
  enabled?: boolean
}

/** The body of a POST or PUT; throws the 400 for what does not fit. */
export function readApiKey(request: SandboxRequest): ApiKeyBody {
  const exact = request.exactBody()
  const error = validate(SCHEMA, exact === undefined ? {} : exact)
  if (error !== undefined) throw new Fault(400, error)
  return request.body() ?? {}
}

/** What the database library checks before it saves. */
export function requireValid({ id, user, metadata = {} }: ApiKeyBody, sandbox: Sandbox): void {
  const { badIdWord, refusedDictNames } = sandbox.traits
  const problems: string[] = []
  if (id !== undefined && !/^[0-9a-fA-F]{24}$/.test(id)) problems.push(`Invalid ${badIdWord}: ['id']`)
  if (!user) problems.push("Field is required: ['user']")
  if (hasName(metadata, refusedDictNames.pattern)) problems.push(`Invalid dictionary key name - ${refusedDictNames.text}: ['metadata']`)
  if (problems.length > 0) throw new Fault(400, `ValidationError (ApiKeyDB:${id ?? 'None'}) (${problems.join(' ')})`)
}

function hasName(value: unknown, pattern: RegExp): boolean {
  if (value === null || typeof value !== 'object') return false
  if (Array.isArray(value)) return value.some((item) => hasName(item, pattern))
  return Object.entries(value).some(([name, member]) => pattern.test(name) || hasName(member, pattern))
}

/** As lists and single keys show it. */
export function presentApiKey(doc: ApiKeyDoc, showSecrets: boolean): Record<string, unknown> {
  const { id, user, key_hash, metadata, created_at, enabled } = doc
  const uid = `api_key:${key_hash}`
  return { uid: showSecrets ? uid : MASK, user, key_hash: showSecrets ? key_hash : MASK, metadata, created_at, enabled, id }
}

export const isMaskedHash = (hash: string | undefined): boolean => !hash || hash === MASK
