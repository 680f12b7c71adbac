/**
 * Parameters of an execution: what the caller gave and what the defaults add, rendered and cast. Happens twice as in StackStorm:
 * when an execution is requested ({@link renderLive}) and when its runner starts ({@link renderFinal}).
 */
import { cast } from './cast'
import { ParameterError, ParameterGraph } from './graph'
import type { Json, Parameters } from './model'
import { isTemplate, renderTemplate, type TemplateContext } from './template'

interface Schemas {
  action: Parameters
  runner: Parameters
}

/** What templates may refer to besides other parameters. */
export interface Surroundings {
  /** `st2kv`, `action_context`, `config_context` ... */
  values: Record<string, unknown>
  decrypt: (cipher: string) => string
  /** In which order parameters without dependencies are taken. */
  order: 'first' | 'last'
}

/**
 * The caller's parameters, rendered and cast, and those defaults that are templates. Throws {@link ParameterError} for a template
 * that fails, a cast error for a value of a wrong type.
 */
export function renderLive(given: Json, schemas: Schemas, surroundings: Surroundings): Json {
  const graph = startGraph(surroundings)
  for (const [name, value] of Object.entries(given)) graph.process(name, value)
  addDefaults(graph, schemas)
  const resolved = resolve(graph, surroundings)
  const live: Json = {}
  for (const name of Object.keys(given)) live[name] = cast(resolved[name], typeOf(name, schemas))
  for (const parameters of [schemas.action, schemas.runner]) {
    for (const [name, schema] of Object.entries(parameters)) {
      if (schema.immutable || name in given || !isTemplate(schema.default) || schema.default === resolved[name]) continue
      live[name] = cast(resolved[name], schema.type)
    }
  }
  return live
}

export interface FinalParameters {
  runner: Json
  action: Json
}

/** All parameters for the runner; what was rendered before is taken as it is. In the order in which a script gets them. */
export function renderFinal(live: Json, schemas: Schemas, surroundings: Surroundings): FinalParameters {
  const graph = startGraph(surroundings)
  for (const [name, value] of Object.entries(live)) graph.set(name, value)
  addDefaults(graph, schemas)
  const resolved = resolve(graph, surroundings)
  const final: FinalParameters = { runner: {}, action: {} }
  for (const [name, value] of Object.entries(resolved)) {
    const where = name in schemas.runner ? final.runner : name in schemas.action ? final.action : undefined
    if (where) where[name] = cast(value, typeOf(name, schemas))
  }
  return final
}

function startGraph({ values }: Surroundings): ParameterGraph {
  const graph = new ParameterGraph()
  for (const [name, value] of Object.entries(values)) graph.set(name, value)
  return graph
}

/** Defaults fill what is absent or null, and always what is immutable. */
function addDefaults(graph: ParameterGraph, schemas: Schemas): void {
  for (const parameters of [schemas.action, schemas.runner]) {
    for (const [name, schema] of Object.entries(parameters)) {
      const node = graph.get(name)
      const isEmpty = node === undefined || ('value' in node && (node.value ?? null) === null)
      if (isEmpty || schema?.immutable) graph.process(name, schema?.default ?? null)
    }
  }
}

/** The runner's schema of a name wins over the action's: so StackStorm casts. */
function typeOf(name: string, { action, runner }: Schemas): unknown {
  return (runner[name] ?? action[name])?.type
}

function resolve(graph: ParameterGraph, { decrypt, order }: Surroundings): Json {
  const resolved: Json = {}
  const context: TemplateContext = { lookUp: (name) => resolved[name], decrypt }
  for (const name of graph.order(order)) {
    const node = graph.get(name)
    if (!node || 'value' in node) {
      resolved[name] = node?.value
      continue
    }
    try {
      const text = renderTemplate(node.template, context)
      resolved[name] = node.wrapped ? (JSON.parse(text) as unknown) : text
    } catch (error) {
      throw new ParameterError(`Failed to render parameter "${name}": ${(error as Error).message}`)
    }
  }
  return resolved
}
