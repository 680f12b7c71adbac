/** Hides what an execution's schemas call secret. */
import { masked, secretsOf } from '../content/secrets'
import type { Execution, Json } from './model'

/** An execution without its secrets: parameters, and the answer to an inquiry. */
export function maskExecution(execution: Execution): Execution {
  const { action, runner, liveaction } = execution
  const secrets = secretsOf({ ...action.parameters, ...runner.runner_parameters })
  const mask = (values: Json): Json => masked(values, secrets) as Json
  const shown = { ...execution, parameters: mask(execution.parameters), liveaction: { ...liveaction, parameters: mask(liveaction.parameters) } }
  return runner.name === 'inquirer' ? { ...shown, result: maskAnswer(execution.result) } : shown
}

function maskAnswer(result: unknown): unknown {
  const { response, schema } = (result ?? {}) as { response?: Json; schema?: { properties?: Json } }
  return response && schema ? { ...(result as Json), response: masked(response, secretsOf(schema.properties ?? {})) } : result
}
