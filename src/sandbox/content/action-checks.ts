/** What StackStorm checks of an action beyond its schema: its runner, its pack on disk, parameters that override the runner's. */
import * as fs from 'fs'
import * as path from 'path'
import { isDeepStrictEqual } from 'util'
import { pyRepr } from '../python'
import { Fault, type Sandbox } from '../types'
import { refOf, runnerByName, type Json } from './documents'

const OVERRIDABLE = ['default', 'description', 'enum', 'immutable', 'required']

/** Throws a 400 for the first thing wrong. */
export function checkAction(sandbox: Sandbox, action: { name: string; pack: string; runner_type: string; parameters: Record<string, Json> }): void {
  const runner = runnerByName(sandbox, action.runner_type)
  if (!runner) {
    throw new Fault(
      400,
      `RunnerType ${action.runner_type} is not found. If you are using old and deprecated runner name, you need to switch to a new one. For more information, please see https://docs.stackstorm.com/upgrade_notes.html#st2-v0-9`,
    )
  }
  if (!fs.existsSync(path.join(sandbox.paths.packs, action.pack, 'actions'))) {
    throw new Fault(400, `Content pack "${action.pack}" is not found or doesn't contain actions directory. Searched in: ${sandbox.paths.packs}`)
  }
  checkParameters(refOf(action.pack, action.name), action.parameters, runner.runner_parameters as Record<string, Json>)
}

function checkParameters(ref: string, parameters: Record<string, Json>, ofRunner: Record<string, Json>): void {
  const positions = new Map<number, string>()
  for (const [name, schema] of Object.entries(parameters)) {
    checkOverride(ref, name, schema, ofRunner[name])
    if ('position' in schema) takePosition(positions, schema.position as number, name)
    if ('immutable' in schema) checkImmutable(name, schema, ofRunner[name])
  }
  const sorted = [...positions.keys()].sort((a, b) => a - b)
  if (sorted.some((position, index) => position !== (sorted[0] ?? 0) + index)) throw new Fault(400, `Positions supplied ${pyRepr(sorted)} for parameters are not contiguous.`)
}

function checkOverride(ref: string, name: string, schema: Json, ofRunner: Json | undefined): void {
  if (!ofRunner) return
  const foreign = Object.keys(schema).find((attribute) => !OVERRIDABLE.includes(attribute) && !isDeepStrictEqual(schema[attribute], ofRunner[attribute]))
  if (foreign !== undefined) throw new Fault(400, `The attribute "${foreign}" for the runner parameter "${name}" in action "${ref}" cannot be overridden.`)
}

function takePosition(positions: Map<number, string>, position: number, name: string): void {
  const taken = positions.get(position)
  if (taken) throw new Fault(400, `Parameters ${name} and ${taken} have same position ${position}. Position values have to be unique.`)
  positions.set(position, name)
}

function checkImmutable(name: string, schema: Json, ofRunner: Json | undefined): void {
  if (ofRunner && 'immutable' in ofRunner) throw new Fault(400, `Param ${name} is declared immutable in runner. Cannot override in action.`)
  if (!('default' in schema) && !(ofRunner && 'default' in ofRunner)) throw new Fault(400, `Immutable param ${name} requires a default value.`)
}
