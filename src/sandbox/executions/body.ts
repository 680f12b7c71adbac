/** Request bodies that must fit a schema; used by the rooms of executions and packs. */
import { plainJson } from '../http/json'
import { validate, type Schema } from '../schema'
import { Fault, type SandboxRequest } from '../types'
import type { Json } from './model'

/** The body, `{}` for an empty one; throws the 400 with the first complaint of the schema. */
export function readBody(request: SandboxRequest, schema: Schema): Json {
  const body = request.body()
  const value = body === undefined ? {} : body
  const complaint = validate(schema, value)
  if (complaint) throw new Fault(400, complaint)
  return plainJson(value) as Json
}
