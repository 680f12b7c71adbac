/**
 * Rules of the target itself that writing keys would set off (src/kinds/keys/watching.ts): no override reaches what is registered
 * already, so that they are switched off through the API while the target is kept quiet. Which they were is noted in the run's
 * directory before; activate and undo switch them on again.
 */
import { promises as fs } from 'fs'
import * as path from 'path'
import type { Instance } from '../kinds/kind'
import { watching } from '../kinds/keys/watching'
import { findResource, isOn, switchResource } from '../kinds/states/resources'
import { isSt2Error } from '../st2/errors'
import { writeDurable } from '../system/durable'
import { readTextIfThere } from '../system/text-files'
import type { Applying } from './applying'
import type { Run } from './runs'

interface Held {
  /** Database id of the target's pack `core`. */
  target: string
  /** Refs. */
  rules: string[]
}

const FILE = 'watchers.json'

async function heldIn(file: string): Promise<Held | undefined> {
  const text = await readTextIfThere(file)
  return text === undefined ? undefined : (JSON.parse(text) as Held)
}

/** Before the first key is written. */
export async function holdWatchers({ run, target, archive, plan, context }: Applying): Promise<void> {
  const { own } = await watching(target.api, archive, plan.header.kinds)
  if (own.length === 0) return
  const before = await heldIn(run.at(FILE))
  const rules = [...new Set([...(before?.target === target.id ? before.rules : []), ...own])].sort()
  await writeDurable(run.at(FILE), `${JSON.stringify({ target: target.id, rules } satisfies Held, null, 2)}\n`)
  context.system.progress.say(`switching off, until activate or undo, what writing keys would set off: ${own.join(', ')}`)
  for (const ref of own) await switched(target, ref, false)
}

/** Those that this run has switched off on this target. */
export async function heldWatchers(run: Pick<Run, 'at'>, target: Instance): Promise<string[]> {
  const held = await heldIn(run.at(FILE))
  return held?.target === target.id ? held.rules : []
}

/** Switches them on again. */
export async function wakeWatchers(run: Pick<Run, 'at'>, target: Instance): Promise<void> {
  const rules = await heldWatchers(run, target)
  for (const ref of rules) await switched(target, ref, true)
  if (rules.length > 0) await fs.rm(run.at(FILE), { force: true })
}

/** An active target holds none, of an earlier run neither. */
export async function wakeAllWatchers(stateDir: string, target: Instance): Promise<void> {
  const runs = path.join(stateDir, 'runs')
  for (const name of await fs.readdir(runs).catch(() => [])) await wakeWatchers({ at: (file) => path.join(runs, name, file) }, target)
}

/** A rule that has gone, or that StackStorm does not let go, stays as it is. */
async function switched({ api }: Instance, ref: string, enabled: boolean): Promise<void> {
  const row = await findResource(api, 'rule', ref)
  if (!row || isOn(row) === enabled) return
  await switchResource(api, 'rule', row, enabled).catch((error: unknown) => {
    if (!isSt2Error(error, 'bad_request', 'not_found', 'server')) throw error
  })
}
