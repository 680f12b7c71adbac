/** Checks an execution's parameters against what action and runner declare, with StackStorm's texts. */
import { cleaned, parametersSchema } from '../content/validation'
import { pyRepr } from '../python'
import type { VersionTraits } from '../traits'
import { Fault } from '../types'
import type { ActionRecord, Json, Parameters, RunnerRecord } from './model'

/** Throws the 400 for parameters that are unknown, of a wrong type, missing, or immutable. */
export function checkParameters(given: Json, action: ActionRecord, runner: RunnerRecord, traits: Pick<VersionTraits, 'bestSchemaError'>): void {
  cleaned(parametersSchema(mergeSchemas(runner.runner_parameters ?? {}, action.parameters ?? {})), given, traits)
  const immutable = [...immutableNames(action.parameters), ...immutableNames(runner.runner_parameters)]
  const overridden = Object.keys(given).filter((name) => immutable.includes(name))
  if (overridden.length > 0) throw new Fault(400, `Override of immutable parameter(s) ${pyRepr(overridden)} is unsupported.`)
}

const immutableNames = (parameters: Parameters = {}): string[] => Object.keys(parameters).filter((name) => parameters[name]?.immutable)

/** An action may set single attributes of a runner's parameter. */
function mergeSchemas(runner: Parameters, action: Parameters): Parameters {
  const merged: Parameters = { ...runner }
  for (const [name, schema] of Object.entries(action)) merged[name] = { ...merged[name], ...schema }
  return merged
}
