/**
 * Secrets of a kept record, hidden as StackStorm hides them where show_secrets is not asked for: parameters that the action or
 * its runner declares secret, outputs by the action's output schema, answers by an inquiry's.
 */
import type { HistoryRecord } from './record-kind'

const MASK = '********'

type Json = Readonly<Record<string, unknown>>

const objectOf = (value: unknown): Json => (value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : {})
const isObject = (value: unknown): value is Json => value !== null && typeof value === 'object' && !Array.isArray(value)

/** A copy without secrets. */
export function maskRecord(record: HistoryRecord): HistoryRecord {
  const { action, runner, parameters, liveaction, result, execution } = record
  const schemas = { ...objectOf(objectOf(runner).runner_parameters), ...objectOf(objectOf(action).parameters) }
  return {
    ...record,
    ...(parameters !== undefined && { parameters: masked(parameters, schemas) }),
    ...(isObject(liveaction) && { liveaction: { ...liveaction, ...(liveaction.parameters !== undefined && { parameters: masked(liveaction.parameters, schemas) }) } }),
    ...(result !== undefined && { result: maskedResult(result, objectOf(action), objectOf(runner)) }),
    ...(isObject(execution) && { execution: maskRecord(execution) }),
  }
}

/** Values by the schemas of their members. */
function masked(values: unknown, schemas: Json): unknown {
  if (!isObject(values)) return values
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, bySchema(value, objectOf(schemas[name]))]))
}

function bySchema(value: unknown, schema: Json): unknown {
  if (schema.secret === true) return MASK
  if (Array.isArray(value)) return value.map((one) => bySchema(one, objectOf(schema.items)))
  return isObject(schema.properties) ? masked(value, schema.properties) : value
}

function maskedResult(result: unknown, action: Json, runner: Json): unknown {
  if (!isObject(result)) return result
  const answered = isObject(result.schema) && result.response !== undefined ? { ...result, response: bySchema(result.response, result.schema) } : result
  const key = typeof runner.output_key === 'string' ? runner.output_key : undefined
  const schema = objectOf(action.output_schema)
  if (key === undefined || answered[key] === undefined || Object.keys(schema).length === 0) return answered
  // Up to 3.7 an output schema names the members of an object without saying so.
  const whole = typeof schema.type === 'string' || schema.secret === true ? schema : { properties: schema }
  return { ...answered, [key]: bySchema(answered[key], whole) }
}
